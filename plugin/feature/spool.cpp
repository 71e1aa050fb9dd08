#include "feature/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <crosswatch/call.hpp>
#include <cstring>
#include <queue>

#include "feature/part_file.hpp"

namespace crosswatch::plex::feature {
namespace {

[[noreturn]] void broken(const std::string& folder, const char* what) {
  throw Error(CW_STORAGE, "spool_failed",
              "A temporary file in " + folder + " could not be " + what + ": " + std::strerror(errno) + ".",
              "Make room there, or choose another state folder with --state.");
}

}  // namespace

TempFile::~TempFile() {
  clear();
}

void TempFile::clear() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  size_ = 0;
}

std::uint64_t TempFile::append(const void* data, std::size_t size) {
  if (fd_ < 0) {
    std::string name = folder_ + "/spool-XXXXXX";
    fd_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd_ < 0) broken(folder_, "made");
    ::unlink(name.c_str());
  }
  const std::uint64_t at = size_;
  for (std::size_t done = 0; done < size;) {
    const ssize_t n = ::pwrite(fd_, static_cast<const char*>(data) + done, size - done, static_cast<off_t>(size_));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) broken(folder_, "written");
    done += static_cast<std::size_t>(n);
    size_ += static_cast<std::uint64_t>(n);
  }
  return at;
}

void TempFile::read(std::uint64_t offset, void* to, std::size_t size) const {
  if (!read_at(fd_, offset, to, size)) broken(folder_, "read");
}

Spool::Spool(const std::string& folder, std::size_t limit)
    : limit_(std::max<std::size_t>(limit / sizeof(Pair), block_pairs)), runs_(folder), sorted_(folder) {}

void Spool::add(std::uint64_t key, std::int64_t value) {
  if (memory_.size() == limit_) flush_run();
  memory_.push_back({key, value});
  ++count_;
}

void Spool::flush_run() {
  std::sort(memory_.begin(), memory_.end(), Before());
  runs_.append(memory_.data(), memory_.size() * sizeof(Pair));
  run_ends_.push_back(runs_.size() / sizeof(Pair));
  memory_.clear();
}

void Spool::finish() {
  found_.assign(static_cast<std::size_t>(count_), false);
  if (run_ends_.empty()) {
    std::sort(memory_.begin(), memory_.end(), Before());
    return;
  }
  flush_run();
  std::vector<Pair>().swap(memory_);
  merge_runs();
  runs_.clear();
  run_ends_.clear();
}

void Spool::merge_runs() {
  struct Run {
    std::uint64_t next = 0, end = 0;  // in the file, behind what is buffered
    std::vector<Pair> buffer{};
    std::size_t at = 0;
  };
  std::vector<Run> runs(run_ends_.size());
  const std::size_t share = std::max<std::size_t>(limit_ / 2 / runs.size(), block_pairs);
  const auto fill = [&](Run& run) {
    run.buffer.resize(static_cast<std::size_t>(std::min<std::uint64_t>(share, run.end - run.next)));
    run.at = 0;
    if (run.buffer.empty()) return false;
    runs_.read(run.next * sizeof(Pair), run.buffer.data(), run.buffer.size() * sizeof(Pair));
    run.next += run.buffer.size();
    return true;
  };
  const auto later = [&](std::size_t a, std::size_t b) {
    return Before()(runs[b].buffer[runs[b].at], runs[a].buffer[runs[a].at]);
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> queue(later);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    runs[r].next = r == 0 ? 0 : run_ends_[r - 1];
    runs[r].end = run_ends_[r];
    if (fill(runs[r])) queue.push(r);
  }
  block_.clear();
  const auto write_block = [&] {
    if (block_.empty()) return;
    block_keys_.push_back(block_.front().key);
    sorted_.append(block_.data(), block_.size() * sizeof(Pair));
    block_.clear();
  };
  while (!queue.empty()) {
    const std::size_t r = queue.top();
    queue.pop();
    block_.push_back(runs[r].buffer[runs[r].at]);
    if (block_.size() == block_pairs) write_block();
    if (++runs[r].at < runs[r].buffer.size() || fill(runs[r])) queue.push(r);
  }
  write_block();
  loaded_ = block_keys_.size();  // none
}

void Spool::load(std::size_t block) {
  if (loaded_ == block) return;
  const std::uint64_t first = static_cast<std::uint64_t>(block) * block_pairs;
  block_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(block_pairs, sorted_.size() / sizeof(Pair) - first)));
  sorted_.read(first * sizeof(Pair), block_.data(), block_.size() * sizeof(Pair));
  loaded_ = block;
}

void Spool::find(std::uint64_t key, std::vector<std::int64_t>& out) {
  const std::size_t already = out.size();
  const auto take = [&](const std::vector<Pair>& pairs, std::size_t first) {
    auto at =
        std::lower_bound(pairs.begin(), pairs.end(), key, [](const Pair& p, std::uint64_t k) { return p.key < k; });
    for (; at != pairs.end() && at->key == key; ++at) {
      found_[first + static_cast<std::size_t>(at - pairs.begin())] = true;
      if (out.size() == already || out.back() != at->value) out.push_back(at->value);
    }
    return at == pairs.end();  // the next block may go on
  };
  if (block_keys_.empty()) {
    take(memory_, 0);
    return;
  }
  auto at = std::lower_bound(block_keys_.begin(), block_keys_.end(), key);
  if (at != block_keys_.begin()) --at;  // the key may begin inside of the block before
  for (auto block = static_cast<std::size_t>(at - block_keys_.begin());
       block < block_keys_.size() && block_keys_[block] <= key; ++block) {
    load(block);
    if (!take(block_, block * block_pairs)) break;
  }
}

void Spool::clear() {
  count_ = 0;
  memory_.clear();
  runs_.clear();
  run_ends_.clear();
  sorted_.clear();
  block_keys_.clear();
  block_.clear();
  found_.clear();
}

std::int64_t Blob::add(std::string_view text) {
  const auto length = static_cast<std::uint32_t>(text.size());
  buffer_.assign(reinterpret_cast<const char*>(&length), sizeof length);
  buffer_ += text;
  if (file_.size() == 0 && memory_.size() + buffer_.size() <= limit_) {
    memory_ += buffer_;
    return static_cast<std::int64_t>(memory_.size() - buffer_.size());
  }
  return static_cast<std::int64_t>(memory_.size() + file_.append(buffer_.data(), buffer_.size()));
}

std::string_view Blob::get(std::int64_t position) {
  const auto at = static_cast<std::uint64_t>(position);
  std::uint32_t length = 0;
  if (at < memory_.size()) {
    std::memcpy(&length, memory_.data() + at, sizeof length);
    return std::string_view(memory_).substr(static_cast<std::size_t>(at) + sizeof length, length);
  }
  file_.read(at - memory_.size(), &length, sizeof length);
  buffer_.resize(length);
  file_.read(at - memory_.size() + sizeof length, buffer_.data(), length);
  return buffer_;
}

void Blob::clear() noexcept {
  memory_.clear();
  file_.clear();
}

}  // namespace crosswatch::plex::feature
