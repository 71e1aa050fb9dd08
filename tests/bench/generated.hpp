// Two providers that hold the same facts and keep none of them: each fact is made of its number when it is listed,
// so that what a benchmark measures is the engine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "plugin/session.hpp"

namespace crosswatch::bench {

inline constexpr std::uint32_t page = 1000;

// Hands out facts 0..count-1 as provider `name` lists them, a page at a time: a third movies, the others episodes
// of shows of a hundred. The facts live during the call.
void generate(const std::string& name, std::uint64_t count, const host::Session::Page& sink);

// A session on such a provider, as the host would open it.
std::shared_ptr<host::Session> open_generated(const std::string& name, std::uint64_t count);

}  // namespace crosswatch::bench
