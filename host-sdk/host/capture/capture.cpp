#include "capture/capture.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <crosswatch/call.hpp>
#include <fstream>
#include <map>
#include <utility>

#include "checksum.hpp"
#include "files/files.hpp"
#include "json/fact_line.hpp"
#include "json/json.hpp"
#include "time.hpp"

namespace crosswatch::host {
namespace {

constexpr std::size_t buffer_bytes = 256 * 1024;
constexpr const char* suffix = ".jsonl";
constexpr std::size_t kept_of_syncs = 10;
constexpr std::int64_t day = 24 * 3600;

std::string head_line(const CaptureHead& h) {
  return json::dump(json::object({{"capture", 1},
                                  {"provider", h.ref.provider},
                                  {"profile", h.ref.profile},
                                  {"feature", std::string(name_of(h.feature))},
                                  {"identity", h.identity},
                                  {"scope", h.scope},
                                  {"taken_at", h.taken_at},
                                  {"run", h.run}})) +
         "\n";
}

Error damaged(const std::filesystem::path& file, const std::string& why) {
  return Error(CW_STORAGE, "capture_damaged", "The capture " + file.string() + " is damaged: " + why + ".",
               "Use another one: crosswatch capture list");
}

std::string text(const json::Value& v, const char* key) {
  const json::Value* const m = v.find(key);
  const std::string* const s = m ? m->as<std::string>() : nullptr;
  return s ? *s : std::string();
}
std::int64_t number(const json::Value& v, const char* key) {
  const json::Value* const m = v.find(key);
  const auto* const n = m ? m->as<std::int64_t>() : nullptr;
  return n ? *n : 0;
}

CaptureHead parse_head(const std::string& line, const std::filesystem::path& file) {
  CaptureHead h;
  h.id = file.stem().string();
  const json::Value v = json::parse(line, "The first line of " + file.string());
  const auto feature = feature_named(text(v, "feature"));
  if (number(v, "capture") != 1 || !feature) throw damaged(file, "its first line is none of a capture");
  h.ref = {text(v, "provider"), text(v, "profile")};
  h.feature = *feature;
  h.identity = text(v, "identity");
  h.scope = text(v, "scope");
  h.taken_at = number(v, "taken_at");
  h.run = number(v, "run");
  return h;
}

// Reads a file line by line; the last two are the end of the listing and the checksum over everything before.
CaptureHead read_whole(const std::filesystem::path& file, const std::function<void(const Fact&)>& visit) {
  std::ifstream in(file);
  if (!in) throw storage_error("read", file, errno);
  std::string line;
  std::getline(in, line);
  CaptureHead head = parse_head(line, file);
  std::uint64_t sum = checksum("\n", checksum(line));
  std::uint64_t seen = 0;
  for (std::uint64_t n = 2; std::getline(in, line); ++n) {
    const json::FactLine row = json::parse_fact_line(line, head.feature, n);
    sum = checksum("\n", checksum(line, sum));
    if (!row.end) {
      ++seen;
      if (visit) visit(row.fact);
      continue;
    }
    head.complete = row.complete;
    head.count = row.count;
    if (row.count != seen) throw damaged(file, "it holds " + std::to_string(seen) + " of " + std::to_string(row.count));
    if (!std::getline(in, line) || line != "{\"checksum\":\"" + hex(sum) + "\"}")
      throw damaged(file, "its checksum is wrong");
    return head;
  }
  throw damaged(file, "its end is missing");
}

// What the last lines of a file say, without reading the rest.
bool read_end(const std::filesystem::path& file, CaptureHead& head) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) return false;
  head = parse_head(line, file);
  in.seekg(0, std::ios::end);
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(0, size - 1024));
  std::string tail((std::istreambuf_iterator<char>(in)), {});
  const std::size_t at = tail.rfind("{\"end\":true");
  if (at == std::string::npos || tail.find("{\"checksum\":", at) == std::string::npos) return false;
  const json::FactLine end = json::parse_fact_line(tail.substr(at, tail.find('\n', at) - at), head.feature, 0);
  head.complete = end.complete;
  head.count = end.count;
  return true;
}

}  // namespace

std::vector<CaptureHead> Captures::list() const {
  std::vector<CaptureHead> out;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, missing)) {
    CaptureHead head;
    if (entry.path().extension() != suffix) continue;
    try {
      if (read_end(entry.path(), head)) out.push_back(std::move(head));
    } catch (const Error&) {
      continue;  // `read` tells what is wrong with it
    }
  }
  std::sort(out.begin(), out.end(), [](const CaptureHead& a, const CaptureHead& b) {
    return a.taken_at != b.taken_at ? a.taken_at > b.taken_at : a.id > b.id;
  });
  return out;
}

CaptureHead Captures::find(const std::string& id) const {
  const std::filesystem::path file = folder_ / (file_name_for(id) + suffix);
  CaptureHead head;
  if (!std::filesystem::exists(file))
    throw Error(CW_NOT_FOUND, "capture_unknown", "There is no capture \"" + id + "\".", "crosswatch capture list");
  if (!read_end(file, head)) throw damaged(file, "its end is missing");
  return head;
}

CaptureHead Captures::read(const std::string& id, const std::function<void(const Fact&)>& visit) const {
  static_cast<void>(find(id));
  const std::filesystem::path file = folder_ / (file_name_for(id) + suffix);
  static_cast<void>(read_whole(file, {}));
  return read_whole(file, visit);
}

void Captures::remove(const std::string& id) {
  static_cast<void>(find(id));
  std::filesystem::remove(folder_ / (file_name_for(id) + suffix));
}

void Captures::rename_profile(const ProfileRef& from, const ProfileRef& to) {
  for (CaptureHead head : list()) {
    if (head.ref != from) continue;
    const std::string old = std::exchange(head.id, {});
    head.ref = to;
    head.count = 0;
    CaptureWriter writer(*this, head);
    FactLender lender;
    static_cast<void>(read(old, [&](const Fact& fact) { writer.add(lender.lend(fact)); }));
    static_cast<void>(writer.finish(head.complete, {}));
    remove(old);
  }
}

void Captures::prune(std::int64_t now) {
  std::map<std::pair<std::string, Feature>, std::size_t> kept;
  for (const CaptureHead& h : list())
    if (h.run != 0 && ++kept[{to_string(h.ref), h.feature}] > kept_of_syncs && h.taken_at < now - day) remove(h.id);
}

CaptureWriter::CaptureWriter(const Captures& to, CaptureHead head) : head_(std::move(head)), hash_(checksum_start) {
  make_private_folder(to.folder_);
  const std::string stem =
      file_name_for(head_.ref.provider + (head_.ref.profile == "default" ? "" : "-" + head_.ref.profile) + "-" +
                    std::string(name_of(head_.feature)) + "-" + file_stamp(head_.taken_at));
  head_.id = stem;
  for (int i = 2; std::filesystem::exists(to.folder_ / (head_.id + suffix)); ++i)
    head_.id = stem + "-" + std::to_string(i);
  file_ = to.folder_ / (head_.id + suffix);
  part_ = file_;
  part_ += ".part";
  const int fd = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  out_ = fd < 0 ? nullptr : ::fdopen(fd, "w");
  if (!out_) throw storage_error("write", part_, errno);
  buffer_ = head_line(head_);
}

CaptureWriter::~CaptureWriter() {
  if (!out_) return;
  std::fclose(out_);
  std::error_code ignored;  // a leftover is no capture: it has another suffix
  std::filesystem::remove(part_, ignored);
}

void CaptureWriter::flush() {
  hash_ = checksum(buffer_, hash_);
  if (std::fwrite(buffer_.data(), 1, buffer_.size(), out_) != buffer_.size())
    throw storage_error("write", part_, errno);
  buffer_.clear();
}

void CaptureWriter::add(const cw_fact& fact) {
  json::append_fact_line(buffer_, head_.feature, fact);
  ++head_.count;
  if (buffer_.size() >= buffer_bytes) flush();
}

CaptureHead CaptureWriter::finish(bool complete, const std::string& reason) {
  head_.complete = complete;
  json::append_end_line(buffer_, complete, head_.count, reason);
  flush();
  const std::string last = "{\"checksum\":\"" + hex(hash_) + "\"}\n";
  const bool ok = std::fwrite(last.data(), 1, last.size(), out_) == last.size() && std::fflush(out_) == 0 &&
                  ::fsync(::fileno(out_)) == 0;
  if (!ok) throw storage_error("write", part_, errno);
  std::FILE* const done = std::exchange(out_, nullptr);
  if (std::fclose(done) != 0) throw storage_error("write", part_, errno);
  std::filesystem::rename(part_, file_);
  return head_;
}

}  // namespace crosswatch::host
