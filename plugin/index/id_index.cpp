#include "index/id_index.hpp"

#include <algorithm>
#include <charconv>

#include "index/listing.hpp"

namespace crosswatch::plex::index {
namespace {

constexpr std::int32_t first_year = 1900;

std::vector<std::string_view> lines(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    out.push_back(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(out.back().size() + 1, text.size()));
  }
  return out;
}

std::string hex(std::uint64_t n) {
  char buffer[16];
  const auto end = std::to_chars(std::begin(buffer), std::end(buffer), n, 16).ptr;
  return {buffer, end};
}

bool part_of_show(const cw_fact& item) noexcept {
  return item.kind == CW_SEASON || item.kind == CW_EPISODE;
}

}  // namespace

bool has_ids(const cw_fact& item) noexcept {
  return item.id_count > 0 || (part_of_show(item) && item.show_id_count > 0 && item.season >= 0);
}

bool has_place(const cw_fact& item) noexcept {
  if (!part_of_show(item) || item.show_id_count == 0 || item.season >= first_year) return false;
  return item.kind == CW_SEASON ? item.season >= 0 : item.season > 0 && item.episode >= 0;
}

IdIndex::IdIndex(Host host, std::string path, std::string who)
    : host_(host), path_(std::move(path)), who_(std::move(who)) {}

// The head of the file: who, marker and contents, a line each.
void IdIndex::refresh(const Call& call, const feature::Source& source, const feature::Section& section) {
  if (!file_) {
    file_ = IdFile::open(path_);
    const auto head = file_ ? lines(file_->head()) : std::vector<std::string_view>{};
    if (head.size() != 3 || head[0] != who_)
      file_.reset();
    else
      marker_ = head[1];
  }
  if (file_ && !section.marker.empty() && marker_ == section.marker) return;
  update(call, source, section);
}

bool IdIndex::doubt(const Call& call, const feature::Source& source, const feature::Section& section) {
  return !checked_ && update(call, source, section);
}

bool IdIndex::knows(std::uint64_t name, std::uint64_t key) {
  std::vector<std::uint64_t> keys;
  return file_->find(name, keys) && std::find(keys.begin(), keys.end(), key) != keys.end();
}

// True when there was something to change.
bool IdIndex::update(const Call& call, const feature::Source& source, const feature::Section& section) {
  if (!file_) return build(call, source, section), true;
  const Contents before = contents_of(lines(file_->head())[2]);
  const auto has = [&](std::uint64_t name) {
    std::vector<std::uint64_t> keys;
    return file_->find(name, keys) && !keys.empty();
  };
  const auto changes = list_changes(call, host_, source, section, host_.data_dir(), before, has);
  if (!changes) return build(call, source, section), true;
  const bool same =
      std::equal(before.begin(), before.end(), changes->contents.begin(), changes->contents.end(),
                 [](const Content& a, const Content& b) { return a.count == b.count && a.newest == b.newest; }) &&
      std::all_of(changes->names.begin(), changes->names.end(),
                  [&](const auto& name) { return knows(name.first, name.second); });
  if (!same) {
    try {
      file_->write_merged(path_, who_ + '\n' + section.marker + '\n' + text_of(changes->contents), changes->names,
                          changes->keys);
    } catch (const Error& e) {
      host_.log(LogLevel::warning, std::string(e.what()) + " The library is listed again.");
      return build(call, source, section), true;
    }
    take_over(section);
  }
  marker_ = section.marker;
  checked_ = true;
  return !same;
}

void IdIndex::build(const Call& call, const feature::Source& source, const feature::Section& section) {
  file_.reset();
  const std::string folder = host_.data_dir();
  feature::Spool names(folder, 4 * 1024 * 1024);
  const Contents contents = list_names(call, host_, source, section, folder, names);
  names.finish();
  IdFile::write(path_, who_ + '\n' + section.marker + '\n' + text_of(contents), names);
  take_over(section);
}

// The file that was just written.
void IdIndex::take_over(const feature::Section& section) {
  file_ = IdFile::open(path_);
  if (!file_)
    throw Error(CW_STORAGE, "index_not_readable", "The id index " + path_ + " cannot be read after it was written.",
                "Look whether the disk is full or failing.");
  marker_ = section.marker;
  checked_ = true;
}

Hits IdIndex::find(const Call& call, const feature::Source& source, const feature::Section& section,
                   const cw_fact& item) {
  Hits hits;
  if (look_up(item, hits)) return hits;
  host_.log(LogLevel::warning, "The id index " + path_ + " is damaged; the library is listed again.");
  build(call, source, section);
  hits = {};
  if (!look_up(item, hits))
    throw Error(CW_STORAGE, "index_damaged", "The id index " + path_ + " is damaged as soon as it is written.",
                "Look whether the disk is failing.");
  return hits;
}

// The keys of the ids. With `all_agree` an item counts only if it carries every id that anything carries: of two ids
// of different shows, none is right.
bool IdIndex::look_up(Kind kind, const cw_token* ids, std::uint32_t count, bool all_agree,
                      std::vector<std::uint64_t>& keys, bool& contradiction) {
  bool any = false;
  std::vector<std::uint64_t> found;
  for (std::uint32_t i = 0; i < count; ++i) {
    found.clear();
    if (!file_->find(name_of_id(kind, view(ids[i].scheme), view(ids[i].value)), found)) return false;
    if (found.empty()) continue;
    if (!all_agree || !any) {
      for (const std::uint64_t key : found)
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    } else {
      std::erase_if(keys, [&](std::uint64_t key) { return std::find(found.begin(), found.end(), key) == found.end(); });
    }
    any = true;
  }
  contradiction = any && keys.empty();
  return true;
}

bool IdIndex::look_up(const cw_fact& item, Hits& hits) {
  const Kind kind = static_cast<Kind>(item.kind);
  if (!look_up(kind, item.ids, item.id_count, false, hits.keys, hits.contradiction)) return false;
  if (!hits.keys.empty() || !part_of_show(item)) return true;
  std::vector<std::uint64_t> shows;
  if (!look_up(Kind::show, item.show_ids, item.show_id_count, true, shows, hits.contradiction)) return false;
  hits.show_known = !shows.empty();
  if (!has_place(item)) return true;
  const std::int32_t episode = kind == Kind::season ? -1 : item.episode;
  for (const std::uint64_t show : shows)
    if (!file_->find(name_of_place(show, item.season, episode), hits.keys)) return false;
  return true;
}

IdIndex& Indexes::of(const std::string& who, const feature::Section& section) {
  if (who_ != who) open_.clear();
  who_ = who;
  const std::string about = who + ' ' + (section.uuid.empty() ? section.key : section.uuid);
  auto& index = open_[about];
  if (!index)
    index =
        std::make_unique<IdIndex>(host_, host_.data_dir() + "/ids-" + hex(name_of_id(Kind::movie, "", about)), about);
  return *index;
}

}  // namespace crosswatch::plex::index
