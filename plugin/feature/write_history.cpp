#include "feature/change.hpp"
#include "feature/own_marks.hpp"

namespace crosswatch::plex::feature {
namespace {

// A mark counts one view and is dated now, whatever is sent: so an item that is watched is never marked again.
class HistoryRule final : public WriteRule {
public:
  HistoryRule(const Host& host, const ServerAccess& access) : host_(host), marks_(host, access) {}
  std::optional<Change> next(const cw_op& op, const Target& now, unsigned sent, cw_outcome& out) override {
    const bool remove = op.type == CW_OP_REMOVE;
    const bool watched = now.views > 0;
    if (watched != remove) {
      settle(out, sent > 0 ? CW_APPLIED : remove ? CW_ABSENT : CW_ALREADY);
      return std::nullopt;
    }
    if (sent > 0) return std::nullopt;
    if (op.type == CW_OP_UPDATE)
      return settle(out, CW_CANNOT, "no_single_plays: Plex only knows that it was watched"), std::nullopt;
    if (!remove && !marks_.add(now.key, host_.now()))
      return settle(out, CW_TRANSIENT, "not_noted: the data folder of the profile takes nothing"), std::nullopt;
    return Change{"PUT",
                  remove ? "/:/unscrobble" : "/:/scrobble",
                  {{"identifier", "com.plexapp.plugins.library"}, {"key", now.key}},
                  remove};
  }

private:
  const Host& host_;
  OwnMarks marks_;
};

}  // namespace

std::unique_ptr<WriteRule> history_rule(const Host& host, const ServerAccess& access) {
  return std::make_unique<HistoryRule>(host, access);
}

}  // namespace crosswatch::plex::feature
