// Reads a person's facts out of Plex.
#pragma once

#include <crosswatch/provider.hpp>
#include <string>

#include "account/scope.hpp"
#include "http/http.hpp"

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
  // Items are found by their ref; those without one of this server stay "unknown".
  void lookup(Call& call, Feature feature, const Scope& scope, Items items, Answers answers) override;

private:
  SnapshotEnd watchlist(Call& call, FactSink& sink);
  void check_server(Call& call, std::uint32_t features, Health& health);

  Host host_;
  http::Transport& transport_;
  ScopeSource& scopes_;
  CloudHosts cloud_;
};

}  // namespace crosswatch::plex::feature
