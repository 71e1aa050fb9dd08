#include <algorithm>
#include <cstdlib>
#include <set>

#include "account/memory.hpp"
#include "feature/change.hpp"
#include "wire/tree.hpp"

namespace crosswatch::plex::feature {
namespace {

constexpr std::int64_t same_ms = 1000;
constexpr std::int64_t usual_threshold = 90;  // percent, from which Plex counts an item as watched
constexpr std::int64_t recent_s = 120;        // a player reports every 10 to 20 seconds
constexpr std::size_t most_reports = 500;
constexpr const char* reports = "reports";

bool same(std::int64_t a, std::int64_t b) noexcept {
  return std::abs(a - b) < same_ms;
}

class ProgressRule final : public WriteRule {
public:
  ProgressRule(const Host& host, const Source& source, const ServerAccess& access, std::string client_id, bool replay)
      : host_(host), source_(source), access_(access), client_id_(std::move(client_id)), replay_(replay) {}

  // Only the owner of a server is told who watches what, and from which position on an item counts as watched.
  void prepare(const Call& call) override {
    if (!access_.owner) return;
    read_sessions(call);
    if (!threshold_known_) read_threshold(call);
    threshold_known_ = true;
  }

  std::optional<Change> next(const cw_op& op, const Target& now, unsigned sent, cw_outcome& out) override {
    return op.type == CW_OP_REMOVE ? clear(op, now, sent, out) : put(op, now, sent, out);
  }
  void done(const std::vector<const Target*>& targets) override {
    if (!sees_sessions()) note_reports(targets);
  }

private:
  std::optional<Change> put(const cw_op& op, const Target& now, unsigned sent, cw_outcome& out) {
    const std::int64_t wanted = op.fact->value.progress_ms;
    const std::int64_t duration = now.duration_ms > 0 ? now.duration_ms : op.fact->value.duration_ms;
    const auto refuse = [&](std::uint32_t result, std::string_view reason) {
      settle(out, result, reason);
      return std::nullopt;
    };
    if (wanted <= 0) return refuse(CW_CANNOT, "no_position: there is no position to store");
    if (now.present && same(now.offset_ms, wanted)) return refuse(sent > 0 ? CW_APPLIED : CW_ALREADY, {});
    if (sent > 0) return std::nullopt;
    if (duration <= 0) return refuse(CW_CANNOT, "missing_duration: Plex takes no position without a length");
    if (wanted * 100 >= duration * threshold_)
      return refuse(CW_CANNOT, "at_completion: the server would count it as watched");
    if (now.views > 0 && !replay_) return refuse(CW_CANNOT, "already_watched: a watched item gets no resume point");
    if (op.type == CW_OP_ADD ? now.present : !now.present) return refuse(CW_STALE, "changed_meanwhile");
    if (const char* why = disturbed(op, now)) return refuse(CW_STALE, why);
    return report(now, wanted, duration);
  }

  // Marking as unwatched is the one way that always clears a position, and would take the watched mark as well.
  std::optional<Change> clear(const cw_op& op, const Target& now, unsigned sent, cw_outcome& out) {
    if (!now.present) return settle(out, sent > 0 ? CW_APPLIED : CW_ABSENT), std::nullopt;
    if (const char* why = sent == 0 ? disturbed(op, now) : nullptr) return settle(out, CW_STALE, why), std::nullopt;
    if (sent == 0) return report(now, 0, std::max<std::int64_t>(now.duration_ms, same_ms));
    if (now.views > 0)
      return settle(out, CW_CANNOT, "clear_would_unwatch: Plex clears it only together with the watched mark"),
             std::nullopt;
    if (sent > 1) return std::nullopt;
    return Change{"PUT", "/:/unscrobble", {{"identifier", "com.plexapp.plugins.library"}, {"key", now.key}}};
  }

  static Change report(const Target& now, std::int64_t ms, std::int64_t duration) {
    return {"POST",
            "/:/timeline",
            {{"ratingKey", now.key},
             {"key", "/library/metadata/" + now.key},
             {"identifier", "com.plexapp.plugins.library"},
             {"state", "stopped"},
             {"time", std::to_string(ms)},
             {"duration", std::to_string(duration)}}};
  }

  // Why the position must be left alone: null when nothing moved.
  const char* disturbed(const cw_op& op, const Target& now) const {
    if (op.expect.progress_ms >= 0 && !same(op.expect.progress_ms, now.offset_ms)) return "changed_meanwhile";
    if (sees_sessions()) return playing_.count(now.key) > 0 ? "playing_now: it is being watched" : nullptr;
    const std::int64_t clock = host_.now();
    const bool recent = now.last_viewed > clock - recent_s && now.last_viewed < clock + recent_s;
    return recent && !is_own_report(now) ? "playing_perhaps: it was watched a moment ago" : nullptr;
  }

  bool sees_sessions() const noexcept { return access_.owner && sessions_known_; }

  // Who cannot be told what is being watched takes a late view for a player. A report of ours, also one of another run,
  // is none.
  void note_reports(const std::vector<const Target*>& targets) const {
    Record sent = recall(host_, reports);
    const std::int64_t since = host_.now() - recent_s;
    std::erase_if(sent, [&](const auto& one) {
      return wire::to_int(one.second).value_or(0) < since || sent.size() + targets.size() > most_reports;
    });
    for (const Target* t : targets)
      if (t->last_viewed != time_unknown) sent[t->key] = std::to_string(t->last_viewed);
    remember(host_, reports, sent);
  }
  bool is_own_report(const Target& target) const {
    const Record sent = recall(host_, reports);
    const auto at = sent.find(target.key);
    return at != sent.end() && at->second == std::to_string(target.last_viewed);
  }

  void read_sessions(const Call& call) {
    const std::string what = "The list of what is being watched";
    std::string body;
    const http::Response response = source_.ask(call, "/status/sessions", {}, body);
    playing_.clear();
    sessions_known_ = response.status != 401 && response.status != 403 && response.status != 404;
    if (!sessions_known_) return;
    source_.expect_success(response, body, what);
    const wire::Node root = wire::parse_tree(body, what);
    for (const wire::Node& item : root.children) {
      const wire::Node* const player = item.child("Player");
      const wire::Node* const user = item.child("User");
      if (player && !client_id_.empty() && player->attr("machineIdentifier") == client_id_) continue;  // our own report
      if (!user || user->number("id").value_or(access_.account_id) == access_.account_id)
        playing_.emplace(item.attr("ratingKey"));
    }
  }

  void read_threshold(const Call& call) {
    std::string body;
    const http::Response response = source_.ask(call, "/:/prefs/get", {{"id", "LibraryVideoPlayedThreshold"}}, body);
    if (!response.ok()) return;
    const wire::Node root = wire::parse_tree(body, "The preferences of the server");
    const wire::Node* const setting = root.child("Setting");
    const auto percent = setting ? setting->number("value") : std::nullopt;
    if (percent && *percent >= 1 && *percent <= 100) threshold_ = *percent;
  }

  Host host_;
  const Source& source_;
  const ServerAccess& access_;
  std::string client_id_;
  bool replay_;
  bool sessions_known_ = false;
  bool threshold_known_ = false;
  std::int64_t threshold_ = usual_threshold;
  std::set<std::string, std::less<>> playing_{};  // rating keys
};

}  // namespace

std::unique_ptr<WriteRule> progress_rule(const Host& host, const Source& source, const ServerAccess& access,
                                         std::string client_id, bool replay) {
  return std::make_unique<ProgressRule>(host, source, access, std::move(client_id), replay);
}

}  // namespace crosswatch::plex::feature
