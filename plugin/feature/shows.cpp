#include "feature/shows.hpp"

#include <unordered_map>

namespace crosswatch::plex::feature {
namespace {

constexpr std::size_t half_limit = 2 * 1024 * 1024;

class ShowSink : public PageSink, public RowTaker {
public:
  ShowSink(Reading& reading, wire::Arena& arena, Spool& places, Blob& texts)
      : reading_(reading), arena_(arena), places_(places), texts_(texts) {}

  void row(const wire::Row& row) override {
    const std::string_view key = row.text(wire::Field::rating_key);
    if (key.empty() || row.text(wire::Field::type) != "show") return;
    identify(row, Kind::show, arena_, who_);
    if (!who_.ids.external() && !who_.local && !who_.unsupported) {
      lacking_.push_back({key, row.text(wire::Field::updated_at)});
      own_.emplace(key, Lacking{row.text(wire::Field::title), who_.ids});
    } else {
      store(key, row.text(wire::Field::title), who_.ids);
    }
  }
  void page_end(std::uint64_t, std::uint64_t) override {
    ask_for_ids(reading_, lacking_, *this);
    for (const auto& [key, show] : own_) store(key, show.title, show.ids);
    lacking_.clear();
    own_.clear();
  }
  void take(const wire::Row& row) override {
    const auto at = own_.find(row.text(wire::Field::rating_key));
    if (at == own_.end()) return;
    for (const std::string_view guid : row.guids()) {
      who_.clear();
      identity::read_guid(arena_.keep(guid), Kind::show, arena_, who_);
      for (const cw_token& t : who_.ids.all()) at->second.ids.add(view(t.scheme), view(t.value));
    }
  }

private:
  struct Lacking {
    std::string_view title{};
    identity::Tokens ids{};
  };
  void store(std::string_view key, std::string_view title, const identity::Tokens& ids) {
    text_.clear();
    Encoder out(text_);
    out.text(title);
    for (const cw_token& t : ids.all()) {
      out.text(view(t.scheme));
      out.text(view(t.value));
    }
    places_.add(join_key(key), texts_.add(text_));
  }

  Reading& reading_;
  wire::Arena& arena_;
  Spool& places_;
  Blob& texts_;
  identity::Identity who_{};
  std::vector<Nameless> lacking_{};
  std::unordered_map<std::string_view, Lacking> own_{};
  std::string text_{};
};

}  // namespace

ShowTable::ShowTable(const std::string& folder) : places_(folder, half_limit), texts_(folder, half_limit) {}

void ShowTable::load(Reading& reading, const Section& section) {
  const List list = library_list(section, Kind::show);
  for (int attempt = 1;; ++attempt) {
    clear();
    ShowSink sink(reading, arena_, places_, texts_);
    const ListEnd end = read_list(reading.call, reading.source, list, arena_, sink);
    if (!end.complete() && attempt == 1) continue;
    if (!end.complete()) reading.note_defect(end.defect);
    break;
  }
  places_.finish();
}

void ShowTable::load(const KeptShows& kept) {
  clear();
  std::string text;
  for (const auto& [key, show] : kept) {
    if (!show.listed) continue;
    text.clear();
    Encoder out(text);
    out.text(show.title);
    for (const Token& t : show.ids) {
      out.text(t.scheme);
      out.text(t.value);
    }
    places_.add(key, texts_.add(text));
  }
  places_.finish();
}

void ShowTable::clear() {
  places_.clear();
  texts_.clear();
}

bool ShowTable::find(std::uint64_t show, wire::Arena& arena, identity::Tokens& out, std::string_view* title) {
  found_.clear();
  places_.find(show, found_);
  if (found_.empty()) return false;
  Decoder in(arena.keep(texts_.get(found_.front())));
  const std::string_view name = in.text();
  if (title) *title = name;
  while (!in.done()) {
    const std::string_view scheme = in.text();
    out.add(scheme, in.text());
  }
  return true;
}

}  // namespace crosswatch::plex::feature
