// Several profiles of one process at work at the same time. Meant for the thread sanitizer as well.
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <thread>

#include "world.hpp"

using namespace crosswatch;

namespace {

struct Member {
  const char* handle;   // whose data
  const char* linked;   // whose login
  const char* user_id;  // "": the linked account itself
  const char* pin;
};

constexpr Member members[] = {
    {"owner", "owner", "", ""},
    {"managed", "owner", "1000002", ""},
    {"pin", "owner", "1000003", "1234"},
    {"friend", "friend", "", ""},
};

class Profile {
public:
  Profile(plexsim::Simulator& sim, const Member& member, int number) : member_(member) {
    const auto urls = sim.urls();
    host_.settings = {{"endpoints.plex_tv", {urls.plex_tv}},
                      {"endpoints.clients", {urls.clients}},
                      {"endpoints.discover", {urls.discover}},
                      {"endpoints.metadata", {urls.metadata}},
                      {"ca_file", {sim.ca_file()}},
                      {"client_id", {id(number)}}};
    if (*member.user_id) host_.settings["user_id"] = {member.user_id};
    host_.secrets["account_token"] = sim.account_token(member.linked);
    if (*member.pin) host_.secrets["home_pin"] = member.pin;
  }
  static std::string id(int number) { return "profile-" + std::to_string(number); }

  // Reads everything, changes something and changes it back, some times over.
  void work() {
    plex::PlexProvider provider(host_.host());
    FakeCall fake(host_);
    Call call = fake.call();
    for (int round = 0; round < 3; ++round) {
      for (const Feature feature : all_features) {
        FactCollector got;
        FactSink sink = got.sink();
        complete_ = provider.sync()->snapshot(call, feature, {}, sink).complete && complete_;
        for (const Fact& f : got.facts) read_[feature].insert(f.ref.substr(f.ref.find('/') + 1));
        if (feature != Feature::ratings || got.facts.empty()) continue;
        FactLender lender;
        const cw_fact& fact = lender.lend(got.facts.front());
        for (const std::uint32_t type : {CW_OP_REMOVE, CW_OP_ADD}) {
          cw_op op{sizeof(cw_op), type, &fact, type == CW_OP_ADD ? no_value : fact.value};
          const cw_ops ops{sizeof(cw_ops), sizeof(cw_op), 1, &op};
          cw_outcome outcome{};
          outcome.struct_size = sizeof outcome;
          provider.sync()->apply(call, feature, {}, Ops(&ops), Outcomes(&outcome, sizeof outcome));
          if (outcome.result == CW_APPLIED) ++written_;
        }
      }
      provider.account().forget_scopes();
    }
  }
  void run() {
    try {
      work();
    } catch (const Error& e) {
      failure_ = e.code + ": " + e.what();
    }
  }

  const Member& member() const { return member_; }
  const std::set<std::string>& read(Feature feature) { return read_[feature]; }
  bool complete() const { return complete_; }
  int written() const { return written_; }
  const std::string& failure() const { return failure_; }

private:
  const Member& member_;
  FakeHost host_{};
  std::map<Feature, std::set<std::string>> read_{};
  bool complete_ = true;
  int written_ = 0;
  std::string failure_{};
};

}  // namespace

TEST_CASE("four profiles that work at the same time do not use, read or change each other's") {
  plexsim::Options options = World::small();
  options.servers[0].catalog.nasty_percent = 0;
  plexsim::Simulator sim(options);
  const auto movies = sim.keys("1", "movie");
  for (std::size_t i = 0; i < std::size(members); ++i) {
    sim.rate(members[i].handle, movies[i % movies.size()], static_cast<double>(i + 2));
    sim.mark_watched(members[i].handle, movies[(i + 1) % movies.size()]);
    sim.set_progress(members[i].handle, movies[(i + 2) % movies.size()], 600'000);
  }
  std::map<std::string, std::map<Feature, std::set<std::string>>> theirs;
  for (const Member& m : members)
    for (const auto& [ours, sims] : {std::pair{Feature::watchlist, plexsim::Feature::watchlist},
                                     {Feature::ratings, plexsim::Feature::ratings},
                                     {Feature::history, plexsim::Feature::history},
                                     {Feature::progress, plexsim::Feature::progress}})
      for (const auto& fact : sim.facts(m.handle, sims)) theirs[m.handle][ours].insert(fact.key);

  std::vector<std::unique_ptr<Profile>> profiles;
  for (std::size_t i = 0; i < std::size(members); ++i)
    profiles.push_back(std::make_unique<Profile>(sim, members[i], static_cast<int>(i)));
  std::vector<std::thread> threads;
  for (auto& profile : profiles) threads.emplace_back([&profile] { profile->run(); });
  for (std::thread& t : threads) t.join();

  for (auto& profile : profiles) {
    const std::string handle = profile->member().handle;
    CAPTURE(handle);
    CHECK(profile->failure() == "");
    CHECK(profile->complete());
    CHECK(profile->written() == 6);
    for (const Feature feature : all_features) CHECK(profile->read(feature) == theirs[handle][feature]);
  }
  std::map<std::string, int> seen;
  for (const auto& e : sim.requests()) {
    if (e.token.empty()) continue;
    const auto number = static_cast<std::size_t>(std::stoi(e.client_id.substr(e.client_id.find('-') + 1)));
    REQUIRE(number < std::size(members));
    const Member& m = members[number];
    CAPTURE(e.path);
    CAPTURE(e.token);
    const bool linked = e.token == sim.account_token(m.linked) && e.host != "server";
    const bool switched = e.token.starts_with("canary-home-" + std::string(m.handle) + "-") && e.host != "server";
    const bool at_server = e.token == sim.server_token(m.handle) && e.host == "server";
    CHECK((linked || switched || at_server));
    if (linked && *m.user_id) CHECK((e.host == "plex_tv" || e.host == "clients"));
    ++seen[m.handle];
  }
  CHECK(seen.size() == std::size(members));
}
