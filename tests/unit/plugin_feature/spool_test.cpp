#include "feature/spool.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <crosswatch/fake_host.hpp>
#include <filesystem>
#include <map>
#include <random>
#include <set>

using namespace crosswatch;
using namespace crosswatch::plex::feature;

namespace {

std::vector<std::int64_t> values(Spool& spool, std::uint64_t key) {
  std::vector<std::int64_t> out;
  spool.find(key, out);
  return out;
}

}  // namespace

TEST_CASE("a spool gives back what was put in, whether it fits into memory or not") {
  FakeHost host;
  for (const std::size_t limit : {std::size_t{8} << 20, std::size_t{4096}}) {
    CAPTURE(limit);
    Spool spool(host.data_dir(), limit);
    std::mt19937_64 random(7);
    std::map<std::uint64_t, std::set<std::int64_t, std::greater<>>> expected;
    for (int i = 0; i < 20'000; ++i) {
      const std::uint64_t key = i % 3 == 0 ? 77 : random() % 5000;  // one key fills many blocks
      const auto value = static_cast<std::int64_t>(random() % 100'000);
      spool.add(key, value);
      expected[key].insert(value);
    }
    spool.finish();
    CHECK(spool.size() == 20'000);
    for (std::uint64_t key = 0; key < 5100; ++key) {
      const auto& wanted = expected[key];
      REQUIRE(values(spool, key) == std::vector<std::int64_t>(wanted.begin(), wanted.end()));
    }
  }
}

TEST_CASE("a spool can be cleared and filled again, and an empty one finds nothing") {
  FakeHost host;
  Spool spool(host.data_dir(), 4096);
  spool.finish();
  CHECK(values(spool, 1).empty());
  for (int round = 0; round < 3; ++round) {
    spool.clear();
    for (std::uint64_t key = 0; key < 5000; ++key) spool.add(key, round);
    spool.finish();
    CHECK(values(spool, 4999) == std::vector<std::int64_t>{round});
    CHECK(values(spool, 5000).empty());
  }
}

TEST_CASE("a spool passes all that it holds in the order of the keys, and tells what was found") {
  FakeHost host;
  for (const std::size_t limit : {std::size_t{8} << 20, std::size_t{4096}}) {
    CAPTURE(limit);
    Spool spool(host.data_dir(), limit);
    for (std::uint64_t n = 0; n < 6000; ++n) spool.add(n * 7919 % 3000, static_cast<std::int64_t>(n % 5));
    spool.finish();
    for (std::uint64_t key = 0; key < 3000; key += 3) CHECK_FALSE(values(spool, key).empty());
    std::uint64_t passed = 0, wrong = 0, before = 0;
    spool.each([&](std::uint64_t key, std::int64_t, bool found) {
      ++passed;
      if (found != (key % 3 == 0) || key < before) ++wrong;
      before = key;
    });
    CHECK(passed == 6000);
    CHECK(wrong == 0);
  }
}

TEST_CASE("a spool leaves no file behind, not even while it is used") {
  FakeHost host;
  Spool spool(host.data_dir(), 4096);
  for (std::uint64_t key = 0; key < 5000; ++key) spool.add(key, 1);
  spool.finish();
  CHECK(std::filesystem::is_empty(host.data_dir()));
}

TEST_CASE("a folder that takes no file is an error that names it") {
  Spool spool("/nonexistent/folder", 4096);
  try {
    for (std::uint64_t key = 0; key < 5000; ++key) spool.add(key, 1);
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(e.status == CW_STORAGE);
    CHECK(std::string(e.what()).find("/nonexistent/folder") != std::string::npos);
  }
}

TEST_CASE("a blob gives back texts from memory and from its file") {
  FakeHost host;
  Blob blob(host.data_dir(), 1000);
  std::vector<std::int64_t> places;
  for (int i = 0; i < 500; ++i) places.push_back(blob.add("text " + std::to_string(i)));
  places.push_back(blob.add(""));
  for (int i = 0; i < 500; ++i) CHECK(blob.get(places[static_cast<std::size_t>(i)]) == "text " + std::to_string(i));
  CHECK(blob.get(places.back()).empty());
}
