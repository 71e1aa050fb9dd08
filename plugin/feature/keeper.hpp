// Keeps a complete read of one feature in one library, for the next read to follow changes from.
#pragma once

#include <array>
#include <optional>

#include "feature/kept_file.hpp"
#include "feature/libraries.hpp"
#include "feature/plays.hpp"
#include "feature/reading.hpp"

namespace crosswatch::plex::feature {

// Where a read is kept, and whose it is. Without a path nothing is kept: the settings say so, or the library tells too
// little to be followed.
struct KeepPlace {
  std::string path{};
  std::string about{};
  std::int64_t full_read_s = 0;  // a kept read that is older is not followed
  // `who` is the proven identity of the scope.
  static KeepPlace of(const Host& host, const std::string& folder, const std::string& who, const ServerAccess& access,
                      Feature feature, const Section& section);
};

// From when on the server's times can be those of changes that a read did not see. `newest` is the newest time of the
// list, `began` when the read began by our clock; neither clock needs to be right, nor both to agree.
std::int64_t since(std::int64_t newest, std::int64_t began, std::int64_t now) noexcept;

// Takes the records of one full read, from whichever thread hands them on, one at a time. What goes wrong with the file
// is logged, and nothing is kept then. [owner]
class Keeper final : public RecordTaker {
public:
  Keeper(Host host, KeepPlace place, Feature feature);

  void take(const Record& record) override;
  void take_show(std::uint64_t key, std::string_view title, std::span<const cw_token> ids, bool listed) override;
  void cannot_keep() override { writer_.reset(); }
  // The list of a kind was read. `rows`: of the list; only when each is a record the read can be kept.
  void part_end(Kind kind, const ListEnd& end);
  std::string finish(const Section& section, PlayTable* plays);  // the name of what is kept; "": nothing is

private:
  void keep_plays(PlayTable& plays);

  Host host_;
  KeepPlace place_;
  Feature feature_;
  std::int64_t began_;
  std::optional<KeptWriter> writer_{};
  Kept kept_{};
  KeptPart part_{Kind::movie, 0, time_unknown, time_unknown};  // being read; the newest times, until it ends
  std::string bytes_{};
};

}  // namespace crosswatch::plex::feature
