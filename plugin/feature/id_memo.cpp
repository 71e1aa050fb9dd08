#include "feature/id_memo.hpp"

#include <cstdio>
#include <fstream>
#include <sstream>
#include <utility>

#include "wire/text.hpp"

namespace crosswatch::plex::feature {
namespace {

constexpr std::string_view head = "crosswatch ids 1";
constexpr std::size_t max_entries = 20'000;
constexpr std::int64_t month = 30 * 86'400;

std::string name_of_entry(std::string_view source, std::string_view key) {
  return std::string(source) + '/' + std::string(key);
}

}  // namespace

IdMemo::IdMemo(const Host& host, const std::string& folder) : host_(host), file_(folder + "/item-ids") {}

// A line an item: name, version, time, guids, separated by tabs; the last line tells that nothing is missing.
void IdMemo::load() {
  if (std::exchange(loaded_, true)) return;
  std::ifstream in(file_);
  std::string line;
  if (!in || !std::getline(in, line) || line != head) return;
  while (std::getline(in, line)) {
    if (line == "end") return;
    std::istringstream columns(line);
    std::string name, asked_at, guid;
    Entry entry;
    std::getline(columns, name, '\t');
    std::getline(columns, entry.version, '\t');
    std::getline(columns, asked_at, '\t');
    entry.asked_at = wire::to_int(asked_at).value_or(0);
    while (std::getline(columns, guid, '\t')) entry.guids.push_back(guid);
    if (entries_.size() < max_entries) entries_.insert_or_assign(std::move(name), std::move(entry));
  }
  entries_.clear();
}

const std::vector<std::string>* IdMemo::find(std::string_view source, std::string_view key, std::string_view version) {
  load();
  const auto at = entries_.find(name_of_entry(source, key));
  if (at == entries_.end() || at->second.version != version) return nullptr;
  const std::int64_t age = host_.now() - at->second.asked_at;
  return age >= 0 && age < month ? &at->second.guids : nullptr;
}

void IdMemo::keep(std::string_view source, std::string_view key, std::string_view version,
                  std::vector<std::string> guids) {
  load();
  std::string name = name_of_entry(source, key);
  if (entries_.size() >= max_entries && entries_.find(name) == entries_.end()) return;
  entries_.insert_or_assign(std::move(name), Entry{std::string(version), host_.now(), std::move(guids)});
  changed_ = true;
}

void IdMemo::save() {
  if (!changed_) return;
  const std::string part = file_ + ".part";
  {
    std::ofstream out(part, std::ios::trunc);
    out << head << '\n';
    for (const auto& [name, entry] : entries_) {
      out << name << '\t' << entry.version << '\t' << entry.asked_at;
      for (const std::string& guid : entry.guids) out << '\t' << guid;
      out << '\n';
    }
    out << "end\n";
    out.flush();
    changed_ = !out.good();
  }
  if (changed_ || std::rename(part.c_str(), file_.c_str()) != 0)
    host_.log(LogLevel::warning, "The ids of items could not be kept in " + file_ + "; they will be asked for again.");
}

}  // namespace crosswatch::plex::feature
