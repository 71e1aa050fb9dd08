// Where a server can be reached: the addresses worth a try, and finding out which of them answer.
#pragma once

#include <crosswatch/provider.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "account/plextv.hpp"
#include "http/http.hpp"

namespace crosswatch::plex {

// Better ones first; a worse class starts later.
enum class Via { given, remembered, local, remote, foreign_local, relay };

struct Attempt {
  std::string url{};
  Via via = Via::given;
  std::string wanted_id{};       // machine id; empty: whoever answers
  std::string state{"untried"};  // "ok" "wrong_server" "certificate" "insecure" "refused" "unreachable"
  std::string why{};             // a sentence, unless ok
  std::string machine_id{};      // of who answered
  std::string version{};         // of who answered
  std::int64_t ms = -1;          // until the answer, or until it was clear that there is none
};

bool same_id(std::string_view a, std::string_view b) noexcept;  // machine ids, whatever their case

// A given address in the forms in which it may be used: as it is, unless it is plain http and that is not allowed;
// and an IP address under the server's plex.direct name, which is what its certificate carries.
void add_given(std::vector<Attempt>& attempts, const std::string& given, const Device& device,
               bool allow_insecure_http);
// The addresses of a server in the order to try them. `given` is plex.server_url, `remembered` worked last time;
// both may be empty.
std::vector<Attempt> addresses_of(const Device& device, const std::string& given, const std::string& remembered,
                                  bool allow_insecure_http);

// Asks the addresses who they are, without any token: the first that is the wanted server wins, and the others are
// given up. A silent address costs the next one a quarter of a second, a whole class one second. Writes the outcome
// of each attempt. Nothing: none of them is the server. Throws Stopped only.
inline constexpr std::uint32_t attempt_ms = 4'000;
std::optional<std::size_t> race(const Call& call, http::Transport& transport, std::vector<Attempt>& attempts,
                                std::uint32_t limit_ms = attempt_ms);
// Asks all of them, to the end.
void probe_all(const Call& call, http::Transport& transport, std::vector<Attempt>& attempts);

// Why none of the attempts led to the server, as an Error UNREACHABLE. `insecure_given`: plex.server_url is plain
// http, and that is not allowed.
Error no_way_to(const std::string& server, const std::vector<Attempt>& attempts, bool insecure_given);

}  // namespace crosswatch::plex
