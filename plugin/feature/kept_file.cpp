#include "feature/kept_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace crosswatch::plex::feature {
namespace {

constexpr std::uint64_t magic = 0x0001'7470'656b'7763;  // "cwkept", version 1
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

std::string tail_of(const Kept& kept) {
  std::string bytes;
  Encoder out(bytes);
  out.text(kept.about);
  out.text(kept.marker);
  out.whole(kept.full_read_at);
  out.number(kept.parts.size());
  for (const KeptPart& p : kept.parts) {
    out.number(static_cast<std::uint64_t>(p.kind));
    out.number(p.total);
    out.whole(p.since);
    out.whole(p.updated_since);
  }
  out.number(kept.shows.size());
  for (const auto& [key, show] : kept.shows) {
    out.number(key);
    out.text(show.title);
    out.number(show.listed ? 1 : 0);
    out.number(show.ids.size());
    for (const Token& t : show.ids) {
      out.text(t.scheme);
      out.text(t.value);
    }
  }
  out.number(kept.plays_total);
  out.number(kept.newest_play);
  out.whole(kept.plays_since);
  out.number(kept.loose_plays.size());
  for (const auto& [key, times] : kept.loose_plays) {
    out.number(key);
    out.number(times.size());
    for (const std::int64_t at : times) out.whole(at);
  }
  return bytes;
}

Kept read_kept(std::string_view bytes) {
  Decoder in(bytes);
  Kept kept;
  kept.about = in.text();
  kept.marker = in.text();
  kept.full_read_at = in.whole();
  kept.parts.resize(static_cast<std::size_t>(in.count()));
  for (KeptPart& p : kept.parts) {
    p.kind = static_cast<Kind>(in.number());
    p.total = in.number();
    p.since = in.whole();
    p.updated_since = in.whole();
  }
  for (std::uint64_t n = in.count(); n > 0; --n) {
    KeptShow& show = kept.shows[in.number()];
    show.title = in.text();
    show.listed = in.number() != 0;
    show.ids.resize(static_cast<std::size_t>(in.count()));
    for (Token& t : show.ids) {
      t.scheme = in.text();
      t.value = in.text();
    }
  }
  kept.plays_total = in.number();
  kept.newest_play = in.number();
  kept.plays_since = in.whole();
  for (std::uint64_t n = in.count(); n > 0; --n) {
    auto& times = kept.loose_plays[in.number()];
    times.resize(static_cast<std::size_t>(in.count()));
    for (std::int64_t& at : times) at = in.whole();
  }
  if (!in.done()) throw Damaged();
  return kept;
}

}  // namespace

KeptWriter::KeptWriter(const std::string& path) : file_(path, "read_not_kept", path) {
  block_.reserve(block_bytes + 1024);
}

void KeptWriter::add(std::string_view record) {
  Encoder(block_).text(record);
  ++in_block_;
  if (block_.size() >= block_bytes) write_block();
}

void KeptWriter::write_block() {
  if (in_block_ == 0) return;
  const BlockHead head{block_.size(), std::exchange(in_block_, 0)};
  file_.append(&head, sizeof head);
  file_.append(block_.data(), block_.size());
  sum_ = sum_of(block_, sum_ ^ head.bytes ^ head.records);
  block_.clear();
}

void KeptWriter::finish(const Kept& kept) {
  write_block();
  const std::string tail = tail_of(kept);
  file_.append(tail.data(), tail.size());
  const Foot foot{tail.size(), sum_, sum_of(tail, magic), magic};
  file_.append(&foot, sizeof foot);
  file_.keep();
}

std::optional<KeptFile> KeptFile::open(const std::string& path, std::string_view about) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  KeptFile file(fd);
  try {
    if (!file.read_tail() || file.kept_.about != about) return std::nullopt;
  } catch (const Damaged&) {
    return std::nullopt;
  }
  return file;
}

KeptFile::~KeptFile() {
  if (fd_ >= 0) ::close(fd_);
}

bool KeptFile::read_tail() {
  struct ::stat st {};
  Foot foot;
  if (::fstat(fd_, &st) != 0 || st.st_size < static_cast<off_t>(sizeof foot)) return false;
  const auto size = static_cast<std::uint64_t>(st.st_size) - sizeof foot;
  if (!read_at(fd_, size, &foot, sizeof foot) || foot.mark != magic || foot.tail_bytes > size) return false;
  std::string tail(static_cast<std::size_t>(foot.tail_bytes), '\0');
  blocks_end_ = size - foot.tail_bytes;
  if (!read_at(fd_, blocks_end_, tail.data(), tail.size()) || sum_of(tail, magic) != foot.tail_sum) return false;
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
  if (sum != foot.blocks_sum) return false;
  kept_ = read_kept(tail);
  return true;
}

bool KeptFile::next_block(std::uint64_t& at, std::string& bytes, std::vector<std::string_view>& records) const {
  if (at >= blocks_end_) return false;
  BlockHead head;
  if (!read_at(fd_, at, &head, sizeof head)) throw Damaged();
  bytes.resize(static_cast<std::size_t>(head.bytes));
  if (!read_at(fd_, at + sizeof head, bytes.data(), bytes.size())) throw Damaged();
  at += sizeof head + head.bytes;
  records.clear();
  Decoder in(bytes);
  for (std::uint64_t n = 0; n < head.records; ++n) records.push_back(in.text());
  return true;
}

}  // namespace crosswatch::plex::feature
