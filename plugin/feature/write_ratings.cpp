#include <algorithm>

#include "feature/change.hpp"

namespace crosswatch::plex::feature {
namespace {

constexpr std::int32_t step = 5;  // tenths: half a point of ten
constexpr std::int64_t clock_skew_s = 60;

std::string text_of(std::int32_t tenths) {
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10);
}

class RatingRule final : public WriteRule {
public:
  explicit RatingRule(const Host& host) : host_(host) {}

  std::optional<Change> next(const cw_op& op, const Target& now, unsigned sent, cw_outcome& out) override {
    const bool remove = op.type == CW_OP_REMOVE;
    const std::int32_t asked = op.fact->value.rating;
    const std::int32_t wanted = remove ? -1 : std::min((asked + step / 2) / step * step, 100);
    if (!remove && (asked < 0 || asked > 100 || wanted == 0))
      return settle(out, CW_CANNOT, "rating_below_scale: Plex begins at half a point"), std::nullopt;
    const std::int32_t there = now.present ? now.value.rating : -1;
    if (there == wanted || (there >= 0 && there == asked && !remove)) {
      settle(out, sent > 0 ? CW_APPLIED : remove ? CW_ABSENT : CW_ALREADY);
      return std::nullopt;
    }
    // A time that the server takes for the future is refused: by a clock that is behind ours.
    const std::int64_t at = op.fact->value.at;
    const bool dated = !remove && at != time_unknown && at > 0;
    if (sent > 1 || (sent == 1 && !dated)) return std::nullopt;
    if (sent == 0 && stale(op, there))
      return settle(out, CW_STALE, "changed_meanwhile: it was rated since"), std::nullopt;
    Change change{"PUT", "/:/rate", {{"identifier", "com.plexapp.plugins.library"}, {"key", now.key}}};
    change.query.emplace_back("rating", remove ? "-1" : text_of(wanted));
    if (dated && sent == 0)
      change.query.emplace_back("ratedAt", std::to_string(std::min(at, host_.now() - clock_skew_s)));
    return change;
  }

private:
  static bool stale(const cw_op& op, std::int32_t there) noexcept {
    if (op.type == CW_OP_ADD) return there >= 0;
    if (op.type == CW_OP_UPDATE && there < 0) return true;
    return op.expect.rating >= 0 && op.expect.rating != there;
  }
  Host host_;
};

}  // namespace

std::unique_ptr<WriteRule> rating_rule(const Host& host) {
  return std::make_unique<RatingRule>(host);
}

}  // namespace crosswatch::plex::feature
