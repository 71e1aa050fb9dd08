// A transport that answers from a script, and the way from a simulated Plex to a snapshot.
#pragma once

#include <crosswatch/fake_host.hpp>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "feature/sync_adapter.hpp"
#include "http/client.hpp"
#include "plexsim/plexsim.hpp"

namespace testing {

using namespace crosswatch;
using namespace crosswatch::plex;

struct Reply {
  int status = 200;
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};
};

class ScriptedTransport : public http::Transport {
public:
  std::function<Reply(const http::Request&)> answer{};
  http::Response send(const Call& call, const http::Request& request, std::string& body) override;
  std::vector<http::Request> requests() const;

private:
  mutable std::mutex mutex_{};
  std::vector<http::Request> requests_{};
};

std::string parameter(const http::Request& request, std::string_view key);  // "" when it is not there
std::uint64_t asked_start(const http::Request& request);
std::uint64_t asked_size(const http::Request& request);
// The page that was asked for out of `rows` (JSON objects), as Plex sends it.
Reply page_of(const http::Request& request, const std::vector<std::string>& rows);

class FixedScope : public feature::ScopeSource {
public:
  UserScope scope{};
  UserScope open(const Call&, bool server, bool cloud) override;
};

struct Snapshot {
  std::vector<Fact> facts{};
  SnapshotEnd end{};
};

// One person's adapter; `settings` and the log are in `host`.
struct Bench {
  explicit Bench(http::Transport& transport);
  FakeHost host{};
  FakeCall fake_call{host};
  FixedScope scopes{};
  feature::SyncAdapter adapter;

  Snapshot read(Feature feature, const std::vector<std::string_view>& libraries = {}, std::string_view since = {});
  Error failure(Feature feature, const std::vector<std::string_view>& libraries = {});
  // The outcome of each operation; what ended the batch is in `ended`.
  std::vector<cw_outcome> apply(Feature feature, const std::vector<Op>& ops,
                                const std::vector<std::string_view>& libraries = {});
  cw_outcome apply(Feature feature, const Op& op) { return apply(feature, std::vector<Op>{op}).front(); }
  std::vector<cw_answer> look(Feature feature, const std::vector<Fact>& items,
                              const std::vector<std::string_view>& libraries = {});
  std::optional<Error> ended{};
  std::uint32_t write = 0;  // how far apply and look may go: CW_ALL_COPIES | ..
};

// "applied", "already", "cannot: reason" ...
std::string text_of(const cw_outcome& outcome);
Fact item_with(Kind kind, std::vector<Token> ids);

// The client and the scope of one person of a simulated Plex. `xml`: ask for XML instead of JSON.
class Person {
public:
  Person(plexsim::Simulator& sim, const std::string& handle, int server = 0);
  Bench& operator*() { return bench_; }
  Bench* operator->() { return &bench_; }
  bool xml = false;
  std::string discover{}, metadata{};

private:
  struct Asking : http::Transport {
    Asking(Person& p, http::Options options) : person(p), client(std::move(options)) {}
    http::Response send(const Call& call, const http::Request& request, std::string& body) override;
    Person& person;
    http::Client client;
  };
  Asking transport_;
  Bench bench_;
};

// One text a fact, so that a difference shows.
std::string text_of(const Fact& fact);
std::vector<std::string> texts_of(const Snapshot& snapshot);  // sorted
// The lines that only one of two sorted lists has; empty when they are equal.
std::string difference(const std::vector<std::string>& a, const std::vector<std::string>& b);

}  // namespace testing
