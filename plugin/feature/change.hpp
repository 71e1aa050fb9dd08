// What is sent to change a fact, and who decides about it: one small rule a feature.
#pragma once

#include <crosswatch/provider.hpp>
#include <memory>
#include <optional>
#include <string>

#include "account/scope.hpp"
#include "feature/source.hpp"
#include "feature/target.hpp"

namespace crosswatch::plex::feature {

// One request that changes something.
struct Change {
  std::string method{};
  std::string path{};
  Query query{};
  bool repeatable = true;  // a second sending changes nothing more
};

class WriteRule {
public:
  virtual ~WriteRule() = default;
  // Called before each batch of operations. May ask the server.
  virtual void prepare(const Call&) {}
  // The next request that brings the operation about, given what is there now and how many were sent for it before.
  // None: `out.result` says what came of it; left "not attempted", what was sent had no effect.
  virtual std::optional<Change> next(const cw_op& op, const Target& now, unsigned sent, cw_outcome& out) = 0;
  // These changes were confirmed: what the items are now.
  virtual void done(const std::vector<const Target*>&) {}
};

std::unique_ptr<WriteRule> rating_rule(const Host& host);
// Notes each mark before it is sent; the host must outlive it.
std::unique_ptr<WriteRule> history_rule(const Host& host, const ServerAccess& access);
std::unique_ptr<WriteRule> watchlist_rule();

std::unique_ptr<WriteRule> progress_rule(const Host& host, const Source& source, const ServerAccess& access,
                                         std::string client_id, bool replay);

}  // namespace crosswatch::plex::feature
