// What the configuration says about routes: live events of one profile, written to another.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/pairs.hpp"

namespace crosswatch::host {

struct RouteConfig {
  std::string id{};
  bool enabled = true;
  ProfileRef source{};
  ProfileRef target{};
  bool plays = true;                        // to the target's history
  bool ratings = false;                     // to its ratings
  bool finished = false;                    // a film that was watched leaves the target's watchlist
  bool remove = false;                      // a rating that was taken back is removed there, too
  std::vector<std::string> users{};         // ids; empty: whoever the source tells of
  std::vector<std::string> libraries{};     // ids; empty: all that the source tells of
  std::uint32_t kinds = ~std::uint32_t{0};  // bits of Kind
};

// Every route that can be made out, in the order of the file; what is wrong goes to `problems`.
std::vector<RouteConfig> read_routes(const json::Value& config, std::vector<Problem>& problems);
// Error CONFIG "bad_config" that lists everything wrong with them.
std::vector<RouteConfig> read_routes(const json::Value& config);

}  // namespace crosswatch::host
