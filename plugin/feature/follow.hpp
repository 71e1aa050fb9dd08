// A snapshot of one feature in one library that asks the server only for what can have changed since the last complete
// read, and says the rest from what was kept.
//
// A view or a rating of now moves an item to the head of the list that is sorted by their time, a change of the item
// itself moves the library's marker and the item to the head of the list sorted by its updatedAt, a play is a row with
// a higher number. What is taken back leaves no such trace, but a smaller total: then the keys of the list are read
// once. Whatever does not add up ends in "not sure", and the caller reads everything.
#pragma once

#include <map>
#include <optional>
#include <unordered_map>

#include "feature/head.hpp"
#include "feature/item_sink.hpp"
#include "feature/keeper.hpp"

namespace crosswatch::plex::feature {

// The kinds of items that have the feature in a library, and the list of those of a kind that have such a fact: its
// last parameter is the filter.
std::vector<Kind> kinds_of(Feature feature, const Section& section);
List listing_of(Feature feature, const Section& section, Kind kind);

class Follower final : public RecordTaker {
public:
  // The references must outlive it. [owner]
  Follower(Reading& reading, Feature feature, const Section& section, const ServerAccess& access,
           const KeepPlace& place, const std::string& ref_prefix, const std::string& folder);

  // True: what there is now is what was kept, so that read() would send that. Sends nothing itself.
  bool unchanged();
  // True: every fact was sent. False: none was, and the library has to be read.
  bool read();
  // After either said so: the name of what is kept now; "" when it could not be kept.
  const std::string& name() const noexcept { return name_; }

  void take(const Record& record) override;
  void take_show(std::uint64_t key, std::string_view title, std::span<const cw_token> ids, bool listed) override;
  void cannot_keep() override { sure_ = false; }

private:
  bool follows();  // asks, the first time; true: it is sure what there is now
  // What was heard of an item now.
  struct News {
    Kind kind = Kind::movie;
    std::string record{};  // encoded; empty: the fact is gone
    bool joined = false;   // with its plays
    bool same = false;     // as what was kept
    bool said = false;
    unsigned round = 0;  // the list that it came with
  };
  struct Part {
    KeptPart kept{};
    Head by_time{};
    Head by_update{};                      // when the library's marker has moved
    std::vector<std::uint64_t> members{};  // a number for each row, by its key and time, if they were read
    bool members_known = false;
    std::uint64_t staying = 0, fresh = 0;
  };
  using Times = std::vector<std::int64_t>;

  // What is asked (follow_ask.cpp); false: the answers do not make sure what there is now.
  bool ask();
  bool ask_plays();
  bool ask_shows();
  bool ask_part(Part& part);
  bool ask_touched();
  bool ask_members(Part& part);

  // What was kept and what was heard, put together.
  bool agrees();  // counts what stays; true when it adds up to the totals of the server
  bool add_up();
  bool stays(const Part& part, const Record& head) const;
  void join_plays(std::uint64_t key, std::span<const std::int64_t> kept, std::string& record);
  void send();  // and keeps
  void say(const std::vector<std::string_view>& records);
  void keep_loose(std::uint64_t key, std::span<const std::int64_t> plays);
  Part& part_of(Kind kind);
  // One number for a row of a list; that two rows have the same one would show in the totals.
  static std::uint64_t member(std::uint64_t key, std::int64_t at) noexcept;

  Reading& reading_;
  Feature feature_;
  const Section& section_;
  const ServerAccess& access_;
  const KeepPlace& place_;
  const std::string& ref_prefix_;
  Joins joins_;
  wire::Arena arena_{};
  FactSink nobody_;
  Reading own_;  // for the lists that are read here: its facts go nowhere
  std::int64_t began_ = 0;
  std::optional<KeptFile> file_{};
  std::optional<bool> follows_{};
  std::string name_{};
  Kept kept_{};  // as it will be
  std::vector<Part> parts_{};
  std::unordered_map<std::uint64_t, News> news_{};
  std::vector<bool> stay_{};  // for each kept record, in its order: nothing was heard of it, and it is there
  std::map<std::uint64_t, Times> new_plays_{};
  bool moved_ = false;  // the library's marker
  bool sure_ = true;
  bool changed_ = false;  // what is kept has to be written anew
  bool shows_lost_ = false;
  unsigned round_ = 0;
};

}  // namespace crosswatch::plex::feature
