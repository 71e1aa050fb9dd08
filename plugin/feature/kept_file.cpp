#include "feature/kept_file.hpp"

#include <cstdio>

namespace crosswatch::plex::feature {
namespace {

std::string news_path(const std::string& path) {
  return path + ".news";
}

std::string name_of(std::uint64_t read, std::uint64_t news) {
  return std::to_string(read) + '.' + std::to_string(news);
}

void put_kept(Encoder& out, const Kept& kept) {
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
}

Kept get_kept(Decoder& in) {
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
  return kept;
}

}  // namespace

KeptWriter::KeptWriter(const std::string& path, std::uint64_t of)
    : path_(path), of_(of), file_(of == 0 ? path : news_path(path)) {}

void KeptWriter::add(std::string_view record) {
  file_.add(record);
}

// The tail: the sum of the read that these are news of, or 0; what is kept besides the records; the keys of what is
// gone.
std::string KeptWriter::finish(const Kept& kept) {
  std::string tail;
  Encoder out(tail);
  out.number(of_);
  put_kept(out, kept);
  out.number(gone_.size());
  for (const std::uint64_t key : gone_) out.number(key);
  const std::uint64_t sum = file_.finish(tail);
  if (of_ != 0) return name_of(of_, sum);
  std::remove(news_path(path_).c_str());  // whose news they are, tells their sum, should they stay
  return name_of(sum, 0);
}

std::string KeptFile::name() const {
  return name_of(whole_.sum(), news_sum_);
}

std::optional<KeptFile> KeptFile::open(const std::string& path, std::string_view about) {
  std::optional<KeptFile> file(std::in_place);
  try {
    if (file->whole_.open(path) != RecordFile::State::whole) return std::nullopt;
    Decoder in(file->whole_.tail());
    if (in.number() != 0) return std::nullopt;
    file->kept_ = get_kept(in);
    if (file->kept_.about != about || !file->read_news(path)) return std::nullopt;
  } catch (const Damaged&) {
    return std::nullopt;
  }
  return file;
}

// False when they are damaged. News of another read, which this one was written in place of, do not count.
bool KeptFile::read_news(const std::string& path) {
  RecordFile file;
  const RecordFile::State state = file.open(news_path(path));
  if (state == RecordFile::State::absent) return true;
  if (state == RecordFile::State::damaged) return false;
  Decoder in(file.tail());
  if (in.number() != whole_.sum()) return true;
  Kept kept = get_kept(in);
  if (kept.about != kept_.about) return false;
  kept_ = std::move(kept);
  news_sum_ = file.sum();
  for (std::uint64_t n = in.count(); n > 0; --n) news_.try_emplace(in.number());
  std::string bytes;
  std::vector<std::string_view> records;
  for (std::uint64_t at = 0; file.next_block(at, bytes, records);)
    for (const std::string_view record : records) news_[decode_head(record).key] = record;
  return true;
}

}  // namespace crosswatch::plex::feature
