#include "server/rows.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "config/values.hpp"
#include "files/files.hpp"
#include "service/report_json.hpp"

namespace crosswatch::host::server {
namespace {

constexpr std::size_t buffer_size = std::size_t{64} << 10;
constexpr std::size_t max_page = 500;
constexpr std::size_t scan_rows = 4096;

// What a row is found by: fields that are matched whole at the front, each ended by a newline, then the text.
std::string search_text(const engine::Item& item) {
  std::string out = std::string(name_of(item.op)) + '\n' + std::string(name_of(item.feature)) + '\n' + item.pair +
                    '\n' + std::string(name_of(item.result)) + '\n';
  std::string text =
      item.title + '\n' + item.series_title + '\n' + item.reason + '\n' + std::string(name_of(item.kind));
  for (const auto* ids : {&item.ids, &item.show_ids})
    for (const Token& t : *ids) text += '\n' + t.value;
  if (item.year > 0) text += '\n' + std::to_string(item.year);
  return out + lower_case(text);
}

bool fits(std::string_view row, const RowFilter& f, const std::string& needle) {
  for (const std::string* wanted : {&f.op, &f.feature, &f.pair, &f.result}) {
    const std::size_t end = row.find('\n');
    if (!wanted->empty() && row.substr(0, end) != *wanted) return false;
    row.remove_prefix(end + 1);
  }
  return needle.empty() || row.find(needle) != std::string_view::npos;
}

}  // namespace

Rows::Rows(const std::filesystem::path& folder) : file_(folder / "rows-XXXXXX") {
  make_private_folder(folder);
  std::string name = file_.string();
  fd_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd_ < 0) throw storage_error("make a temporary file in", folder, errno);
  ::unlink(name.c_str());  // it goes with the last descriptor
}

Rows::~Rows() {
  ::close(fd_);
}

void Rows::flush() {
  std::size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t n = ::pwrite(fd_, buffer_.data() + done, buffer_.size() - done, static_cast<off_t>(written_ + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw storage_error("write", file_, errno);
    done += static_cast<std::size_t>(n);
  }
  written_ += buffer_.size();
  buffer_.clear();
}

std::string Rows::read(std::uint64_t at, std::size_t size) const {
  std::string out(size, '\0');
  for (std::size_t done = 0; done < size;) {
    const ssize_t n = ::pread(fd_, out.data() + done, size - done, static_cast<off_t>(at + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw storage_error("read", file_, n < 0 ? errno : EIO);
    done += static_cast<std::size_t>(n);
  }
  return out;
}

void Rows::add(const engine::Item& item) {
  const std::string json = json::dump(item_json(item));
  const std::string search = search_text(item);
  const std::lock_guard lock(mutex_);
  rows_.push_back(
      {written_ + buffer_.size(), static_cast<std::uint32_t>(json.size()), static_cast<std::uint32_t>(search.size())});
  buffer_ += json;
  buffer_ += search;
  if (buffer_.size() >= buffer_size) flush();
}

const std::vector<std::uint32_t>& Rows::matching(const RowFilter& filter) {
  if (!(filter == filter_)) {
    filter_ = filter;
    matches_.clear();
    looked_at_ = 0;
  }
  const std::string needle = lower_case(filter.search);
  while (looked_at_ < rows_.size()) {
    const std::size_t end = std::min(rows_.size(), looked_at_ + scan_rows);
    const std::uint64_t first = rows_[looked_at_].at;
    const Row& last = rows_[end - 1];
    const std::string text = read(first, last.at + last.json_size + last.search_size - first);
    for (; looked_at_ < end; ++looked_at_) {
      const Row& row = rows_[looked_at_];
      const std::string_view search = std::string_view(text).substr(row.at - first + row.json_size, row.search_size);
      if (fits(search, filter, needle)) matches_.push_back(static_cast<std::uint32_t>(looked_at_));
    }
  }
  return matches_;
}

json::Value Rows::page(const RowFilter& filter, std::size_t offset, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  flush();
  const bool all = filter == RowFilter{};
  const std::size_t count = all ? rows_.size() : matching(filter).size();
  json::Value items = json::array();
  for (std::size_t i = offset; i < count && i - offset < std::min(limit, max_page); ++i) {
    const Row& row = rows_[all ? i : matches_[i]];
    items.push_back(json::parse(read(row.at, row.json_size)));
  }
  return json::object({{"total", rows_.size()}, {"matching", count}, {"offset", offset}, {"items", std::move(items)}});
}

std::shared_ptr<Rows> LastRows::find(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return name == name_ ? rows_ : nullptr;
}

void LastRows::keep(const std::string& name, std::shared_ptr<Rows> rows) {
  const std::lock_guard lock(mutex_);
  name_ = name;
  rows_ = std::move(rows);
}

std::shared_ptr<Rows> LastRows::of(const std::string& name, const std::filesystem::path& folder,
                                   const std::function<bool(Rows&)>& fill) {
  if (auto rows = find(name)) return rows;
  auto rows = std::make_shared<Rows>(folder);
  if (fill(*rows)) keep(name, rows);
  return rows;
}

}  // namespace crosswatch::host::server
