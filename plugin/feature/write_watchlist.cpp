#include "feature/change.hpp"

namespace crosswatch::plex::feature {
namespace {

class WatchlistRule final : public WriteRule {
public:
  std::optional<Change> next(const cw_op& op, const Target& now, unsigned sent, cw_outcome& out) override {
    const bool remove = op.type == CW_OP_REMOVE;
    if (now.present != remove) {
      settle(out, sent > 0 ? CW_APPLIED : remove ? CW_ABSENT : CW_ALREADY);
      return std::nullopt;
    }
    if (sent > 0) return std::nullopt;
    return Change{"PUT", remove ? "/actions/removeFromWatchlist" : "/actions/addToWatchlist", {{"ratingKey", now.key}}};
  }
};

}  // namespace

std::unique_ptr<WriteRule> watchlist_rule() {
  return std::make_unique<WatchlistRule>();
}

}  // namespace crosswatch::plex::feature
