// Configurations that were read differently from what they said, schedules that ran more than was due, and copies that
// overwrote each other.
#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>

#include "capture/capture.hpp"
#include "config/pairs.hpp"
#include "json/json.hpp"
#include "service/schedule.hpp"

using namespace crosswatch;
using namespace crosswatch::host;

namespace {

struct Folder {
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "cw-incident-XXXXXX";
    REQUIRE(::mkdtemp(name.data()));
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path path{};
};

}  // namespace

TEST_CASE("a feature that is written as true is not switched off, and one that is left out of a map not switched on") {
  const auto pairs = read_pairs(json::parse(R"({"pairs":[{"id":"p","source":"a","target":"b",
      "features":{"watchlist":true,"ratings":false,"history":{"enable":true}}}]})"));
  REQUIRE(pairs.size() == 1);
  CHECK(pairs[0].feature(Feature::watchlist).enable);
  CHECK_FALSE(pairs[0].feature(Feature::ratings).enable);
  CHECK(pairs[0].feature(Feature::history).enable);
  CHECK_FALSE(pairs[0].feature(Feature::progress).enable);
  for (const Feature f : all_features) CHECK_FALSE(pairs[0].feature(f).remove);  // nobody asked for that
}

TEST_CASE("a pair that is due does not take those along that are not, nor does one with a bad schedule") {
  constexpr std::int64_t now = 1'800'000'000;
  const auto pair = [](const char* id, const char* schedule) {
    PairConfig p;
    p.id = id;
    p.schedule = schedule;
    return p;
  };
  const auto ran = [](const char* id, std::int64_t at) {
    PairStatus s;
    s.id = id;
    s.state.last_run_at = at;
    return s;
  };
  const std::vector<PairStatus> states{ran("due", now - 7200), ran("not yet", now - 60), ran("bad", 0),
                                       ran("never", 0)};
  CHECK(due_pairs({pair("due", "1h"), pair("not yet", "1h"), pair("bad", "often"), pair("never", "")}, states, now) ==
        std::vector<std::string>{"due"});
}

TEST_CASE("captures of one second do not overwrite each other") {
  Folder folder;
  const Captures captures(folder.path);
  CaptureHead head;
  head.ref.provider = "tracker";
  head.feature = Feature::ratings;
  head.taken_at = 1'700'000'000;
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    CaptureWriter writer(captures, head);
    for (int n = 0; n < i; ++n) {
      Fact f;
      f.ref = std::to_string(n);
      f.title = "Film";
      f.ids = {{"tmdb", std::to_string(n)}};
      f.value.rating = 70;
      FactLender lender;
      writer.add(lender.lend(f));
    }
    ids.push_back(writer.finish(true, "").id);
  }
  CHECK(captures.list().size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(captures.find(ids[i]).count == i);
}
