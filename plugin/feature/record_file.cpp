#include "feature/record_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "feature/coding.hpp"

namespace crosswatch::plex::feature {
namespace {

constexpr std::uint64_t magic = 0x0002'7470'656b'7763;  // "cwkept", version 2
constexpr std::size_t block_bytes = 128 * 1024;

// Eight bytes at a time: this runs over the whole file on every read.
std::uint64_t sum_of(std::string_view bytes, std::uint64_t sum) noexcept {
  constexpr std::uint64_t factor = 0x9e3779b97f4a7c15u;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    sum = (sum ^ word) * factor;
    sum ^= sum >> 29;
  }
  std::uint64_t word = left;
  std::memcpy(&word, at, left);
  sum = (sum ^ word ^ (std::uint64_t{left} << 56)) * factor;
  return sum ^ (sum >> 29);
}

struct BlockHead {
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
};
// The last bytes of the file; before it the tail, before that the blocks.
struct Foot {
  std::uint64_t tail_bytes = 0;
  std::uint64_t blocks_sum = 0;
  std::uint64_t tail_sum = 0;
  std::uint64_t mark = magic;
};
std::uint64_t whole_sum(const Foot& foot) noexcept {
  return (foot.blocks_sum ^ foot.tail_sum) | 1;
}

}  // namespace

RecordWriter::RecordWriter(const std::string& path) : file_(path, "read_not_kept", path) {
  block_.reserve(block_bytes + 1024);
}

void RecordWriter::add(std::string_view record) {
  Encoder(block_).text(record);
  ++in_block_;
  if (block_.size() >= block_bytes) write_block();
}

void RecordWriter::write_block() {
  if (in_block_ == 0) return;
  const BlockHead head{block_.size(), std::exchange(in_block_, 0)};
  file_.append(&head, sizeof head);
  file_.append(block_.data(), block_.size());
  sum_ = sum_of(block_, sum_ ^ head.bytes ^ head.records);
  block_.clear();
}

std::uint64_t RecordWriter::finish(std::string_view tail) {
  write_block();
  file_.append(tail.data(), tail.size());
  const Foot foot{tail.size(), sum_, sum_of(tail, magic), magic};
  file_.append(&foot, sizeof foot);
  file_.keep();
  return whole_sum(foot);
}

RecordFile::~RecordFile() {
  if (fd_ >= 0) ::close(fd_);
}

RecordFile::State RecordFile::open(const std::string& path) {
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) return State::absent;
  return read_all() ? State::whole : State::damaged;
}

bool RecordFile::read_all() {
  struct ::stat st {};
  Foot foot;
  if (::fstat(fd_, &st) != 0 || st.st_size < static_cast<off_t>(sizeof foot)) return false;
  const auto size = static_cast<std::uint64_t>(st.st_size) - sizeof foot;
  if (!read_at(fd_, size, &foot, sizeof foot) || foot.mark != magic || foot.tail_bytes > size) return false;
  tail_.resize(static_cast<std::size_t>(foot.tail_bytes));
  blocks_end_ = size - foot.tail_bytes;
  if (!read_at(fd_, blocks_end_, tail_.data(), tail_.size()) || sum_of(tail_, magic) != foot.tail_sum) return false;
  std::uint64_t sum = 0;
  std::string bytes;
  for (std::uint64_t at = 0; at < blocks_end_;) {
    BlockHead head;
    if (blocks_end_ - at < sizeof head || !read_at(fd_, at, &head, sizeof head)) return false;
    at += sizeof head;
    if (head.bytes > blocks_end_ - at) return false;
    bytes.resize(static_cast<std::size_t>(head.bytes));
    if (!read_at(fd_, at, bytes.data(), bytes.size())) return false;
    sum = sum_of(bytes, sum ^ head.bytes ^ head.records);
    at += head.bytes;
  }
  sum_ = whole_sum(foot);
  return sum == foot.blocks_sum;
}

bool RecordFile::next_block(std::uint64_t& at, std::string& bytes, std::vector<std::string_view>& records) const {
  records.clear();
  if (at >= blocks_end_) return false;
  BlockHead head;
  if (!read_at(fd_, at, &head, sizeof head) || head.bytes > blocks_end_ - at) throw Damaged();
  bytes.resize(static_cast<std::size_t>(head.bytes));
  if (!read_at(fd_, at + sizeof head, bytes.data(), bytes.size())) throw Damaged();
  at += sizeof head + head.bytes;
  Decoder in(bytes);
  for (std::uint64_t n = 0; n < head.records; ++n) records.push_back(in.text());
  return true;
}

}  // namespace crosswatch::plex::feature
