#include "service/sync.hpp"

#include <algorithm>
#include <chrono>

#include "engine/undo.hpp"
#include "service/captures.hpp"

namespace crosswatch::host {

std::vector<PairConfig> wanted_pairs(const Workspace& ws, const std::vector<std::string>& ids) {
  const json::Value config = ws.config.read();
  std::vector<PairConfig> pairs;
  if (!ids.empty()) {
    for (const std::string& id : ids) pairs.push_back(find_pair(config, id));
    return pairs;
  }
  for (PairConfig& pair : read_pairs(config))
    if (pair.enabled) pairs.push_back(std::move(pair));
  if (pairs.empty())
    throw Error(CW_NOT_FOUND, "no_pairs", "No pair is switched on, so there is nothing to sync.",
                "crosswatch pair add --source PROVIDER --target PROVIDER");
  return pairs;
}

FileLock lock_state(const Workspace& ws) {
  make_private_folder(ws.at.state);
  return FileLock::acquire(ws.at.state / "state.lock", std::chrono::milliseconds(0), "the sync state");
}

engine::OpenSession session_opener(Workspace& ws) {
  return [&ws](const ProfileRef& ref) {
    auto profile = std::make_shared<OpenProfile>(ws.plugins.open(ref.provider, ref.profile));
    Session* const session = profile->session.get();
    return std::shared_ptr<Session>(std::move(profile), session);
  };
}

engine::RunReport run_sync(Workspace& ws, const std::vector<std::string>& ids, engine::Events& events,
                           const engine::RunOptions& options) {
  const std::vector<PairConfig> pairs = wanted_pairs(ws, ids);
  const json::Value config = ws.config.read();
  const FileLock lock = lock_state(ws);
  StateStore state(ws.at.state);
  engine::RunOptions with_captures = options;
  with_captures.keep = keep_before_writes(ws);
  return engine::run_pairs(pairs, read_safety(config), read_runtime(config), state, session_opener(ws), events,
                           with_captures);
}

engine::RunReport undo_sync(Workspace& ws, std::int64_t run, engine::Events& events,
                            const engine::RunOptions& options) {
  const json::Value config = ws.config.read();
  const FileLock lock = lock_state(ws);
  StateStore state(ws.at.state);
  return engine::undo_run(state, run, session_opener(ws), events, read_runtime(config), options);
}

}  // namespace crosswatch::host
