// One lane between two providers that agree: with an empty state folder it adopts everything, with the same folder
// again there is nothing to do.
//   engine_lane STATE_DIR FACTS
// Fails when anything was written.
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "engine/run.hpp"
#include "generated.hpp"

using namespace crosswatch;

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: engine_lane STATE_DIR FACTS\n", stderr);
    return 2;
  }
  try {
    const std::uint64_t count = std::strtoull(argv[2], nullptr, 10);
    host::PairConfig pair;
    pair.id = "bench";
    pair.source.provider = "left";
    pair.target.provider = "right";
    pair.mode = host::PairMode::two_way;
    pair.features[static_cast<std::size_t>(Feature::history)].enable = true;
    host::StateStore state(argv[1]);
    host::engine::Events nobody;
    const auto report = host::engine::run_pairs(
        {pair}, {}, {}, state, [&](const host::ProfileRef& ref) { return bench::open_generated(ref.provider, count); },
        nobody);
    for (const auto& lane : report.pairs.at(0).lanes)
      if (lane.status != host::engine::Status::nothing_to_do || lane.sides[0].facts != count ||
          lane.sides[1].facts != count) {
        std::fprintf(stderr, "engine_lane: not what was expected: %s\n", lane.message.c_str());
        return 1;
      }
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "engine_lane: %s\n", e.what());
    return 1;
  }
}
