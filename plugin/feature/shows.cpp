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
      own_.emplace(key, who_.ids);
    } else {
      store(key, who_.ids);
    }
  }
  void page_end(std::uint64_t, std::uint64_t) override {
    ask_for_ids(reading_, lacking_, *this);
    for (const auto& [key, ids] : own_) store(key, ids);
    lacking_.clear();
    own_.clear();
  }
  void take(const wire::Row& row) override {
    const auto at = own_.find(row.text(wire::Field::rating_key));
    if (at == own_.end()) return;
    for (const std::string_view guid : row.guids()) {
      who_.clear();
      identity::read_guid(arena_.keep(guid), Kind::show, arena_, who_);
      for (const cw_token& t : who_.ids.all()) at->second.add(view(t.scheme), view(t.value));
    }
  }

private:
  void store(std::string_view key, const identity::Tokens& ids) {
    text_.clear();
    for (const cw_token& t : ids.all()) {
      for (const cw_str part : {t.scheme, t.value}) {
        text_ += view(part);
        text_ += '\n';
      }
    }
    places_.add(join_key(key), texts_.add(text_));
  }

  Reading& reading_;
  wire::Arena& arena_;
  Spool& places_;
  Blob& texts_;
  identity::Identity who_{};
  std::vector<Nameless> lacking_{};
  std::unordered_map<std::string_view, identity::Tokens> own_{};
  std::string text_{};
};

}  // namespace

ShowTable::ShowTable(const std::string& folder) : places_(folder, half_limit), texts_(folder, half_limit) {}

void ShowTable::load(Reading& reading, const Section& section) {
  const List list{"/library/sections/" + section.key + "/all", listing(Kind::show),
                  "The list of shows of \"" + section.title + '"'};
  for (int attempt = 1;; ++attempt) {
    places_.clear();
    texts_.clear();
    ShowSink sink(reading, arena_, places_, texts_);
    const ListEnd end = read_list(reading.call, reading.source, list, arena_, sink);
    if (!end.complete() && attempt == 1) continue;
    if (!end.complete()) reading.note_defect(end.defect);
    break;
  }
  places_.finish();
}

bool ShowTable::find(std::uint64_t show, wire::Arena& arena, identity::Tokens& out) {
  found_.clear();
  places_.find(show, found_);
  if (found_.empty()) return false;
  std::string_view text = arena.keep(texts_.get(found_.front()));
  const auto line = [&] {
    const std::string_view head = text.substr(0, text.find('\n'));
    text.remove_prefix(head.size() + 1);
    return head;
  };
  while (!text.empty()) {
    const std::string_view scheme = line();
    out.add(scheme, line());
  }
  return true;
}

}  // namespace crosswatch::plex::feature
