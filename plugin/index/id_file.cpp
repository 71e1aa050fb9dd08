#include "index/id_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <crosswatch/call.hpp>
#include <cstdio>
#include <cstring>
#include <utility>

#include "feature/part_file.hpp"
#include "wire/hash.hpp"

namespace crosswatch::plex::index {
namespace {

constexpr std::uint64_t magic = 0x0002'7364'692d'7763;  // "cw-ids", version 2
using feature::read_at;

std::uint64_t sum_of(const void* data, std::size_t size, std::uint64_t sum = wire::hash_of_nothing) noexcept {
  return wire::hash_of({static_cast<const char*>(data), size}, sum);
}

}  // namespace

// The last bytes of the file. Before it: entries, table, head.
struct IdFile::Foot {
  std::uint64_t count = 0;
  std::uint64_t head_size = 0;
  std::uint64_t sum = 0;  // of table, head, count and head_size
  std::uint64_t mark = magic;
};

// Takes entries sorted by name.
class IdFile::Writer {
public:
  explicit Writer(const std::string& path) : part_(path, "index_not_written", "The id index " + path) {}
  void add(Entry entry) {
    if (foot_.count + block_.size() > 0 && entry.name == last_.name && entry.key == last_.key) return;
    last_ = entry;
    block_.push_back(entry);
    if (block_.size() == block_entries) write_block();
  }
  void finish(std::string_view head) {
    write_block();
    foot_.head_size = head.size();
    foot_.sum = sum_of(head.data(), head.size(), sum_of(table_.data(), table_.size() * sizeof(Block)));
    foot_.sum = sum_of(&foot_, offsetof(Foot, sum), foot_.sum);
    part_.append(table_.data(), table_.size() * sizeof(Block));
    part_.append(head.data(), head.size());
    part_.append(&foot_, sizeof foot_);
    part_.keep();
  }

private:
  void write_block() {
    if (block_.empty()) return;
    const std::size_t size = block_.size() * sizeof(Entry);
    table_.push_back({block_.front().name, sum_of(block_.data(), size)});
    part_.append(block_.data(), size);
    foot_.count += block_.size();
    block_.clear();
  }

  feature::PartFile part_;
  Foot foot_{};
  std::vector<Block> table_{};
  std::vector<Entry> block_{};
  Entry last_{};
};

void IdFile::write(const std::string& path, std::string_view head, feature::Spool& names) {
  Writer writer(path);
  names.each([&](std::uint64_t name, std::int64_t key, bool) { writer.add({name, static_cast<std::uint64_t>(key)}); });
  writer.finish(head);
}

void IdFile::write_merged(const std::string& path, std::string_view head,
                          const std::vector<std::pair<std::uint64_t, std::uint64_t>>& others,
                          const std::unordered_set<std::uint64_t>& dropped) {
  Writer writer(path);
  auto other = others.begin();
  for (std::size_t block = 0; block < table_.size(); ++block) {
    if (!load(block))
      throw Error(CW_STORAGE, "index_damaged", "The id index " + path + " is damaged.", "It is made anew by itself.");
    for (const Entry& entry : block_) {
      for (; other != others.end() && other->first < entry.name; ++other) writer.add({other->first, other->second});
      if (dropped.count(entry.key) == 0) writer.add(entry);
    }
  }
  for (; other != others.end(); ++other) writer.add({other->first, other->second});
  writer.finish(head);
}

std::optional<IdFile> IdFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  IdFile file(fd);
  if (!file.read_table()) return std::nullopt;
  return file;
}

bool IdFile::read_table() {
  struct ::stat st {};
  Foot foot;
  if (::fstat(fd_, &st) != 0 || st.st_size < static_cast<off_t>(sizeof foot)) return false;
  const auto size = static_cast<std::uint64_t>(st.st_size);
  if (!read_at(fd_, size - sizeof foot, &foot, sizeof foot) || foot.mark != magic) return false;
  if (foot.count > size / sizeof(Entry) || foot.head_size > size) return false;
  const std::uint64_t blocks = (foot.count + block_entries - 1) / block_entries;
  const std::uint64_t entries = foot.count * sizeof(Entry);
  if (entries + blocks * sizeof(Block) + foot.head_size + sizeof foot != size) return false;
  table_.resize(static_cast<std::size_t>(blocks));
  head_.resize(static_cast<std::size_t>(foot.head_size));
  const std::size_t table_size = table_.size() * sizeof(Block);
  if (!read_at(fd_, entries, table_.data(), table_size) ||
      !read_at(fd_, entries + table_size, head_.data(), head_.size()))
    return false;
  std::uint64_t sum = sum_of(head_.data(), head_.size(), sum_of(table_.data(), table_size));
  sum = sum_of(&foot, offsetof(Foot, sum), sum);
  count_ = foot.count;
  return sum == foot.sum;
}

IdFile::IdFile(IdFile&& other) noexcept {
  *this = std::move(other);
}

IdFile& IdFile::operator=(IdFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(count_, other.count_);
  std::swap(loaded_, other.loaded_);
  head_.swap(other.head_);
  table_.swap(other.table_);
  block_.swap(other.block_);
  return *this;
}

IdFile::~IdFile() {
  if (fd_ >= 0) ::close(fd_);
}

bool IdFile::load(std::size_t block) {
  if (loaded_ == block) return true;
  loaded_ = SIZE_MAX;
  const std::uint64_t first = std::uint64_t{block} * block_entries;
  block_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(block_entries, count_ - first)));
  const std::size_t size = block_.size() * sizeof(Entry);
  if (!read_at(fd_, first * sizeof(Entry), block_.data(), size)) return false;
  if (sum_of(block_.data(), size) != table_[block].sum) return false;
  loaded_ = block;
  return true;
}

bool IdFile::find(std::uint64_t name, std::vector<std::uint64_t>& keys) {
  auto at = std::lower_bound(table_.begin(), table_.end(), name,
                             [](const Block& b, std::uint64_t wanted) { return b.first < wanted; });
  if (at != table_.begin()) --at;  // the name may begin inside of the block before
  for (; at != table_.end() && at->first <= name; ++at) {
    if (!load(static_cast<std::size_t>(at - table_.begin()))) return false;
    auto entry = std::lower_bound(block_.begin(), block_.end(), name,
                                  [](const Entry& e, std::uint64_t wanted) { return e.name < wanted; });
    for (; entry != block_.end() && entry->name == name; ++entry)
      if (std::find(keys.begin(), keys.end(), entry->key) == keys.end()) keys.push_back(entry->key);
    if (entry != block_.end()) break;
  }
  return true;
}

}  // namespace crosswatch::plex::index
