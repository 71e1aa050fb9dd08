#include "feature/follow.hpp"

#include <algorithm>

#include "feature/touched.hpp"

namespace crosswatch::plex::feature {
namespace {

const cw_fact_sink nowhere{sizeof(cw_fact_sink), nullptr, [](void*, const cw_facts*) -> cw_status { return CW_OK; }};

// The times of both, newest first, each once.
std::vector<std::int64_t> joined(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  std::vector<std::int64_t> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  std::sort(all.rbegin(), all.rend());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace

Follower::Follower(Reading& reading, Feature feature, const Section& section, const ServerAccess& access,
                   const KeepPlace& place, const std::string& ref_prefix, const std::string& folder)
    : reading_(reading),
      feature_(feature),
      section_(section),
      access_(access),
      place_(place),
      ref_prefix_(ref_prefix),
      joins_(folder),
      nobody_(&nowhere),
      own_{reading.call, reading.host, reading.source, nobody_, reading.memo} {}

bool Follower::unchanged() {
  if (!follows() || changed_ || moved_) return false;
  Touched(place_.path).clear();
  name_ = file_->name();
  return true;
}

bool Follower::follows() {
  if (follows_) return *follows_;
  follows_ = false;
  if (place_.path.empty()) return false;
  began_ = reading_.host.now();
  auto file = KeptFile::open(place_.path, place_.about);
  if (!file) return false;
  file_.emplace(std::move(*file));
  kept_ = file_->kept();
  if (began_ < kept_.full_read_at || began_ - kept_.full_read_at >= place_.full_read_s) return false;
  moved_ = kept_.marker != section_.marker;
  for (const KeptPart& part : kept_.parts) parts_.push_back({part});
  try {
    if (!ask() || !agrees()) {
      reading_.host.log(LogLevel::info, "What changed in the " + std::string(name_of(feature_)) + " of \"" +
                                            section_.title + "\" is not sure; all of it is read.");
      return false;
    }
  } catch (const Damaged&) {
    return false;
  } catch (const Error& e) {
    // A server that does not take such questions; whether it takes the usual ones will show.
    if (e.status != CW_PROTOCOL && e.status != CW_AUTH && e.status != CW_SCOPE) throw;
    return false;
  }
  reading_.host.log(LogLevel::debug, "Of the " + std::string(name_of(feature_)) + " of \"" + section_.title +
                                         "\" only what can have changed was asked for.");
  follows_ = true;
  return true;
}

bool Follower::read() {
  if (!follows()) return false;
  try {
    send();
  } catch (const Damaged&) {
    throw Error(CW_STORAGE, "read_damaged", place_.path + " is damaged, although it was whole a moment ago.",
                "Look whether the disk is failing.");
  }
  return true;
}

std::uint64_t Follower::member(std::uint64_t key, std::int64_t at) noexcept {
  const std::uint64_t mixed = (key ^ (static_cast<std::uint64_t>(at) << 24)) * 0x9e3779b97f4a7c15u;
  return mixed ^ (mixed >> 32);
}

Follower::Part& Follower::part_of(Kind kind) {
  const auto at = std::find_if(parts_.begin(), parts_.end(), [&](const Part& p) { return p.kept.kind == kind; });
  if (at == parts_.end()) throw Damaged();
  return *at;
}

// Whether an item of which nothing was heard can still be in the list: it would stand among the rows that were read if
// its time said so.
bool Follower::stays(const Part& part, const Record& head) const {
  const auto seen = [&](const Head& list, std::int64_t at) { return list.whole || (list.sure && at > list.bottom); };
  if (seen(part.by_time, head.at) || seen(part.by_update, head.updated_at)) return false;
  return !part.members_known || std::binary_search(part.members.begin(), part.members.end(), member(head.key, head.at));
}

bool Follower::agrees() {
  const auto lost = [](const Part& p) { return p.staying + p.fresh > p.by_time.total; };
  if (!add_up()) return false;
  if (std::none_of(parts_.begin(), parts_.end(), lost))
    return std::all_of(parts_.begin(), parts_.end(),
                       [](const Part& p) { return p.staying + p.fresh == p.by_time.total; });
  for (Part& part : parts_)
    if (lost(part) && !ask_members(part)) return false;
  return add_up() && std::all_of(parts_.begin(), parts_.end(),
                                 [](const Part& p) { return p.staying + p.fresh == p.by_time.total; });
}

bool Follower::add_up() {
  for (Part& part : parts_) part.staying = part.fresh = 0;
  stay_.clear();
  bool fits = true;
  wire::Arena arena;
  file_->each_block([&](const std::vector<std::string_view>& records, bool) {
    for (const std::string_view bytes : records) {
      const Record head = decode_head(bytes);
      Part& part = part_of(head.kind);
      const auto news = news_.find(head.key);
      stay_.push_back(news == news_.end() && stays(part, head));
      if (news == news_.end()) {
        if (!stay_.back()) {
          changed_ = true;
          continue;
        }
        ++part.staying;
        if (!new_plays_.empty() && new_plays_.count(head.key) > 0) fits = false;  // a play that did not move its item
        if (shows_lost_ && head.show != 0 && kept_.shows.count(head.show) == 0) fits = false;
        continue;
      }
      if (std::exchange(news->second.joined, true) || news->second.record.empty()) {
        changed_ = changed_ || news->second.record.empty();
        continue;
      }
      arena.clear();
      if (feature_ == Feature::history) join_plays(head.key, decode(bytes, arena).plays, news->second.record);
      news->second.same = news->second.record == bytes;
      changed_ = changed_ || !news->second.same;
    }
  });
  for (auto& [key, news] : news_) {
    if (news.record.empty()) continue;
    Part& part = part_of(news.kind);
    ++part.fresh;
    if (part.members_known) {
      const Record head = decode_head(news.record);
      if (!std::binary_search(part.members.begin(), part.members.end(), member(key, head.at))) fits = false;
    }
    if (std::exchange(news.joined, true)) continue;
    changed_ = true;
    if (feature_ != Feature::history) continue;
    const auto loose = kept_.loose_plays.extract(key);
    join_plays(key, loose ? loose.mapped() : Times{}, news.record);
  }
  return fits;
}

void Follower::join_plays(std::uint64_t key, std::span<const std::int64_t> kept, std::string& record) {
  Record r = decode(record, arena_);
  const auto news = new_plays_.find(key);
  const Times plays = joined(kept, news == new_plays_.end() ? Times{} : news->second);
  r.plays = plays;
  std::string with_plays;
  encode(r, with_plays);
  record = std::move(with_plays);
}

// Says the records that stay and those that were heard of, and keeps what is now: as news of what was kept, or all
// anew when that would be too many.
void Follower::send() {
  std::uint64_t news_bytes = 0;
  for (const auto& [key, record] : file_->news()) news_bytes += record.size();
  for (const auto& [key, news] : news_) news_bytes += news.same ? 0 : news.record.size();
  const bool anew = file_->too_much(news_bytes);
  std::optional<KeptWriter> writer;
  const bool must_keep = changed_ = changed_ || moved_;
  const auto keep = [&](auto&& use) {  // a read that cannot be kept is a read all the same
    if (!changed_) return;
    try {
      if (!writer) writer.emplace(place_.path, anew ? 0 : file_->sum());
      use(*writer);
    } catch (const Error& e) {
      changed_ = false;
      writer.reset();
      reading_.host.log(LogLevel::warning, e.what());
    }
  };
  std::vector<std::string_view> saying;
  const auto say_one = [&](std::string_view record, bool is_news) {
    saying.push_back(record);
    if (anew || is_news) keep([&](KeptWriter& w) { w.add(record); });
  };
  const auto keep_gone = [&](std::uint64_t key) {
    if (!anew) keep([&](KeptWriter& w) { w.gone(key); });
  };
  std::size_t number = 0;
  file_->each_block([&](const std::vector<std::string_view>& records, bool are_news) {
    for (const std::string_view bytes : records) {
      if (stay_[number++]) {
        say_one(bytes, are_news);
        continue;
      }
      const std::uint64_t key = decode_head(bytes).key;
      const auto news = news_.find(key);
      if (news == news_.end() || news->second.record.empty()) {
        keep_gone(key);
        arena_.clear();
        if (feature_ == Feature::history) keep_loose(key, decode(bytes, arena_).plays);
      } else {
        say_one(news->second.record, are_news || !news->second.same);
        news->second.said = true;
      }
    }
    say(saying);
    saying.clear();
  });
  for (const auto& [key, record] : file_->news())
    if (const auto news = news_.find(key); record.empty() && (news == news_.end() || news->second.record.empty()))
      keep_gone(key);
  for (const auto& [key, news] : news_)
    if (!news.record.empty() && !news.said) say_one(news.record, true);
  say(saying);
  for (const auto& [key, times] : new_plays_) {
    const auto news = news_.find(key);
    if (news == news_.end() || news->second.record.empty()) keep_loose(key, times);
  }
  kept_.marker = section_.marker;
  kept_.parts.clear();
  for (Part& part : parts_) {
    const std::int64_t now = reading_.host.now();
    part.kept.total = part.by_time.total;
    part.kept.since = std::max(part.kept.since, since(part.by_time.top, began_, now));
    part.kept.updated_since = std::max(part.kept.updated_since, since(part.by_update.top, began_, now));
    kept_.parts.push_back(part.kept);
  }
  if (!must_keep) name_ = file_->name();
  keep([&](KeptWriter& w) { name_ = w.finish(kept_); });
  if (!must_keep || changed_) Touched(place_.path).clear();
}

void Follower::keep_loose(std::uint64_t key, std::span<const std::int64_t> plays) {
  if (plays.empty()) return;
  Times& times = kept_.loose_plays[key];
  times = joined(times, plays);
}

void Follower::say(const std::vector<std::string_view>& records) {
  std::vector<cw_fact> facts;
  facts.reserve(records.size());
  arena_.clear();
  for (const std::string_view bytes : records)
    facts.push_back(fact_of(decode(bytes, arena_), feature_, ref_prefix_, section_.key, kept_.shows, arena_));
  if (!facts.empty()) reading_.sink.accept(facts);
  reading_.drain();
  reading_.rows_done += facts.size();
  reading_.progress(0, 0);
}

}  // namespace crosswatch::plex::feature
