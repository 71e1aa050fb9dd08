#include "recorded_text.hpp"

#include <rapidjson/document.h>

#include <charconv>

#include "http.hpp"
#include "render.hpp"

namespace plexsim {

namespace {

using Value = rapidjson::Value;

constexpr std::string_view kStateNames[] = {"viewCount", "lastViewedAt", "viewOffset", "userRating", "lastRatedAt"};

bool is_state(std::string_view name) {
  for (const auto known : kStateNames) {
    if (known == name) return true;
  }
  return false;
}

std::string_view text_of(const Value& v) {
  return {v.GetString(), v.GetStringLength()};
}

// JSON as XML: members are attributes, arrays of objects are elements.
void children(Writer& w, std::string_view name, const Value& value);

void element(Writer& w, const Value& object) {
  for (const auto& m : object.GetObject()) {
    const auto name = text_of(m.name);
    if (m.value.IsString())
      w.attr(name, text_of(m.value));
    else if (m.value.IsBool())
      w.attr(name, m.value.GetBool());
    else if (m.value.IsInt64())
      w.attr(name, m.value.GetInt64());
    else if (m.value.IsDouble())
      w.attr(name, m.value.GetDouble());
  }
  for (const auto& m : object.GetObject()) children(w, text_of(m.name), m.value);
}

void children(Writer& w, std::string_view name, const Value& value) {
  if (value.IsObject()) {
    w.begin(name);
    element(w, value);
    w.end();
  } else if (value.IsArray()) {
    for (const auto& entry : value.GetArray()) {
      if (entry.IsObject()) children(w, name, entry);
    }
  }
}

bool same(const State& a, const State& b) {
  return a.views == b.views && a.last_viewed == b.last_viewed && a.offset == b.offset && a.rating == b.rating &&
         a.rated == b.rated;
}

}  // namespace

std::string plain_text(std::string_view json) {
  if (json.empty() || json.front() == '{' || json.front() == '[') return {};
  if (json.front() != '"') return json == "null" ? std::string{} : std::string(json);
  rapidjson::Document d;
  d.Parse(json.data(), json.size());
  return d.HasParseError() || !d.IsString() ? std::string{} : std::string(text_of(d));
}

std::string recorded_field(const Recorded& row, std::string_view name) {
  for (const auto& [known, value] : row.fields) {
    if (known == name) return plain_text(value);
  }
  return {};
}

std::vector<std::string> recorded_ids(const Recorded& row) {
  std::vector<std::string> ids;
  for (const auto& [name, value] : row.fields) {
    if (name != "Guid") continue;
    rapidjson::Document d;
    d.Parse(value.data(), value.size());
    if (d.HasParseError() || !d.IsArray()) continue;
    for (const auto& entry : d.GetArray()) {
      if (entry.IsObject() && entry.HasMember("id") && entry["id"].IsString()) ids.emplace_back(text_of(entry["id"]));
    }
  }
  return ids;
}

State recorded_state(const Recorded& row) {
  State state;
  state.views = static_cast<int>(to_number(recorded_field(row, "viewCount")).value_or(0));
  state.last_viewed = to_number(recorded_field(row, "lastViewedAt")).value_or(0);
  state.offset = to_number(recorded_field(row, "viewOffset")).value_or(0);
  state.rated = to_number(recorded_field(row, "lastRatedAt")).value_or(0);
  const std::string rating = recorded_field(row, "userRating");
  double value = 0;
  if (std::from_chars(rating.data(), rating.data() + rating.size(), value).ec == std::errc{}) state.rating = value;
  return state;
}

void render_recorded(Writer& w, const MediaServer& server, std::size_t person, std::uint32_t item,
                     const ItemStyle& style) {
  const Item& it = server.items[item];
  const Recorded& row = server.recorded[it.recorded];
  const State state = server.state(person, item);
  const bool leaf = it.kind != Kind::show && it.kind != Kind::season;
  // the owner's facts are those of the recording until somebody changes them
  const bool as_recorded = person == server.owner && same(state, recorded_state(row));
  const std::string title = it.custom == kNone ? std::string{} : server.title(item);
  w.item(xml_tag(it.kind), style.excludes);
  for (const auto& [name, value] : row.fields) {
    if (is_state(name) && !as_recorded && (leaf || person != server.owner)) continue;
    const bool scalar = value.front() != '{' && value.front() != '[';
    if (name == "title" && !title.empty())
      w.attr("title", title);
    else if (w.json())
      w.attr_raw(name, value);
    else if (scalar && (value == "true" || value == "false"))
      w.attr(name, value == "true");
    else if (scalar)
      w.attr(name, plain_text(value));
  }
  if (!as_recorded) {
    if (state.rating >= 0) w.attr("userRating", state.rating);
    if (state.views > 0 && leaf) w.attr("viewCount", state.views);
    if (state.last_viewed > 0 && leaf) w.attr("lastViewedAt", state.last_viewed);
    if (state.rating >= 0 && state.rated > 0) w.attr("lastRatedAt", state.rated);
    if (state.offset > 0 && leaf) w.attr("viewOffset", state.offset);
  }
  if (!w.json()) {
    for (const auto& [name, value] : row.fields) {
      if ((value.front() != '{' && value.front() != '[') || w.left_out(name)) continue;
      rapidjson::Document d;
      d.Parse(value.data(), value.size());
      if (!d.HasParseError()) children(w, name, d);
    }
  }
  w.end();
}

std::string valid_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t more = c < 0x80                ? 0
                             : c >= 0xC2 && c < 0xE0 ? 1
                             : c >= 0xE0 && c < 0xF0 ? 2
                             : c >= 0xF0 && c < 0xF5 ? 3
                                                     : 9;
    bool good = more < 9 && i + more < text.size();
    for (std::size_t k = 1; good && k <= more; ++k) good = (static_cast<unsigned char>(text[i + k]) & 0xC0) == 0x80;
    if (good) {
      result.append(text.substr(i, more + 1));
      i += more + 1;
    } else {
      result += "\xEF\xBF\xBD";
      ++i;
    }
  }
  return result;
}

}  // namespace plexsim
