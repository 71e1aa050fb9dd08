#include "wire/row.hpp"

#include <doctest/doctest.h>

#include <crosswatch/call.hpp>
#include <map>
#include <string>
#include <vector>

using namespace crosswatch;
using namespace crosswatch::plex::wire;

namespace {

struct Kept {
  std::map<Field, std::string> texts{};
  std::vector<std::string> guids{};
  std::string operator[](Field f) const {
    const auto it = texts.find(f);
    return it == texts.end() ? "" : it->second;
  }
};

struct Collector : RowSink {
  std::vector<Kept> rows{};
  void row(const Row& row) override {
    Kept kept;
    for (std::size_t i = 0; i < static_cast<std::size_t>(Field::count); ++i)
      if (const auto f = static_cast<Field>(i); row.has(f)) kept.texts[f] = row.text(f);
    for (const auto g : row.guids()) kept.guids.emplace_back(g);
    rows.push_back(kept);
  }
};

struct Result {
  std::vector<Kept> rows{};
  std::uint64_t counted = 0;
  std::string size{};
  std::string total{};
};

Result read(std::string body) {
  Arena arena;
  Collector collector;
  const Page page = parse_rows(body, arena, "The list", collector);
  return {collector.rows, page.rows, std::string(page.container.text(Field::size)),
          std::string(page.container.text(Field::total_size))};
}

std::string refusal(const std::string& body) {
  try {
    read(body);
  } catch (const Error& e) {
    CHECK(e.status == CW_PROTOCOL);
    CHECK_FALSE(e.remedy.empty());
    return e.what();
  }
  return "accepted";
}

const std::string json_page =
    R"({"MediaContainer":{"size":2,"totalSize":3438,"offset":0,"librarySectionID":2,"Metadata":[
  {"ratingKey":"35","guid":"plex://episode/60d5","type":"episode","title":"Ep \"5\"","index":5,"parentIndex":0,
   "userRating":8.5,"viewCount":1,"deleted":false,"Media":[{"id":1,"title":"not this","Part":[{"id":2,"key":"/no","Guid":[{"id":"x"}]}]}],
   "Guid":[{"id":"imdb://tt1"},{"id":"tmdb://2"}],"grandparentTitle":"Show","UltraBlurColors":{"title":"no"}},
  {"ratingKey":"36","type":"movie","title":null,"live":true}]}})";
const std::string xml_page = R"(<?xml version="1.0" encoding="UTF-8"?>
<MediaContainer size="2" totalSize="3438" offset="0" librarySectionID="2">
 <Video ratingKey="35" guid="plex://episode/60d5" type="episode" title="Ep &quot;5&quot;" index="5" parentIndex="0"
   userRating="8.5" viewCount="1" grandparentTitle="Show">
  <Media id="1" title="not this"><Part id="2" key="/no"><Guid id="x"/></Part></Media>
  <Guid id="imdb://tt1"/><Guid id="tmdb://2"/><UltraBlurColors title="no"/></Video>
 <Video ratingKey="36" type="movie" title="" live="1"/>
</MediaContainer>)";

}  // namespace

TEST_CASE("JSON and XML give the same rows") {
  const Result json = read(json_page);
  const Result xml = read(xml_page);
  REQUIRE(json.rows.size() == 2);
  CHECK(json.counted == 2);
  CHECK(json.total == "3438");
  CHECK(json.size == "2");
  CHECK(json.rows[0][Field::title] == "Ep \"5\"");
  CHECK(json.rows[0][Field::parent_index] == "0");
  CHECK(json.rows[0][Field::user_rating] == "8.5");
  CHECK(json.rows[0][Field::key].empty());
  CHECK(json.rows[0].guids == std::vector<std::string>{"imdb://tt1", "tmdb://2"});
  CHECK(json.rows[1][Field::rating_key] == "36");
  CHECK(json.rows[1][Field::live] == "1");
  CHECK(json.rows[1].guids.empty());
  REQUIRE(xml.rows.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(json.rows[i].texts == xml.rows[i].texts);
    CHECK(json.rows[i].guids == xml.rows[i].guids);
  }
  CHECK(xml.total == json.total);
}

TEST_CASE("rows are found under every name that Plex gives them") {
  for (const std::string name : {"Metadata", "Video", "Directory", "Track", "Photo", "Playlist"})
    CHECK(read(R"({"MediaContainer":{")" + name + R"(":[{"key":"1"},{"key":"2"}]}})").rows.size() == 2);
}

TEST_CASE("a list of one may be a bare object, and an empty list may be missing") {
  CHECK(read(R"({"MediaContainer":{"Metadata":{"key":"1"}}})").rows.size() == 1);
  CHECK(read(R"({"MediaContainer":{"size":0}})").rows.empty());
  CHECK(read(R"({"MediaContainer":{"Metadata":[]}})").rows.empty());
  CHECK(read("<MediaContainer size=\"0\"/>").rows.empty());
}

TEST_CASE("rows inside of hubs and search results count, rows inside of rows do not") {
  CHECK(read(R"({"MediaContainer":{"Hub":[{"key":"h","Metadata":[{"key":"1"}]},{"Metadata":[{"key":"2"}]}]}})")
            .rows.size() == 2);
  CHECK(read(R"({"MediaContainer":{"SearchResult":[{"score":1,"Metadata":{"key":"1"}}]}})").rows.size() == 1);
  CHECK(read(R"({"MediaContainer":{"Metadata":[{"key":"1","Metadata":[{"key":"2"}]}]}})").rows.size() == 1);
  CHECK(read("<MediaContainer><Directory key='1'><Video key='2'/></Directory></MediaContainer>").rows.size() == 1);
}

TEST_CASE("a byte order mark and blanks in front are skipped") {
  CHECK(read("\xEF\xBB\xBF\n" + json_page).rows.size() == 2);
  CHECK(read("\xEF\xBB\xBF" + xml_page).rows.size() == 2);
}

TEST_CASE("a text of any length keeps its letters and escapes, wherever they stand") {
  const std::vector<std::pair<std::string, std::string>> pieces{
      {"\\\"", "\""}, {"\\\\", "\\"}, {"\\u00e9", "\xC3\xA9"}, {"\xC3\xA9", "\xC3\xA9"}, {"!#[]", "!#[]"}};
  for (std::size_t length = 0; length <= 20; ++length)
    for (std::size_t at = 0; at <= length; ++at)
      for (const auto& [written, meant] : pieces) {
        const std::string before(at, 'a'), behind(length - at, 'z');
        const Result r = read(R"({"MediaContainer":{"Metadata":[{"title":")" + before + written + behind + written +
                              R"(","type":"movie"}]}})");
        REQUIRE(r.rows.size() == 1);
        REQUIRE(r.rows[0][Field::title] == before + meant + behind + meant);
        REQUIRE(r.rows[0][Field::type] == "movie");
        // A control character may not stand there as it is, nor may the text end.
        const std::string begun = R"({"MediaContainer":{"Metadata":[{"title":")" + before;
        REQUIRE(refusal(begun + "\n" + behind + R"("}]}})").find("broken JSON") != std::string::npos);
        REQUIRE(refusal(begun).find("in the middle") != std::string::npos);
      }
}

TEST_CASE("bytes that are no UTF-8 are replaced and cost nothing else") {
  const Result json = read("{\"MediaContainer\":{\"Metadata\":[{\"title\":\"\xC4nikirjat\",\"key\":\"1\"}]}}");
  const Result xml = read("<MediaContainer><Video title=\"\xC4nikirjat\" key=\"1\"/></MediaContainer>");
  CHECK(json.rows.at(0)[Field::title] == "\xEF\xBF\xBDnikirjat");
  CHECK(xml.rows.at(0)[Field::title] == "\xEF\xBF\xBDnikirjat");
  CHECK(json.rows.at(0)[Field::key] == "1");
}

TEST_CASE("control characters do not make an XML page unreadable") {
  CHECK(read("<MediaContainer><Video title=\"a\x01z\"/></MediaContainer>").rows.at(0)[Field::title] == "az");
}

TEST_CASE("texts come out in one line and without control characters") {
  const Result json = read(R"({"MediaContainer":{"Metadata":[{"title":"a\tb\u0007c\u001b[2J\u009bd\ne"}]}})");
  CHECK(json.rows.at(0)[Field::title] == "a bc[2Jd e");
  const Result xml = read("<MediaContainer><Video title=\"a&#9;b\xC2\x9B&#10;c\"/></MediaContainer>");
  CHECK(xml.rows.at(0)[Field::title] == "a b c");
  for (const std::string before : {"", "a", "a film", "a film with a title"}) {
    const std::string title = before + "\x7F";  // DEL, otherwise plain
    CHECK(read(R"({"MediaContainer":{"Metadata":[{"title":")" + title + R"("}]}})").rows.at(0)[Field::title] == before);
    CHECK(read("<MediaContainer><Video title=\"" + title + "\"/></MediaContainer>").rows.at(0)[Field::title] == before);
  }
}

TEST_CASE("what is not an answer of Plex is refused with a reason") {
  CHECK(refusal("").find("empty") != std::string::npos);
  CHECK(refusal(" \n").find("empty") != std::string::npos);
  CHECK(refusal("<!DOCTYPE html><html></html>").find("HTML") != std::string::npos);
  CHECK(refusal("<HTML><head><title>Unauthorized</title></head></HTML>").find("HTML") != std::string::npos);
  CHECK(refusal("nginx").find("neither JSON nor XML") != std::string::npos);
  CHECK(refusal(R"({"errors":[{"code":1001,"message":"no"}]})").find("MediaContainer") != std::string::npos);
  CHECK(refusal("[]").find("MediaContainer") != std::string::npos);
  CHECK(refusal("<errors><error code=\"1\"/></errors>").find("<errors>") != std::string::npos);
  CHECK(refusal("<!DOCTYPE a [<!ENTITY b \"c\">]><MediaContainer>&b;</MediaContainer>").find("document type") !=
        std::string::npos);
  CHECK(refusal(json_page + "x").find("broken JSON") != std::string::npos);
}

TEST_CASE("deep nesting is refused, not followed") {
  const std::string many(1 << 20, '[');
  CHECK(refusal("{\"MediaContainer\":{\"Media\":" + many).find("too deeply") != std::string::npos);
  std::string xml = "<MediaContainer>";
  for (int i = 0; i < 100; ++i) xml += "<a>";
  for (int i = 0; i < 100; ++i) xml += "</a>";
  CHECK(refusal(xml + "</MediaContainer>").find("too deeply") != std::string::npos);
}

TEST_CASE("a page that is cut anywhere is refused") {
  for (const std::string& page : {json_page, xml_page})
    for (std::size_t n = 0; n < page.size(); ++n) REQUIRE(refusal(page.substr(0, n)) != "accepted");
}

TEST_CASE("what the receiver of rows throws comes out, from both formats") {
  struct Refusing : RowSink {
    void row(const Row&) override { throw Stopped{CW_CANCELLED}; }
  } refusing;
  for (std::string page : {json_page, xml_page}) {
    Arena arena;
    CHECK_THROWS_AS(parse_rows(page, arena, "The list", refusing), Stopped);
  }
}
