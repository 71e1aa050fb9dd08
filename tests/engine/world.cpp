#include "world.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>
#include <stdlib.h>

namespace crosswatch::test {
namespace {

std::filesystem::path make_folder() {
  // Memory where there is some: what is tested is the order of writes, not the disk.
  std::string pattern =
      (std::filesystem::exists("/dev/shm") ? std::string("/dev/shm") : std::string("/tmp")) + "/cw-XXXXXX";
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
  return pattern;
}

}  // namespace

World::World() : folder_(make_folder()) {}

World::~World() {
  state_.reset();
  std::filesystem::remove_all(folder_);
}

Model& World::add(const std::string& name) {
  auto model = std::make_unique<Model>(name);
  model->now = [this] { return now; };
  model->step = [this] { return step(); };
  return *(models_[name] = std::move(model));
}

bool World::step() {
  ++effects_;
  if (power_left_ >= 0 && power_left_-- == 0) dead_ = true;
  return !dead_;
}

host::StateStore& World::state() {
  if (!state_) {
    state_ = std::make_unique<host::StateStore>(folder_);
    state_->read([this](SQLite::Database& db) {
      // A commit that is refused is rolled back: as if the process had died just before it.
      ::sqlite3_commit_hook(
          db.getHandle(), [](void* self) { return static_cast<World*>(self)->step() ? 0 : 1; }, this);
    });
  }
  return *state_;
}

std::optional<host::engine::RunReport> World::run(const std::vector<host::PairConfig>& pairs,
                                                  host::engine::RunOptions options) {
  return under_power(options, [&](const host::engine::OpenSession& open) {
    return host::engine::run_pairs(pairs, safety, runtime, state(), open, heard, options);
  });
}

std::optional<host::engine::RunReport> World::undo(std::int64_t run, host::engine::RunOptions options) {
  return under_power(options, [&](const host::engine::OpenSession& open) {
    return host::engine::undo_run(state(), run, open, heard, runtime, options);
  });
}

std::optional<host::engine::RunReport> World::under_power(
    host::engine::RunOptions& options,
    const std::function<host::engine::RunReport(const host::engine::OpenSession&)>& body) {
  heard = {};
  heard.done = lane_done;
  const int before = effects_;
  options.now = [this] { return now * 1000; };
  options.sleep = [](host::Cancellation& c, std::uint32_t) { return !c.requested(); };
  const auto restore = [&] {
    const bool died = std::exchange(dead_, false);
    power_left_ = -1;
    effects_ -= before;
    if (died) state_.reset();
    return died;
  };
  try {
    auto report = body([](const host::ProfileRef& ref) { return open_model(to_string(ref)); });
    if (restore()) return std::nullopt;
    return report;
  } catch (...) {
    if (restore()) return std::nullopt;
    throw;
  }
}

void World::wipe_state() {
  state_.reset();
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directory(folder_);
}

std::string World::dump(bool with_runs) const {
  std::string out;
  const_cast<World*>(this)->state().read([&](SQLite::Database& db) {
    std::vector<std::string> tables;
    SQLite::Statement names(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    while (names.executeStep()) tables.push_back(names.getColumn(0).getString());
    for (const std::string& t : tables) {
      if (t.rfind("sqlite_", 0) == 0 || (!with_runs && t.rfind("run", 0) == 0)) continue;
      out += "[" + t + "]\n";
      SQLite::Statement rows(db, "SELECT * FROM " + t);
      while (rows.executeStep()) {
        for (int i = 0; i < rows.getColumnCount(); ++i) out += rows.getColumn(i).getString() + "|";
        out += "\n";
      }
    }
  });
  return out;
}

host::PairConfig pair_of(const std::string& source, const std::string& target, Feature feature, host::PairMode mode,
                         bool remove) {
  host::PairConfig pair;
  pair.id = source + "-" + target;
  pair.source.provider = source;
  pair.target.provider = target;
  pair.mode = mode;
  host::FeatureConfig& f = pair.features[static_cast<std::size_t>(feature)];
  f.enable = true;
  f.remove = remove;
  return pair;
}

}  // namespace crosswatch::test
