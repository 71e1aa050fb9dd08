#include "wire/text.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace crosswatch;
using namespace crosswatch::plex::wire;

TEST_CASE("whole numbers are read from numbers, texts and booleans") {
  CHECK(to_int("7") == 7);
  CHECK(to_int("-3") == -3);
  CHECK(to_int("7.9") == 7);
  CHECK(to_int("true") == 1);
  CHECK(to_int("false") == 0);
  CHECK_FALSE(to_int(""));
  CHECK_FALSE(to_int("seven"));
  CHECK_FALSE(to_int("7x"));
  CHECK_FALSE(to_int("99999999999999999999"));
}

TEST_CASE("flags are read however they are written") {
  CHECK(to_flag("1"));
  CHECK(to_flag("true"));
  CHECK_FALSE(to_flag("0", true));
  CHECK_FALSE(to_flag("false", true));
  CHECK(to_flag("", true));
  CHECK_FALSE(to_flag("maybe"));
}

TEST_CASE("times are read from seconds, milliseconds and calendar texts") {
  CHECK(to_time("1709324100") == 1709324100);
  CHECK(to_time("1709324100123") == 1709324100);
  CHECK(to_time("2024-03-01T20:15:00Z") == 1709324100);
  CHECK(to_time("2024-03-01 20:15:00 UTC") == 1709324100);
  CHECK(to_time("1970-01-02") == 86400);
  CHECK(to_time("0") == time_unknown);
  CHECK(to_time("") == time_unknown);
  CHECK(to_time("2024-13-01") == time_unknown);
  CHECK(to_time("2024-03-01T20:15") == time_unknown);
}

TEST_CASE("ratings are read in exact tenths") {
  CHECK(to_tenths("7.5") == 75);
  CHECK(to_tenths("10.0") == 100);
  CHECK(to_tenths("0.1") == 1);
  CHECK(to_tenths("8") == 80);
  CHECK(to_tenths("7.25") == 73);
  CHECK(to_tenths("7.24") == 72);
  CHECK(to_tenths("10.1") == -1);
  CHECK(to_tenths("-1.0") == -1);
  CHECK(to_tenths("7,5") == -1);
  CHECK(to_tenths("") == -1);
}

TEST_CASE("broken UTF-8 is found and replaced byte by byte") {
  CHECK(is_utf8("plain, Ä, 日本, 🎬"));
  for (const std::string bad : {"\xC4nik", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "tail\xE2\x82", "\xFF"})
    CHECK_FALSE(is_utf8(bad));
  CHECK(utf8("tail\xE2\x82") == "tail\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(utf8("Ä\xC4z") == "Ä\xEF\xBF\xBDz");
}

TEST_CASE("an arena keeps what it was given until it is cleared, and then reuses its memory") {
  Arena arena;
  const std::string big(200'000, 'x');
  const auto a = arena.keep("first");
  const auto b = arena.keep(big);
  const std::array<std::int64_t, 3> numbers{1, 2, 3};
  const auto* kept = arena.keep(std::span<const std::int64_t>(numbers));
  CHECK(a == "first");
  CHECK(b == big);
  CHECK(kept[2] == 3);
  const std::size_t held = arena.capacity();
  for (int round = 0; round < 10; ++round) {
    arena.clear();
    arena.keep("first");
    arena.keep(big);
  }
  CHECK(arena.capacity() == held);
  CHECK(arena.join("a", "/", "b") == "a/b");
}

TEST_CASE("what an arena kept outlives one turn, and its memory is used again after two") {
  Arena arena;
  arena.turn();
  const auto first = arena.keep("first");
  arena.turn();
  const auto second = arena.keep("second");
  CHECK(first == "first");
  arena.turn();
  CHECK(second == "second");
  CHECK(arena.keep("third").data() == first.data());
  const std::size_t held = arena.capacity();
  for (int round = 0; round < 10; ++round) {
    arena.turn();
    arena.keep("again");
  }
  CHECK(arena.capacity() == held);
}
