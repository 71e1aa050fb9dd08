// Real answers of real servers, collected from public projects. They are not part of the repository: the test
// reads them where CROSSWATCH_RECORDINGS or the build says, and skips without.
#include <doctest/doctest.h>

#include <array>
#include <crosswatch/call.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "identity/guid.hpp"
#include "wire/row.hpp"
#include "wire/tree.hpp"

using namespace crosswatch;
using namespace crosswatch::plex;

namespace {

std::filesystem::path folder() {
  const char* given = std::getenv("CROSSWATCH_RECORDINGS");
  return given ? given : CROSSWATCH_RECORDINGS;
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::vector<std::string>> expectations() {
  std::vector<std::vector<std::string>> lines;
  std::istringstream in(content(CROSSWATCH_EXPECTATIONS));
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> fields(8);
    std::istringstream columns(line);
    for (auto& f : fields) std::getline(columns, f, '\t');
    lines.push_back(fields);
  }
  return lines;
}

struct Counter : wire::RowSink {
  wire::Arena arena{};
  std::array<int, 5> kinds{};
  void row(const wire::Row& row) override {
    const auto kind = kind_named(row.text(wire::Field::type));
    if (!kind) return;
    ++kinds[static_cast<std::size_t>(*kind)];
    identity::Identity who;
    identity::read_guid(row.text(wire::Field::guid), *kind, arena, who);
    for (const auto guid : row.guids()) identity::read_guid(guid, *kind, arena, who);
    for (std::size_t i = 0; i < static_cast<std::size_t>(wire::Field::count); ++i)
      CHECK(wire::is_utf8(row.text(static_cast<wire::Field>(i))));
  }
};

}  // namespace

TEST_CASE("every recorded answer is read with the right number of items, or refused with a reason") {
  if (!std::filesystem::is_directory(folder())) {
    std::cout << "skipped: there are no recordings in " << folder() << '\n';
    return;
  }
  const auto lines = expectations();
  CHECK(lines.size() > 200);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder()))
    if (entry.is_regular_file() && entry.path().filename() != "README.md") ++files;
  CHECK(files == lines.size());
  for (const auto& line : lines) {
    CAPTURE(line[0]);
    const std::string original = content(folder() / line[0]);
    REQUIRE_FALSE(original.empty());
    std::string body = original;
    Counter counter;
    try {
      const wire::Page page = wire::parse_rows(body, counter.arena, "The recording", counter);
      CHECK(std::to_string(page.rows) == line[1]);
      for (std::size_t k = 1; k <= 4; ++k) CHECK(std::to_string(counter.kinds[k]) == line[1 + k]);
    } catch (const Error& e) {
      CHECK(e.code == line[1]);
      CHECK_FALSE(line[7].empty());
    }
    body = original;
    try {
      wire::parse_tree(body, "The recording");
      CHECK(line[6] == "read");
    } catch (const Error& e) {
      CHECK(e.code == line[6]);
    }
  }
}

TEST_CASE("a recorded answer cut anywhere is refused, not read short") {
  if (!std::filesystem::is_directory(folder())) return;
  for (const char* file : {"lcharlick-PlexKit/movie.json", "home-assistant-core/hubs.xml",
                           "lcharlick-PlexKit/item_metadata_with_broken_encoding.json",
                           "Sonarr-Sonarr/plex_watchlist.json", "trakt-Plex-Trakt-Scrobbler/playlists/1/items.xml"}) {
    CAPTURE(file);
    std::string original = content(folder() / file);
    original.erase(original.find_last_not_of(" \r\n\t") + 1);
    for (std::size_t size = 0; size < original.size(); size += 7) {
      std::string body = original.substr(0, size);
      Counter counter;
      CHECK_THROWS_AS(wire::parse_rows(body, counter.arena, "The recording", counter), Error);
    }
  }
}
