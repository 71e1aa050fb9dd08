#include "feature/own_marks.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "account/memory.hpp"

namespace crosswatch::plex::feature {
namespace {

constexpr std::int64_t apart_s = 60;              // of the two clocks, with the way to the server
constexpr std::uint64_t most_bytes = 512 * 1024;  // of a file: some 25,000 marks

std::uint64_t size_of(const std::string& path) {
  std::error_code absent;
  const auto size = std::filesystem::file_size(path, absent);
  return absent ? 0 : size;
}

}  // namespace

OwnMarks::OwnMarks(const Host& host, const ServerAccess& access)
    : path_(host.data_dir() + "/marks-" +
            fingerprint({access.machine_id, std::to_string(access.account_id)}).substr(0, 16)),
      old_path_(path_ + ".old") {}

bool OwnMarks::add(std::string_view key, std::int64_t at) const {
  if (size_of(path_) > most_bytes && std::rename(path_.c_str(), old_path_.c_str()) != 0) return false;
  std::ofstream out(path_, std::ios::app);
  out << std::string(key) + ' ' + std::to_string(at) + '\n';
  out.close();
  return out.good();
}

bool OwnMarks::has(const std::string& key, std::int64_t at) {
  if (size_of(path_) + size_of(old_path_) != size_) read();
  const auto [from, to] = marks_.equal_range(key);
  return std::any_of(from, to, [&](const auto& mark) { return std::abs(mark.second - at) <= apart_s; });
}

void OwnMarks::read() {
  marks_.clear();
  size_ = size_of(path_) + size_of(old_path_);
  for (const std::string& path : {old_path_, path_}) {
    std::ifstream in(path);
    std::string key;
    for (std::int64_t at = 0; in >> key >> at;) marks_.emplace(key, at);
  }
}

}  // namespace crosswatch::plex::feature
