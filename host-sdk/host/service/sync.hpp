// Running pairs from the configuration, and what is known about past runs.
#pragma once

#include <string>
#include <vector>

#include "engine/report.hpp"
#include "engine/run.hpp"
#include "files/files.hpp"
#include "service/workspace.hpp"
#include "state/store.hpp"

namespace crosswatch::host {

// The pairs of those ids, or all enabled ones. Error NOT_FOUND "pair_unknown"; CONFIG when there is nothing to run.
std::vector<PairConfig> wanted_pairs(const Workspace& ws, const std::vector<std::string>& ids);

// A session of its own for whoever asks; the workspace must outlive it. [any]
engine::OpenSession session_opener(Workspace& ws);

// Taken by whoever writes the state of pairs. Error "busy" when another process, or a run of this one, has it.
FileLock lock_state(const Workspace& ws);

// Takes back what that run wrote; see engine/undo.hpp. Of the options `dry` and `cancel` count.
engine::RunReport undo_sync(Workspace& ws, std::int64_t run, engine::Events& events, const engine::RunOptions& options);

// One run under the lock of the state folder; `options.cancel` ends it. Error "busy" when another process runs.
engine::RunReport run_sync(Workspace& ws, const std::vector<std::string>& ids, engine::Events& events,
                           const engine::RunOptions& options);

}  // namespace crosswatch::host
