#include "selection.hpp"

#include <algorithm>
#include <charconv>

#include "render.hpp"

namespace plexsim {

namespace {

enum class Op { equal, not_equal, greater, less, at_least, at_most, exact };
enum class Type { integer, date, boolean, text };
enum class Field {
  view_offset,
  user_rating,
  view_count,
  last_viewed,
  last_rated,
  added,
  updated,
  year,
  duration,
  index,
  unwatched,
  in_progress,
  title,
  guid
};

struct Known {
  std::string_view name;
  Field field;
  Type type;
};
constexpr Known kFields[] = {
    {"viewOffset", Field::view_offset, Type::integer},
    {"userRating", Field::user_rating, Type::integer},
    {"viewCount", Field::view_count, Type::integer},
    {"lastViewedAt", Field::last_viewed, Type::date},
    {"lastRatedAt", Field::last_rated, Type::date},
    {"addedAt", Field::added, Type::date},
    {"updatedAt", Field::updated, Type::date},
    {"year", Field::year, Type::integer},
    {"duration", Field::duration, Type::integer},
    {"index", Field::index, Type::integer},
    {"unwatched", Field::unwatched, Type::boolean},
    {"inProgress", Field::in_progress, Type::boolean},
    {"title", Field::title, Type::text},
    {"guid", Field::guid, Type::text},
};

struct Filter {
  Field field{};
  Op op{Op::equal};
  bool of_show{false};  // "show.title"
  std::vector<std::string> values{};
  std::vector<double> numbers{};
};

struct Order {
  Field field{};
  bool down{false};
};

const Known* known(std::string_view name) {
  for (const auto& k : kFields) {
    if (k.name == name) return &k;
  }
  return nullptr;
}

// "movie.addedAt" -> "addedAt"; true when the scope is the show
std::pair<std::string_view, bool> unscoped(std::string_view name) {
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) return {name, false};
  return {name.substr(dot + 1), name.substr(0, dot) == "show"};
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional<double>(value) : std::nullopt;
}

// Epoch seconds, or "-30d": so long ago.
std::optional<double> date_of(std::string_view text) {
  if (const auto plain = number_of(text)) return plain;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value >= 0) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  double seconds = 0;
  if (unit == "y") seconds = 86400.0 * 365;
  if (unit == "mon") seconds = 86400.0 * 30;
  if (unit == "w") seconds = 86400.0 * 7;
  if (unit == "d") seconds = 86400.0;
  if (unit == "h") seconds = 3600.0;
  if (unit == "m") seconds = 60.0;
  if (seconds <= 0) return std::nullopt;
  return static_cast<double>(std::time(nullptr)) + value * seconds;
}

// An unknown field, an operator the field's type does not have, a value that is no number: no filter at all, as Plex
// does.
std::optional<Filter> filter_of(const std::string& key, const std::string& value) {
  const auto end = key.find_first_of("!<>=");
  const std::string_view op = end == std::string::npos ? std::string_view{} : std::string_view(key).substr(end);
  const auto [name, of_show] = unscoped(std::string_view(key).substr(0, end));
  const Known* field = known(name);
  if (field == nullptr) return std::nullopt;
  Filter filter;
  filter.field = field->field;
  filter.of_show = of_show;
  const bool number = field->type == Type::integer;
  const bool date = field->type == Type::date;
  const bool text = field->type == Type::text;
  if (op.empty())
    filter.op = Op::equal;
  else if (op == "!" && field->type != Type::boolean)
    filter.op = Op::not_equal;
  else if (op == ">>" && (number || date))
    filter.op = Op::greater;
  else if (op == "<<" && (number || date))
    filter.op = Op::less;
  else if (op == ">" && number)
    filter.op = Op::at_least;
  else if (op == "<" && number)
    filter.op = Op::at_most;
  else if (op == "=" && text)
    filter.op = Op::exact;
  else
    return std::nullopt;
  filter.values = split(value, ',');
  if (filter.values.empty()) return std::nullopt;
  if (text) {
    if (filter.field == Field::guid) {
      filter.op = Op::exact;
      filter.values = {value};
    }
    return filter;
  }
  for (const auto& v : filter.values) {
    const auto n = date ? date_of(v) : number_of(v);
    if (!n) return std::nullopt;
    filter.numbers.push_back(*n);
  }
  return filter;
}

struct Value {
  bool present{false};
  double number{0};
};

Value value_of(const MediaServer& server, std::size_t person, std::uint32_t item, Field field) {
  const Item& it = server.items[item];
  auto some = [](double n, bool present) { return Value{present, n}; };
  switch (field) {
    case Field::added:
      return some(it.added_at, true);
    case Field::updated:
      return some(it.updated_at, true);
    case Field::year:
      return some(server.year(item), server.year(item) >= 0);
    case Field::duration:
      return some(static_cast<double>(server.duration(item)), true);
    case Field::index:
      return some(it.index, it.index >= 0);
    case Field::user_rating: {
      const State s = server.state(person, item);
      return some(s.rating, s.rating >= 0);
    }
    case Field::last_rated: {
      const State s = server.state(person, item);
      return some(static_cast<double>(s.rated), s.rating >= 0 && s.rated > 0);
    }
    case Field::view_offset: {
      const State s = server.state(person, item);
      return some(static_cast<double>(s.offset), s.offset > 0);
    }
    case Field::view_count:
      return some(view_of(server, person, item).state.views, true);
    case Field::last_viewed: {
      const auto at = view_of(server, person, item).state.last_viewed;
      return some(static_cast<double>(at), at > 0);
    }
    case Field::unwatched: {
      const View v = view_of(server, person, item);
      const bool watched = it.kind == Kind::show || it.kind == Kind::season
                               ? v.leaves > 0 && v.viewed_leaves == v.leaves
                               : v.state.views > 0;
      return some(watched ? 0 : 1, true);
    }
    case Field::in_progress:
      return some(server.state(person, item).offset > 0 ? 1 : 0, true);
    case Field::title:
    case Field::guid:
      break;
  }
  return {};
}

bool passes(const MediaServer& server, std::size_t person, std::uint32_t item, const Filter& f) {
  if (f.field == Field::guid || f.field == Field::title) {
    std::uint32_t of = item;
    if (f.of_show && server.items[item].grandparent != kNone) of = server.items[item].grandparent;
    const std::string text = f.field == Field::guid ? server.guid(of) : lower(server.title(of));
    return std::any_of(f.values.begin(), f.values.end(), [&](const std::string& v) {
      if (f.field == Field::guid) return text == v;
      if (f.op == Op::exact) return text == lower(v);
      return (text.find(lower(v)) != std::string::npos) == (f.op == Op::equal);
    });
  }
  const Value value = value_of(server, person, item, f.field);
  if (!value.present) return false;  // what is not set compares with nothing
  return std::any_of(f.numbers.begin(), f.numbers.end(), [&](double n) {
    switch (f.op) {
      case Op::equal:
      case Op::exact:
        return value.number == n;
      case Op::not_equal:
        return value.number != n;
      case Op::greater:
        return value.number > n;
      case Op::less:
        return value.number < n;
      case Op::at_least:
        return value.number >= n;
      case Op::at_most:
        return value.number <= n;
    }
    return false;
  });
}

std::vector<Order> orders_of(const std::string& sort) {
  std::vector<Order> result;
  for (const auto& part : split(sort, ',')) {
    const auto words = split(part, ':');
    if (words.empty()) continue;
    auto name = unscoped(words.front()).first;
    if (name == "titleSort") name = "title";
    const Known* field = known(name);
    if (field == nullptr) continue;
    result.push_back({field->field, words.size() > 1 && words[1] == "desc"});
  }
  return result;
}

void sort_rows(const MediaServer& server, std::size_t person, const std::vector<Order>& orders,
               std::vector<std::uint32_t>& rows) {
  for (auto order = orders.rbegin(); order != orders.rend(); ++order) {  // stable sorts from the last key to the first
    struct Keyed {
      std::uint32_t item;
      double number;
      std::string text;
    };
    std::vector<Keyed> keyed;
    keyed.reserve(rows.size());
    for (const auto item : rows) {
      Keyed k{item, 0, {}};
      if (order->field == Field::title || order->field == Field::guid) {
        k.text = lower(server.title(item));
      } else {
        const Value v = value_of(server, person, item, order->field);
        k.number = v.present ? v.number : -1;
      }
      keyed.push_back(std::move(k));
    }
    const bool text = order->field == Field::title || order->field == Field::guid;
    std::stable_sort(keyed.begin(), keyed.end(), [&](const Keyed& a, const Keyed& b) {
      const Keyed& x = order->down ? b : a;
      const Keyed& y = order->down ? a : b;
      return text ? x.text < y.text : x.number < y.number;
    });
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = keyed[i].item;
  }
}

}  // namespace

Page page_of(const Request& request) {
  Page page;
  if (const auto start = to_number(request.plex("Container-Start")); start && *start >= 0) {
    page.asked = true;
    page.start = static_cast<std::size_t>(*start);
  }
  if (const auto size = to_number(request.plex("Container-Size")); size && *size >= 0) {
    page.asked = true;
    page.size = static_cast<std::size_t>(*size);
  }
  return page;
}

Slice slice_of(const Request& request, const Page& page, std::size_t rows) {
  const FaultRule& fault = request.fault;
  if (const auto limit = request.number("limit"); limit && *limit >= 0)
    rows = std::min(rows, static_cast<std::size_t>(*limit));
  if (fault.kind == FaultKind::short_list)
    rows = std::min(rows, static_cast<std::size_t>(std::max<std::int64_t>(0, fault.amount)));
  Slice slice;
  const std::size_t start = fault.kind == FaultKind::repeat_page ? 0 : page.start;
  std::size_t size = page.size;
  if (fault.kind == FaultKind::page_cap)
    size = std::min(size, static_cast<std::size_t>(std::max<std::int64_t>(0, fault.amount)));
  if (request.most_rows > 0) size = std::min(size, request.most_rows);
  slice.offset = page.start;
  slice.begin = std::min(start, rows);
  slice.end = std::min(rows, slice.begin + std::min(size, rows));
  slice.total = static_cast<std::int64_t>(rows) + (fault.kind == FaultKind::wrong_total ? fault.amount : 0);
  return slice;
}

Rows SelectionCache::select(const MediaServer& server, std::size_t person, const std::vector<std::uint32_t>& source,
                            const Request& request) {
  std::vector<Filter> filters;
  std::string sort;
  std::string key = std::to_string(server.version) + "|" + std::to_string(person) + "|" +
                    std::to_string(source.size()) + "|" + request.path + "|" + request.param("type").value_or("");
  if (request.fault.kind != FaultKind::ignore_filters) {
    for (const auto& [name, value] : request.query) {
      if (name == "sort") {
        sort = value;
      } else if (auto filter = filter_of(name, value)) {
        filters.push_back(std::move(*filter));
        key += "|" + name + "=" + value;
      }
    }
  }
  const auto orders = orders_of(sort);
  // without either the source is the answer; a pointer that owns nothing
  if (filters.empty() && orders.empty()) return {Rows{}, &source};
  key += "|" + sort;
  return cached(key, [&] {
    std::vector<std::uint32_t> rows;
    for (const auto item : source) {
      if (std::all_of(filters.begin(), filters.end(), [&](const Filter& f) { return passes(server, person, item, f); }))
        rows.push_back(item);
    }
    sort_rows(server, person, orders, rows);
    return rows;
  });
}

Rows SelectionCache::cached(const std::string& key, const std::function<std::vector<std::uint32_t>()>& make) {
  {
    std::lock_guard lock(mutex_);
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
      if (it->key != key) continue;
      entries_.splice(entries_.begin(), entries_, it);
      return it->rows;
    }
  }
  auto rows = std::make_shared<const std::vector<std::uint32_t>>(make());
  std::lock_guard lock(mutex_);
  entries_.push_front({key, rows});
  if (entries_.size() > 12) entries_.pop_back();
  return rows;
}

}  // namespace plexsim
