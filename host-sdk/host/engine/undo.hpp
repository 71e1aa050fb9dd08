// Takes back what a run wrote, as far as the providers can represent it.
#pragma once

#include "engine/run.hpp"

namespace crosswatch::host::engine {

// What the run added is removed, what it overwrote gets its former value, what it removed is added again. Whatever was
// changed since is left alone: each value is looked up first. A run of its own, recorded as such; a dry one only plans.
// What cannot be restored (a date, single plays) is told in the reason of the item. The pairs do not do again what was
// undone: see set_aside.hpp. The caller holds the lock of the
// state folder. Error NOT_FOUND "run_unknown".
RunReport undo_run(StateStore& state, std::int64_t run, const OpenSession& open, Events& events,
                   const RuntimeConfig& runtime, const RunOptions& options = {});

}  // namespace crosswatch::host::engine
