// Asking a provider about items, in batches.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "engine/lane.hpp"

namespace crosswatch::host::engine {

inline constexpr std::size_t question_batch = 100;

// An operation that reports its progress to the events.
Operation make_operation(RunContext& ctx, Operation::Progress progress = {});

// One answer an item, in order; nullopt when the provider cannot look up. Throws its other errors. `flags`:
// CW_BY_TITLE.
std::optional<std::vector<cw_answer>> ask(RunContext& ctx, Port& port, Feature feature, const std::vector<Fact>& items,
                                          std::uint32_t flags = 0);

}  // namespace crosswatch::host::engine
