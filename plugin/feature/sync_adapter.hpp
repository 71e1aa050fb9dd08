// Reads a person's facts out of Plex, and changes them there.
#pragma once

#include <crosswatch/provider.hpp>
#include <memory>
#include <string>

#include "account/scope.hpp"
#include "feature/change.hpp"
#include "feature/cloud_finder.hpp"
#include "http/http.hpp"
#include "index/id_index.hpp"

namespace crosswatch::plex::feature {

// Enters the scope of the wanted user and proves it, or throws; there is no other way to a token.
class ScopeSource {
public:
  virtual ~ScopeSource() = default;
  // With `server` the media server is connected, with `cloud` the user's cloud token is there. [owner]
  virtual UserScope open(const Call& call, bool server, bool cloud) = 0;
};

struct CloudHosts {
  std::string discover{};  // base URLs
  std::string metadata{};  // where the watchlist was before, and may be again
};

class SyncAdapter final : public crosswatch::SyncAdapter {
public:
  // The references must outlive the adapter.
  SyncAdapter(Host host, http::Transport& transport, ScopeSource& scopes, CloudHosts cloud);

  cw_capability capability(Feature feature) const noexcept override;
  Health check(Call& call, std::uint32_t features) override;
  SnapshotEnd snapshot(Call& call, Feature feature, const Scope& scope, FactSink& sink) override;
  void apply(Call& call, Feature feature, const Scope& scope, Ops ops, Outcomes outcomes) override;
  void lookup(Call& call, Feature feature, const Scope& scope, Items items, Answers answers) override;

private:
  SnapshotEnd watchlist(Call& call, FactSink& sink);
  SnapshotEnd watchlist(Call& call, const UserScope& user, FactSink& sink);
  void check_server(Call& call, std::uint32_t features, Health& health);
  // Enters the scope and calls use(source, finder, server), the server only where the feature lives on one.
  template <class F>
  void with_finder(const Call& call, Feature feature, const Scope& scope, F&& use);
  std::unique_ptr<WriteRule> rule_of(Feature feature, const Source& source, const ServerAccess& access,
                                     std::uint32_t write);

  Host host_;
  http::Transport& transport_;
  ScopeSource& scopes_;
  CloudHosts cloud_;
  index::Indexes indexes_;
  KnownTitles titles_{};
};

}  // namespace crosswatch::plex::feature
