#include "feature/libraries.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "wire/hash.hpp"
#include "wire/row.hpp"

namespace crosswatch::plex::feature {
namespace {

bool same(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

bool names(std::string_view entry, const Section& section) noexcept {
  return !entry.empty() && (entry == section.key || same(entry, section.uuid));
}

[[noreturn]] void refuse(std::string_view use, const char* code, const std::string& why) {
  const std::string name(use);
  throw Error(CW_CONFIG, code, "The libraries of " + name + " cannot be used: " + why + ".",
              "See the libraries with: crosswatch libraries plex; choose with: --set " + name + "=ID,.. or --set " +
                  name + "=all");
}

// The library that an entry means.
const Section& meant(std::string_view use, std::string_view entry, const std::vector<Section>& sections,
                     const Whitelist& whitelist, const std::string& server_name) {
  const auto at = std::find_if(sections.begin(), sections.end(), [&](const Section& s) { return names(entry, s); });
  const std::string quoted = '"' + std::string(entry) + '"';
  if (at == sections.end()) refuse(use, "library_missing", quoted + " names no library of " + server_name);
  if (!at->syncs()) refuse(use, "library_unfit", quoted + " (\"" + at->title + "\") holds neither movies nor shows");
  const auto recorded = whitelist.recorded.find(std::string(entry));
  if (recorded != whitelist.recorded.end() && !recorded->second.empty() && !same(recorded->second, at->uuid))
    refuse(use, "library_missing",
           "the library that was chosen as " + quoted + " is gone, and \"" + at->title + "\" has its number now");
  return *at;
}

}  // namespace

std::vector<Section> read_sections(const Call& call, const Source& source, std::string answer) {
  const std::string what = "The list of libraries";
  if (answer.empty()) source.get(call, "/library/sections", {}, answer, what);
  struct : wire::RowSink {
    std::vector<Section> sections{};
    void row(const wire::Row& row) override {
      using wire::Field;
      if (!row.has(Field::key)) return;
      const auto text = [&](Field f) { return std::string(row.text(f)); };
      std::string marker = text(Field::content_changed_at);
      if (!marker.empty()) marker += '/' + text(Field::updated_at);
      sections.push_back({text(Field::key), text(Field::uuid), text(Field::title), text(Field::type),
                          text(Field::agent), std::move(marker)});
    }
  } sink;
  wire::Arena arena;
  const wire::Page page = wire::parse_rows(answer, arena, what, sink);
  const auto size = page.container.number(wire::Field::size);
  if (size && *size != static_cast<std::int64_t>(page.rows))
    throw Error(CW_PROTOCOL, "incomplete_list",
                what + " of " + source.name() + " is not complete: it names " + std::to_string(*size) +
                    " libraries and holds " + std::to_string(page.rows) + ".",
                "Try again.");
  return std::move(sink.sections);
}

Whitelist Whitelist::of(const Host& host, Feature feature) {
  return feature == Feature::watchlist ? Whitelist() : of(host, name_of(feature));
}

Whitelist Whitelist::of(const Host& host, std::string_view group) {
  Whitelist whitelist;
  whitelist.entries = host.config_list(std::string(group) + ".libraries");
  for (const std::string& entry : whitelist.entries)
    if (std::string uuid = host.config("library_uuids." + entry); !uuid.empty())
      whitelist.recorded.emplace(entry, std::move(uuid));
  return whitelist;
}

LibraryRule LibraryRule::make(std::string_view use, const std::vector<Section>& sections, const Whitelist& whitelist,
                              const std::vector<std::string_view>& pair, const std::string& server_name) {
  std::vector<std::string_view> chosen, narrowed;
  for (const std::string& entry : whitelist.entries)
    chosen.push_back(meant(use, entry, sections, whitelist, server_name).key);
  for (const std::string_view entry : pair) narrowed.push_back(meant(use, entry, sections, whitelist, server_name).key);
  const auto in = [](const std::vector<std::string_view>& list, const std::string& key) {
    return list.empty() || std::find(list.begin(), list.end(), key) != list.end();
  };
  LibraryRule rule;
  for (const Section& section : sections)
    if (section.syncs() && in(chosen, section.key) && in(narrowed, section.key)) rule.libraries_.push_back(section);
  if (rule.libraries_.empty() && (!chosen.empty() || !narrowed.empty()))
    refuse(use, "no_library_left", "the pair's list and the profile's list have none in common");
  if (rule.libraries_.empty())
    refuse(use, "no_libraries", server_name + " shows this user no library of movies or shows");
  std::sort(rule.libraries_.begin(), rule.libraries_.end(), [](const Section& a, const Section& b) {
    return a.key.size() != b.key.size() ? a.key.size() < b.key.size() : a.key < b.key;
  });
  return rule;
}

bool LibraryRule::allows(std::string_view library_key) const noexcept {
  return std::any_of(libraries_.begin(), libraries_.end(), [&](const Section& s) { return s.key == library_key; });
}

std::string LibraryRule::scope() const {
  std::string keys;
  std::uint64_t hash = wire::hash_of_nothing;  // over keys and uuids: the list of keys may be too long
  for (const Section& s : libraries_) {
    keys += (keys.empty() ? "" : ",") + s.key;
    hash = wire::hash_of(s.key + '=' + s.uuid + ';', hash);
  }
  if (keys.size() > 200) keys.resize(200);
  static constexpr std::string_view digits = "0123456789abcdef";
  keys += '#';
  for (int shift = 60; shift >= 0; shift -= 4) keys += digits[(hash >> shift) & 15u];
  return keys;
}

std::optional<Error> library_problem(Feature feature, const std::vector<Section>& sections, const Host& host,
                                     const std::string& server_name) {
  try {
    static_cast<void>(LibraryRule::make(feature, sections, Whitelist::of(host, feature), {}, server_name));
    return std::nullopt;
  } catch (const Error& e) {
    if (e.status != CW_CONFIG) throw;
    return e;
  }
}

std::vector<Library> list_libraries(const Call& call, http::Transport& transport, const ServerAccess& access,
                                    const Host& host) {
  const Source source = Source::server(transport, access);
  const std::vector<Section> sections = read_sections(call, source, access.libraries);
  std::vector<Library> out;
  for (const Section& s : sections) out.push_back({s.key, s.uuid, s.title, s.type, 0});
  const std::pair<std::string_view, std::uint32_t> uses[] = {{name_of(Feature::ratings), bit(Feature::ratings)},
                                                             {name_of(Feature::history), bit(Feature::history)},
                                                             {name_of(Feature::progress), bit(Feature::progress)},
                                                             {live_events, takes_part_live}};
  for (const auto& [use, bit] : uses) {
    try {
      const auto rule = LibraryRule::make(use, sections, Whitelist::of(host, use), {}, source.name());
      for (Library& l : out)
        if (rule.allows(l.id)) l.features |= bit;
    } catch (const Error& e) {
      if (e.status != CW_CONFIG) throw;
      host.log(LogLevel::warning, std::string(e.what()) + ' ' + e.remedy);
    }
  }
  return out;
}

}  // namespace crosswatch::plex::feature
