#include "index/listing.hpp"

#include <algorithm>
#include <sstream>

#include "feature/head.hpp"
#include "feature/keeper.hpp"
#include "feature/reading.hpp"
#include "wire/hash.hpp"

namespace crosswatch::plex::index {
namespace {

using feature::Reading;
using feature::Section;
using feature::Source;
using wire::Field;

std::uint64_t mixed(std::uint64_t x) noexcept {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdu;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53u;
  return x ^ (x >> 33);
}

std::vector<Kind> kinds_of(const Section& section) {
  if (section.type == "movie") return {Kind::movie};
  return {Kind::show, Kind::season, Kind::episode};
}

std::optional<std::uint64_t> number(std::string_view rating_key) noexcept {
  const auto n = wire::to_int(rating_key);
  if (!n || *n <= 0 || std::to_string(*n) != rating_key) return std::nullopt;
  return static_cast<std::uint64_t>(*n);
}

using TakeName = std::function<void(std::uint64_t name, std::uint64_t key)>;
const cw_fact_sink nobody{sizeof(cw_fact_sink), nullptr, [](void*, const cw_facts*) -> cw_status { return CW_OK; }};

// Turns the rows of one kind into names.
class NameSink : public feature::PageSink, public feature::RowTaker {
public:
  NameSink(Reading& reading, Kind kind, wire::Arena& arena, TakeName take)
      : reading_(reading), kind_(kind), arena_(arena), take_(std::move(take)) {}
  std::int64_t newest = 0;

  void row(const wire::Row& row) override {
    newest = std::max(newest, row.number(Field::updated_at, 0));
    const auto key = number(row.text(Field::rating_key));
    if (!key || row.text(Field::type) != name_of(kind_)) return;
    feature::identify(row, kind_, arena_, who_);
    take_(name_of_item(kind_, *key), *key);
    add_ids(*key);
    add_place(row, *key);
    if (!who_.ids.external() && !who_.show_ids.external() && !who_.local && !who_.unsupported)
      lacking_.push_back({row.text(Field::rating_key), row.text(Field::updated_at)});
  }
  void page_end(std::uint64_t rows, std::uint64_t total) override {
    feature::ask_for_ids(reading_, lacking_, *this);
    lacking_.clear();
    reading_.progress(rows, total);
  }
  void take(const wire::Row& row) override {
    const auto key = number(row.text(Field::rating_key));
    if (!key) return;
    who_.clear();
    for (const std::string_view guid : row.guids()) identity::read_guid(guid, kind_, arena_, who_);
    add_ids(*key);
  }

private:
  void add_ids(std::uint64_t key) {
    for (const cw_token& t : who_.ids.all()) take_(name_of_id(kind_, view(t.scheme), view(t.value)), key);
  }
  void add_place(const wire::Row& row, std::uint64_t key) {
    const bool season = kind_ == Kind::season;
    if (!season && kind_ != Kind::episode) return;
    std::string_view show_key = row.text(season ? Field::parent_rating_key : Field::grandparent_rating_key);
    if (show_key.empty())
      show_key = feature::key_of_path(row.text(season ? Field::parent_key : Field::grandparent_key));
    const auto show = number(show_key);
    const auto place = [&](Field field, std::int32_t otherwise) {
      const std::int64_t n = row.number(field, otherwise);
      return n >= 0 && n <= 1'000'000 ? static_cast<std::int32_t>(n) : -1;
    };
    const std::int32_t in = place(season ? Field::index : Field::parent_index, who_.season);
    const std::int32_t at = season ? -1 : place(Field::index, who_.episode);
    if (show && in >= 0 && (season || at >= 0)) take_(name_of_place(*show, in, at), key);
  }

  Reading& reading_;
  Kind kind_;
  wire::Arena& arena_;
  TakeName take_;
  identity::Identity who_{};
  std::vector<feature::Nameless> lacking_{};
};

}  // namespace

std::uint64_t name_of_id(Kind kind, std::string_view scheme, std::string_view value) noexcept {
  const std::uint64_t kinds = wire::hash_of_nothing + static_cast<std::uint64_t>(kind);
  constexpr std::string_view between("\0", 1);
  return mixed(wire::hash_of(value, wire::hash_of(between, wire::hash_of(scheme, kinds))));
}

std::uint64_t name_of_place(std::uint64_t show, std::int32_t season, std::int32_t episode) noexcept {
  const auto low = (static_cast<std::uint64_t>(season) << 32) | static_cast<std::uint32_t>(episode);
  return mixed(mixed(show) + low);
}

std::uint64_t name_of_item(Kind kind, std::uint64_t key) noexcept {
  return mixed(mixed(key) + (static_cast<std::uint64_t>(kind) + 1) * 0x9e3779b97f4a7c15u);
}

std::string text_of(const Contents& contents) {
  std::string text;
  for (const Content& c : contents)
    text += std::to_string(static_cast<unsigned>(c.kind)) + ' ' + std::to_string(c.count) + ' ' +
            std::to_string(c.newest) + ' ' + std::to_string(c.since) + ' ';
  return text;
}

Contents contents_of(std::string_view text) {
  Contents contents;
  std::istringstream in{std::string(text)};
  Content c;
  for (unsigned kind = 0; in >> kind >> c.count >> c.newest >> c.since;) {
    c.kind = static_cast<Kind>(kind);
    contents.push_back(c);
  }
  return contents;
}

Contents list_names(const Call& call, const Host& host, const Source& source, const Section& section,
                    const std::string& folder, feature::Spool& names) {
  FactSink no_facts(&nobody);
  feature::IdMemo memo(host, folder);
  wire::Arena arena;
  for (int attempt = 1;; ++attempt) {
    names.clear();
    Reading reading{call, host, source, no_facts, memo};
    Contents contents;
    const std::int64_t began = host.now();
    for (const Kind kind : kinds_of(section)) {
      NameSink sink(reading, kind, arena,
                    [&](std::uint64_t name, std::uint64_t key) { names.add(name, static_cast<std::int64_t>(key)); });
      const feature::ListEnd end = feature::read_list(call, source, feature::library_list(section, kind), arena, sink);
      if (!end.complete()) reading.note_defect(end.defect);
      reading.rows_done += end.rows;
      contents.push_back({kind, end.rows, sink.newest, feature::since(sink.newest, began, host.now())});
    }
    memo.save();
    if (reading.defect.empty()) return contents;
    if (attempt == 2)
      throw Error(CW_PROTOCOL, "incomplete_list", reading.defect + " Nothing was written.", "Run again later.");
  }
}

std::optional<Update> list_changes(const Call& call, const Host& host, const Source& source, const Section& section,
                                   const std::string& folder, const Contents& before,
                                   const std::function<bool(std::uint64_t name)>& knows) {
  FactSink no_facts(&nobody);
  feature::IdMemo memo(host, folder);
  Reading reading{call, host, source, no_facts, memo};
  wire::Arena arena;
  Update update;
  const auto kinds = kinds_of(section);
  if (kinds.size() != before.size()) return std::nullopt;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::int64_t began = host.now();
    std::uint64_t added = 0;
    NameSink sink(reading, kinds[i], arena, [&](std::uint64_t name, std::uint64_t key) {
      if (update.keys.insert(key).second && !knows(name_of_item(kinds[i], key))) ++added;
      update.names.emplace_back(name, key);
    });
    feature::List list = feature::library_list(section, kinds[i]);
    list.query.emplace_back("sort", "updatedAt:desc");
    const feature::Head head = feature::read_head(call, source, list, Field::updated_at, before[i].since, arena, sink);
    // Fewer than there were is possible: some are gone. More than were heard of is not; and of many that are gone the
    // index is better cleaned.
    const std::uint64_t known = before[i].count + added;
    if (!head.sure || before[i].kind != kinds[i] || known < head.total || known > head.total + head.total / 8 + 10)
      return std::nullopt;
    update.contents.push_back(
        {kinds[i], head.total, sink.newest, std::max(before[i].since, feature::since(sink.newest, began, host.now()))});
  }
  memo.save();
  if (reading.id_requests_left == 0) return std::nullopt;
  std::sort(update.names.begin(), update.names.end());
  return update;
}

}  // namespace crosswatch::plex::index
