// The local tracker: a durable copy of the four features in one SQLite file, for one profile.
#pragma once

#include <crosswatch/provider.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "database.hpp"

namespace crosswatch::tracker {

// Setting `path`: the file; relative to the profile's data folder, which also holds it when nothing is set.
class Tracker final : public Provider, public SyncAdapter {
public:
  explicit Tracker(Host host);
  SyncAdapter* sync() noexcept override { return this; }

  cw_capability capability(Feature feature) const noexcept override;
  Health check(Call& call, std::uint32_t features) override;
  SnapshotEnd snapshot(Call& call, Feature feature, const Scope& scope, FactSink& sink) override;
  void apply(Call& call, Feature feature, const Scope& scope, Ops ops, Outcomes outcomes) override;
  void lookup(Call& call, Feature feature, const Scope& scope, Items items, Answers answers) override;

private:
  // Runs `body` with the open file; failures of SQLite become errors that name the file.
  template <class F>
  auto with_file(const Call& call, F&& body);

  Host host_;
  std::string setting_;
  std::filesystem::path file_{};
  std::optional<Database> database_{};
};

}  // namespace crosswatch::tracker
