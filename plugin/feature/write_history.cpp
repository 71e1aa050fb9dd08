#include "feature/change.hpp"

namespace crosswatch::plex::feature {
namespace {

// A mark counts one view and is dated now, whatever is sent: so an item that is watched is never marked again.
class HistoryRule final : public WriteRule {
public:
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
    return Change{"PUT",
                  remove ? "/:/unscrobble" : "/:/scrobble",
                  {{"identifier", "com.plexapp.plugins.library"}, {"key", now.key}},
                  remove};
  }
};

}  // namespace

std::unique_ptr<WriteRule> history_rule() {
  return std::make_unique<HistoryRule>();
}

}  // namespace crosswatch::plex::feature
