// Faults on demand: what goes wrong, and on which requests.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace plexsim {

struct Request;

enum class FaultKind {
  none,            // only the delay
  status,          // answers `status` (with Retry-After when set) in the host's own error shape, nothing is done
  drip,            // `bytes` at a time, `interval_ms` between them
  cut,             // the connection closes after `bytes` of the body; `framing` tells what the head promised
  reset_before,    // TCP reset, nothing was done
  reset_after,     // the request takes effect, then TCP reset without an answer
  garbage,         // 200 and random bytes
  html,            // 200 and a web page
  empty,           // 200 and no body
  truncated,       // the first `bytes` (or half) of the answer under a matching Content-Length
  bad_chunk,       // chunked framing that breaks after the first chunk
  close_after,     // announces keep-alive, answers, closes
  hang,            // never answers, and does nothing; ends when the client goes away
  hang_after,      // the request takes effect, and is never answered
  hold,            // waits until the faults are cleared, then does its work and answers
  wrong_total,     // totalSize is `amount` more than there is (may be negative)
  repeat_page,     // every page is the first page
  page_cap,        // at most `amount` rows a page, whatever was asked
  short_list,      // only the first `amount` rows exist, and totalSize agrees
  ignore_filters,  // query filters and sort have no effect
  force_xml,       // XML although JSON was asked
  bom,             // a byte order mark before the body
  redirect,        // 302 to `text`
};

enum class Framing { length, chunked, until_close };

struct FaultRule {
  // which requests
  std::string host{"any"};  // any | plex_tv | clients | discover | metadata | server
  int server{-1};           // with "server": its index, -1 = every one
  std::string method{};
  std::string path{};  // the whole of it
  std::string path_prefix{};
  std::string path_contains{};
  std::string query_contains{};  // in the undecoded query
  int nth{1};                    // fires from the nth matching request on
  int count{1};                  // so many times; 0 = for ever
  // what happens
  FaultKind kind{FaultKind::status};
  int status{500};
  std::optional<int> retry_after{};
  int delay_ms{0};
  std::int64_t bytes{-1};
  int interval_ms{100};
  std::int64_t amount{1};
  Framing framing{Framing::length};
  std::string text{};
  // kept by the simulator
  int id{0};
  int seen{0};
  int fired{0};
};

std::optional<FaultKind> fault_kind(std::string_view name);
std::string_view fault_name(FaultKind kind);

// Thread-safe. The first rule that matches and is due wins.
class Faults {
public:
  int add(FaultRule rule);
  void clear();
  std::vector<FaultRule> list() const;
  FaultRule take(const Request& request);  // kind none and no delay = nothing due
  void hangs();                            // a request hangs from now on
  int cleared() const;                     // how often
  bool wait_until_one_hangs(int ms);       // false: none did

private:
  mutable std::mutex mutex_{};
  std::condition_variable hanging_{};
  bool one_hangs_{false};  // since clear()
  int cleared_{0};
  std::vector<FaultRule> rules_{};
  int next_id_{1};
};

}  // namespace plexsim
