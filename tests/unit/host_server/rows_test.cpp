#include "server/rows.hpp"

#include <doctest/doctest.h>

#include "support.hpp"

using namespace crosswatch;
using namespace crosswatch::host;
using server::RowFilter;

namespace {

engine::Item film(const std::string& title, engine::OpType op = engine::OpType::add) {
  engine::Item item;
  item.pair = "p1";
  item.title = title;
  item.op = op;
  item.ids = {{"imdb", "tt" + std::to_string(title.size())}};
  return item;
}

std::int64_t number(const json::Value& v, const char* key) {
  return *v.find(key)->as<std::int64_t>();
}
std::vector<std::string> titles(const json::Value& page) {
  std::vector<std::string> out;
  for (const json::Value& item : *page.find("items")->as<json::Value::Array>())
    out.push_back(*item.find("title")->as<std::string>());
  return out;
}

}  // namespace

TEST_CASE("rows come back a page at a time, the last page too") {
  const test::TempFolder folder;
  server::Rows rows(folder / "serve");
  for (int i = 0; i < 10'005; ++i) rows.add(film("Film " + std::to_string(i)));
  const auto page = rows.page({}, 10'000, 200);
  CHECK(number(page, "total") == 10'005);
  CHECK(titles(page) == std::vector<std::string>{"Film 10000", "Film 10001", "Film 10002", "Film 10003", "Film 10004"});
  CHECK(titles(rows.page({}, 20'000, 200)).empty());
  CHECK(titles(rows.page({}, 0, 100'000)).size() == 500);
}

TEST_CASE("rows are found by title, id and kind of operation, whatever the case") {
  const test::TempFolder folder;
  server::Rows rows(folder / "serve");
  rows.add(film("Dune"));
  rows.add(film("The DUNES", engine::OpType::remove));
  rows.add(film("Solaris"));
  CHECK(titles(rows.page({"dune", {}, {}, {}, {}}, 0, 10)) == std::vector<std::string>{"Dune", "The DUNES"});
  CHECK(titles(rows.page({"dune", "remove", {}, {}, {}}, 0, 10)) == std::vector<std::string>{"The DUNES"});
  CHECK(titles(rows.page({"tt7", {}, {}, {}, {}}, 0, 10)) == std::vector<std::string>{"Solaris"});
  CHECK(number(rows.page({{}, {}, "ratings", {}, {}}, 0, 10), "matching") == 0);
}

TEST_CASE("rows that come while somebody looks are found as well") {
  const test::TempFolder folder;
  server::Rows rows(folder / "serve");
  rows.add(film("Dune"));
  const RowFilter filter{"dune", {}, {}, {}, {}};
  CHECK(number(rows.page(filter, 0, 10), "matching") == 1);
  rows.add(film("Dune: Part Two"));
  CHECK(number(rows.page(filter, 0, 10), "matching") == 2);
}

TEST_CASE("the file of the rows is gone with the process") {
  const test::TempFolder folder;
  server::Rows rows(folder / "serve");
  rows.add(film("Dune"));
  CHECK(std::filesystem::is_empty(folder / "serve"));
}
