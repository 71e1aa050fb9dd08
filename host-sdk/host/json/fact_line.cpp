#include "json/fact_line.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <crosswatch/call.hpp>
#include <functional>

#include "json/text_writer.hpp"

namespace crosswatch::host::json {
namespace {

// `key` with what stands around it, since nearly all of a line is such: ",\"title\":".
template <std::size_t N>
void text(TextWriter& out, const char (&key)[N], cw_str value) {
  if (value.size == 0) return;
  out.plain(key);
  out.quoted(view(value));
}

template <std::size_t N>
void number(TextWriter& out, const char (&key)[N], std::integral auto value) {
  out.plain(key);
  out.number(value);
}

template <std::size_t N>
void time(TextWriter& out, const char (&key)[N], std::int64_t at) {
  out.plain(key);
  if (at == time_unknown)
    out.plain("null");
  else
    out.time(at);
}

// Nearly all differ in their first letters, which a call of memcmp would be too much for.
bool same_scheme(const cw_token& a, const cw_token& b) noexcept {
  const char* const end = a.scheme.data + a.scheme.size;
  return a.scheme.size == b.scheme.size && std::mismatch(a.scheme.data, end, b.scheme.data).first == end;
}

// {"imdb":"tt1","tvdb":["1","2"]}: a scheme that occurs more than once becomes a list, so that no id is lost.
template <std::size_t N>
void tokens(TextWriter& out, const char (&key)[N], const cw_token* first, std::uint32_t count) {
  if (count == 0) return;
  out.plain(key);
  const cw_token* const end = first + count;
  bool several = false;  // of any scheme; rare
  for (const cw_token* t = first; t != end; ++t) {
    const auto same = [t](const cw_token& other) { return same_scheme(*t, other); };
    if (several && std::any_of(first, t, same)) continue;
    if (t == first)
      out.plain("{");
    else
      out.plain(",");
    out.quoted(view(t->scheme));
    const cw_token* next = std::find_if(t + 1, end, same);
    if (next == end) {
      out.plain(":");
      out.quoted(view(t->value));
      continue;
    }
    several = true;
    out.plain(":[");
    out.quoted(view(t->value));
    for (; next != end; next = std::find_if(next + 1, end, same)) {
      out.plain(",");
      out.quoted(view(next->value));
    }
    out.plain("]");
  }
  out.plain("}");
}

void value(TextWriter& out, Feature feature, const cw_fact& fact) {
  const cw_value& v = fact.value;
  switch (feature) {
    case Feature::watchlist:
      if (v.at != time_unknown) time(out, ",\"listed_at\":", v.at);
      return;
    case Feature::ratings:
      if (v.rating < 0) {
        out.plain(",\"rating\":null");
      } else {
        number(out, ",\"rating\":", v.rating / 10);
        if (v.rating % 10 != 0) number(out, ".", v.rating % 10);
      }
      time(out, ",\"rated_at\":", v.at);
      return;
    case Feature::history:
      time(out, ",\"watched_at\":", v.at);
      if (v.plays != 0) number(out, ",\"plays\":", v.plays);
      if (fact.play_count == 0) return;
      out.plain(",\"plays_at\":[");
      for (std::uint32_t i = 0; i < fact.play_count; ++i) {
        if (i != 0) out.plain(",");
        time(out, "", fact.plays_at[i]);
      }
      out.plain("]");
      return;
    case Feature::progress:
      number(out, ",\"progress_ms\":", v.progress_ms);
      if (v.duration_ms >= 0) number(out, ",\"duration_ms\":", v.duration_ms);
      time(out, ",\"progress_at\":", v.at);
      return;
  }
}

// The members of one line, with errors that say which line and which member.
class Line {
public:
  Line(std::string_view line, std::uint64_t number)
      : number_(number), root_(parse(line, "Line " + std::to_string(number))) {
    if (!root_.is_object()) throw bad("has to be an object");
  }

  Error bad(const std::string& problem) const {
    return Error(CW_CONFIG, "bad_line", "Line " + std::to_string(number_) + " " + problem + ".",
                 "Correct that line; nothing was changed.");
  }
  Error bad(std::string_view key, const std::string& problem) const {
    return bad("member \"" + std::string(key) + "\" " + problem);
  }

  // Null as well as absent: null.
  const Value* find(std::string_view key) const {
    const Value* const v = root_.find(key);
    return v && !v->is_null() ? v : nullptr;
  }
  std::string text(std::string_view key) const {
    const Value* const v = find(key);
    if (!v) return {};
    if (const auto* s = v->as<std::string>()) return *s;
    throw bad(key, "has to be a text, and is " + std::string(kind_of(*v)));
  }
  std::int64_t integer(std::string_view key, std::int64_t absent, std::int64_t most) const {
    const Value* const v = find(key);
    if (!v) return absent;
    const auto* const i = v->as<std::int64_t>();
    if (!i || *i < 0 || *i > most)
      throw bad(key, "has to be a whole number from 0 to " + std::to_string(most) + ", and is " + dump(*v));
    return *i;
  }
  std::int64_t time(std::string_view key) const {
    const Value* const v = find(key);
    return v ? time(key, *v) : time_unknown;
  }
  std::int64_t time(std::string_view key, const Value& v) const {
    if (const auto* s = v.as<std::string>())
      if (const auto at = parse_iso(*s)) return *at;
    throw bad(key, "has to be a time such as \"2024-03-01T20:15:00Z\", and is " + dump(v));
  }
  std::vector<Token> tokens(std::string_view key) const {
    std::vector<Token> out;
    const Value* const v = find(key);
    if (!v) return out;
    if (!v->is_object()) throw bad(key, "has to be an object of ids, and is " + std::string(kind_of(*v)));
    for (const Member& m : *v->as<Value::Object>()) {
      const auto add = [&](const Value& id) {
        const auto* const s = id.as<std::string>();
        if (!s || s->empty() || m.key.empty())
          throw bad(std::string(key) + "." + m.key, "has to be a text that is not empty");
        out.push_back({m.key, *s});
      };
      if (const auto* several = m.value.as<Value::Array>())
        std::for_each(several->begin(), several->end(), add);
      else
        add(m.value);
    }
    return out;
  }
  std::vector<std::int64_t> times(std::string_view key) const {
    std::vector<std::int64_t> out;
    const Value* const v = find(key);
    if (!v) return out;
    const auto* const list = v->as<Value::Array>();
    if (!list) throw bad(key, "has to be a list of times, and is " + std::string(kind_of(*v)));
    for (const Value& element : *list) out.push_back(time(key, element));
    std::sort(out.begin(), out.end(), std::greater<>());
    return out;
  }
  std::int32_t rating() const {
    const Value* const v = find("rating");
    const auto* const i = v ? v->as<std::int64_t>() : nullptr;
    const auto* const d = v ? v->as<double>() : nullptr;
    const double tenths = i ? 10.0 * static_cast<double>(*i) : d ? 10.0 * *d : -1.0;
    const double whole = std::round(tenths);
    if (tenths < 0 || tenths > 100 || std::abs(tenths - whole) > 1e-6)
      throw bad("rating", "has to be a number from 0 to 10 in steps of 0.1");
    return static_cast<std::int32_t>(whole);
  }

private:
  std::uint64_t number_;
  Value root_;
};

void read_value(const Line& line, Feature feature, Fact& fact) {
  constexpr std::int64_t longest = std::int64_t{1} << 53;
  cw_value& v = fact.value;
  switch (feature) {
    case Feature::watchlist:
      v.at = line.time("listed_at");
      return;
    case Feature::ratings:
      v.rating = line.rating();
      v.at = line.time("rated_at");
      return;
    case Feature::history:
      v.at = line.time("watched_at");
      v.plays = static_cast<std::uint32_t>(line.integer("plays", 0, UINT32_MAX));
      fact.plays_at = line.times("plays_at");
      if (!fact.plays_at.empty() && (v.at == time_unknown || v.at < fact.plays_at.front()))
        v.at = fact.plays_at.front();
      return;
    case Feature::progress:
      if (!line.find("progress_ms")) throw line.bad("lacks \"progress_ms\"");
      v.progress_ms = line.integer("progress_ms", -1, longest);
      v.duration_ms = line.integer("duration_ms", -1, longest);
      v.at = line.time("progress_at");
      return;
  }
}

}  // namespace

void append_fact_line(std::string& line, Feature feature, const cw_fact& fact) {
  TextWriter out(line);
  out.plain("{\"type\":\"");
  out.plain(name_of(static_cast<Kind>(fact.kind)));
  out.plain("\"");
  tokens(out, ",\"ids\":", fact.ids, fact.id_count);
  tokens(out, ",\"show_ids\":", fact.show_ids, fact.show_id_count);
  text(out, ",\"series_title\":", fact.series_title);
  text(out, ",\"title\":", fact.title);
  if (fact.season >= 0) number(out, ",\"season\":", fact.season);
  if (fact.episode >= 0) number(out, ",\"episode\":", fact.episode);
  if (fact.year > 0) number(out, ",\"year\":", fact.year);
  text(out, ",\"library_id\":", fact.library_id);
  text(out, ",\"ref\":", fact.ref);
  value(out, feature, fact);
  out.plain("}\n");
}

void append_end_line(std::string& line, bool complete, std::uint64_t count, std::string_view reason) {
  TextWriter out(line);
  out.plain("{\"end\":true,\"complete\":");
  out.plain(std::string_view(complete ? "true" : "false"));
  number(out, ",\"count\":", count);
  text(out, ",\"reason\":", str(reason));
  out.plain("}\n");
}

FactLine parse_fact_line(std::string_view text, Feature feature, std::uint64_t line_number) {
  const Line line(text, line_number);
  FactLine out;
  if (line.find("end")) {
    const Value* const complete = line.find("complete");
    const bool* const flag = complete ? complete->as<bool>() : nullptr;
    if (!flag) throw line.bad("lacks \"complete\": true or false");
    out.end = true;
    out.complete = *flag;
    out.count = static_cast<std::uint64_t>(line.integer("count", 0, INT64_MAX));
    out.reason = line.text("reason");
    return out;
  }
  const std::string type = line.text("type");
  const auto kind = kind_named(type);
  if (!kind)
    throw line.bad("type", "has to be movie, show, season or episode" +
                               (type.empty() ? std::string() : ", and is \"" + type + "\""));
  Fact& fact = out.fact;
  fact.kind = *kind;
  fact.ids = line.tokens("ids");
  fact.show_ids = line.tokens("show_ids");
  fact.series_title = line.text("series_title");
  fact.title = line.text("title");
  fact.season = static_cast<std::int32_t>(line.integer("season", -1, INT32_MAX));
  fact.episode = static_cast<std::int32_t>(line.integer("episode", -1, INT32_MAX));
  fact.year = static_cast<std::int32_t>(line.integer("year", 0, 9999));
  fact.library_id = line.text("library_id");
  fact.ref = line.text("ref");
  if (fact.ids.empty() && fact.show_ids.empty() && fact.ref.empty() && fact.title.empty() && fact.series_title.empty())
    throw line.bad("names no item: it has neither ids nor ref nor title");
  read_value(line, feature, fact);
  return out;
}

}  // namespace crosswatch::host::json
