#include "json/json.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include "json/schema.hpp"
#include "support.hpp"

namespace {

using namespace crosswatch::host;
using crosswatch::test::error_of;
using crosswatch::test::has;

std::string why(const std::string& text) {
  return error_of([&] { json::parse(text, "test.json"); }).what();
}

TEST_CASE("what is read is written again the same, in the same order") {
  for (const std::string text : {"null", "true", "[]", "{}", "\"\"", "-0.5", "1e+300", "10.0", "9223372036854775807",
                                 "-9223372036854775808", R"({"z":1,"a":[1,2.5,"x",null,{"b":false}],"":"empty key"})",
                                 R"("quote \" backslash \\ line \n tab \t")", "\"Amélie 🎬\"", R"("\u0000\u001f")"})
    CHECK(json::dump(json::parse(text)) == text);
}

TEST_CASE("a number keeps its kind: 10.0 is not turned into 10") {
  CHECK(json::parse("10.0").as<double>());
  CHECK(json::parse("10").as<std::int64_t>());
  CHECK(*json::parse("0.1").as<double>() == 0.1);
}

TEST_CASE("an indented document reads back as the same value") {
  const json::Value v = json::parse(R"({"a":[1,[],{}],"b":{"c":"d"}})");
  CHECK(json::dump(v, 2) == "{\n  \"a\": [\n    1,\n    [],\n    {}\n  ],\n  \"b\": {\n    \"c\": \"d\"\n  }\n}");
  CHECK(json::parse(json::dump(v, 2)) == v);
}

TEST_CASE("broken text is refused with the source, the line and the column") {
  CHECK(has(why("{\n  \"a\": 1,\n  \"b\" 2\n}"), "test.json is not valid JSON: line 3, column 7"));
  CHECK(has(why("{\"ä\": x}"), "line 1, column 7"));  // columns are characters, not bytes
  for (const char* text :
       {"", " ", "{", "[1,]", "{\"a\":1,}", "nul", "01", "1 2", "\"\n\"", "[1}", "'a'", "\"\\x\"", "NaN"})
    CHECK_MESSAGE(has(why(text), "is not valid JSON"), std::string(text));
}

TEST_CASE("text that is no UTF-8, half a surrogate or a zero byte is refused") {
  CHECK(why("\"\xff\"") != "");
  CHECK(has(why(R"("\udc00")"), "surrogate"));
  CHECK(why(R"("\ud800x")") != "");
  CHECK(json::parse(R"("\ud83c\udfac")") == json::Value("🎬"));
  CHECK(has(why(std::string("{}\0{", 4)), "zero byte"));
}

TEST_CASE("the same key twice is refused, since one of the two would be lost") {
  CHECK(has(why(R"({"a":{"x":1,"y":2,"x":3}})"), "the key \"x\" twice"));
}

TEST_CASE("numbers that do not fit are refused instead of being changed") {
  CHECK(has(why("9223372036854775808"), "64 bits"));
  CHECK(has(why("1e400"), "Number too big"));
  CHECK_NOTHROW(json::parse("[0.01e-300]"));
  CHECK_NOTHROW(why("[0.0" + std::string(50, '0') + "1e-2147483630]"));  // ends the process in the library's own reader
  CHECK_NOTHROW(json::parse("[0.00000000000000000000000000000000000000000000001]"));
}

TEST_CASE("32 levels are read, one more is refused, and a megabyte of brackets does no harm") {
  const auto nested = [](int n) {
    return std::string(static_cast<std::size_t>(n), '[') + std::string(static_cast<std::size_t>(n), ']');
  };
  CHECK_NOTHROW(json::parse(nested(32)));
  CHECK(has(why(nested(33)), "deeper than 32"));
  CHECK(has(why(std::string(1u << 20, '[')), "deeper than 32"));
  CHECK(has(why("[" + std::string(1u << 20, ' ') + "]"), "larger than 1 MiB"));
}

TEST_CASE("the mark that Windows editors put in front is skipped") {
  CHECK(json::parse("\xEF\xBB\xBF{\"a\":1}") == json::parse("{\"a\":1}"));
}

TEST_CASE("text that is no UTF-8 is written as valid JSON all the same") {
  const std::string line = json::dump(json::Value(std::string("caf\xe9 \xf0\x9f\x8e end\xc3")));
  CHECK_NOTHROW(json::parse(line));
  CHECK(has(line, "end"));
}

TEST_CASE("a character that cannot stand for itself is found wherever it stands in a text") {
  for (const std::string special : {"\"", "\\", "\n", "\x1f", "\xC3\xA9"})
    for (std::size_t size = 0; size < 20; ++size)
      for (std::size_t at = 0; at <= size; ++at) {
        std::string text(size, 'x');
        text.insert(at, special);
        std::string quoted;
        json::append_quoted(quoted, text);
        CAPTURE(quoted);
        CHECK(*json::parse(quoted).as<std::string>() == text);
      }
}

TEST_CASE("dotted paths read, write and erase") {
  json::Value v = json::parse(R"({"a":{"b":1},"list":[{"x":"y"}]})");
  CHECK(*json::find_path(v, "list.0.x") == json::Value("y"));
  CHECK(json::find_path(v, "list.1.x") == nullptr);
  CHECK(json::find_path(v, "a.b.c") == nullptr);
  json::set_path(v, "a.c.d", true);
  json::set_path(v, "list.0.x", 2);
  CHECK(json::dump(v) == R"({"a":{"b":1,"c":{"d":true}},"list":[{"x":2}]})");
  CHECK(json::erase_path(v, "a.c.d"));
  CHECK_FALSE(json::erase_path(v, "a.c.d"));
  CHECK(json::dump(v) == R"({"a":{"b":1},"list":[{"x":2}]})");
}

TEST_CASE("a path through something that holds no members is refused, and nothing is replaced") {
  json::Value v = json::parse(R"({"a":5,"l":[]})");
  CHECK(error_of([&] { json::set_path(v, "a.b", 1); }).code == "bad_path");
  CHECK(error_of([&] { json::set_path(v, "l.0", 1); }).code == "bad_path");
  CHECK(json::dump(v) == R"({"a":5,"l":[]})");
}

TEST_CASE("a schema's first violation is a sentence with the place") {
  const json::Value schema = json::parse(R"({"type":"object","required":["id"],"additionalProperties":false,
    "definitions":{"k":{"type":"string","enum":["movie","show"]}},
    "properties":{"id":{"type":"string","pattern":"^[a-z]+$","description":"lower-case letters"},
      "n":{"type":["integer","null"],"minimum":1},"kinds":{"type":"array","items":{"$ref":"#/definitions/k"}}}})");
  const auto problem = [&](const char* text) { return json::violation(json::parse(text), schema).value_or("none"); };
  CHECK(problem(R"({"id":"ok","n":3,"kinds":["movie"]})") == "none");
  CHECK(problem(R"({"n":3})") == "it lacks \"id\"");
  CHECK(problem(R"({"id":5})") == "\"id\" has to be of type string, and is a number (lower-case letters)");
  CHECK(has(problem(R"({"id":"UP"})"), "\"id\" does not have the form ^[a-z]+$"));
  CHECK(has(problem(R"({"id":"a","n":0})"), "\"n\" breaks the rule minimum 1"));
  CHECK(has(problem(R"({"id":"a","n":"x"})"), "\"n\" has to be of type integer, null"));
  CHECK(has(problem(R"({"id":"a","kinds":["movie","song"]})"), "\"kinds.1\" has to be one of movie, show"));
  CHECK(has(problem(R"({"id":"a","nn":1})"), "unknown member \"nn\""));
  CHECK(has(problem("[]"), "has to be of type object, and is a list"));
}

}  // namespace
