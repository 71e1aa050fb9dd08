#include "feature/title_search.hpp"

#include <map>
#include <unordered_map>

#include "feature/pages.hpp"
#include "feature/reading.hpp"
#include "identity/title.hpp"

namespace crosswatch::plex::feature {
namespace {

using wire::Field;

// What an item is called, folded; empty when that says too little.
std::string name_of(Kind kind, std::string_view title, std::string_view show, std::int64_t season,
                    std::int64_t episode) {
  if (kind == Kind::movie || kind == Kind::show) return identity::folded_title(title);
  if (kind != Kind::episode || season < 1 || season >= 1900 || episode < 0) return {};
  const std::string name = identity::folded_title(show);
  return name.empty() ? name : name + '\n' + std::to_string(season) + 'x' + std::to_string(episode);
}

class TitleSink final : public PageSink {
public:
  TitleSink(Kind kind, std::int32_t year, const std::unordered_multimap<std::string, std::size_t>& wanted)
      : kind_(kind), year_(year), wanted_(wanted) {}
  void row(const wire::Row& row) override {
    if (row.number(Field::year, 0) != year_ || kind_named(row.text(Field::type)) != kind_) return;
    const std::int64_t season = row.number(Field::parent_index, -1);
    const std::int64_t episode = row.number(Field::index, -1);
    const std::string_view title = row.text(Field::title);
    const std::string_view show = row.text(Field::grandparent_title);
    const auto [from, to] = wanted_.equal_range(name_of(kind_, title, show, season, episode));
    for (auto it = from; it != to; ++it) {
      std::string label = '"' + std::string(kind_ == Kind::episode ? show : title) + '"';
      if (kind_ == Kind::episode)
        label += ' ' + std::to_string(season) + 'x' + std::to_string(episode) + " \"" + std::string(title) + '"';
      label += " (" + std::to_string(year_) + ')';
      found.emplace_back(it->second, Named{std::string(row.text(Field::rating_key)), std::move(label)});
    }
  }
  void page_end(std::uint64_t, std::uint64_t) override {}

  std::vector<std::pair<std::size_t, Named>> found{};  // by item

private:
  Kind kind_;
  std::int32_t year_;
  const std::unordered_multimap<std::string, std::size_t>& wanted_;
};

}  // namespace

std::vector<std::vector<Named>> search_titles(const Call& call, const Source& source,
                                              const std::vector<Section>& libraries,
                                              const std::vector<const cw_fact*>& items) {
  std::vector<std::vector<Named>> out(items.size());
  std::map<std::pair<Kind, std::int32_t>, std::unordered_multimap<std::string, std::size_t>> lists;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const cw_fact& item = *items[i];
    const auto kind = static_cast<Kind>(item.kind);
    std::string name = name_of(kind, view(item.title), view(item.series_title), item.season, item.episode);
    if (item.year > 0 && !name.empty()) lists[{kind, item.year}].emplace(std::move(name), i);
  }
  for (const auto& [what, wanted] : lists) {
    const auto& [kind, year] = what;
    for (const Section& section : libraries) {
      if ((kind == Kind::movie) != (section.type == "movie")) continue;
      List list = library_list(section, kind);
      list.query.emplace_back(std::string(crosswatch::name_of(kind)) + ".year", std::to_string(year));
      wire::Arena arena;
      TitleSink sink(kind, year, wanted);
      if (!read_list(call, source, list, arena, sink).complete()) {
        for (const auto& entry : wanted) out[entry.second].clear();
        break;
      }
      for (auto& [item, named] : sink.found) out[item].push_back(std::move(named));
    }
  }
  return out;
}

}  // namespace crosswatch::plex::feature
