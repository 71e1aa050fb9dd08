// Turns the rows of one list into facts, and sends them a page at a time.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "feature/plays.hpp"
#include "feature/reading.hpp"
#include "feature/record.hpp"
#include "feature/shows.hpp"

namespace crosswatch::plex::feature {

// What a row of a list or of a metadata answer says about the feature, without play rows. False: no such fact.
bool read_value(const wire::Row& row, Feature feature, cw_value& value);

// The rows of one library are joined with these.
struct Joins {
  explicit Joins(const std::string& folder) : shows(folder), plays(folder) {}
  ShowTable shows;
  PlayTable plays;
  bool shows_loaded = false;  // they are, when the first season or episode asks for them
};

// For the items of one kind in one library. [owner]
class ItemSink : public PageSink, public RowTaker {
public:
  // The references must outlive the sink; `ref_prefix` is "<machine id>/", `arena` that of read_list.
  ItemSink(Reading& reading, Feature feature, const Section& section, Kind kind, const std::string& ref_prefix,
           Joins& joins, wire::Arena& arena);

  void row(const wire::Row& row) override;
  void page_end(std::uint64_t rows, std::uint64_t total) override;
  void drain() override { reading_.drain(); }
  void take(const wire::Row& row) override;  // the ids of an item whose row came without
  std::uint64_t plays_matched() const noexcept { return plays_matched_; }
  RecordTaker* records = nullptr;  // who keeps what is read; may be null

private:
  // What is sent at a time, and what is kept of it when it was taken. Lends its texts.
  struct Page {
    struct Show {
      std::uint64_t key = 0;
      std::string_view title{};
      std::span<const cw_token> ids{};
      bool listed = false;
    };
    std::vector<cw_fact> facts{};
    std::vector<Record> records{};  // of the same, when somebody keeps them
    std::vector<Show> shows{};      // that they name
    bool keepable = true;           // records can stand for all of them
  };
  // Where an item names the show it is part of.
  struct ShowFields {
    wire::Field rating_key, path, guid, title;
  };
  static const ShowFields of_season, of_episode;
  struct Lacking {
    std::size_t fact = 0;
    std::string_view version{};
    identity::Tokens ids{};
  };

  void add_plays(const wire::Row& row, cw_fact& fact);
  void add_ids(const wire::Row& row, std::string_view key, cw_fact& fact);
  void add_show(const wire::Row& row, const ShowFields& fields, cw_fact& fact);
  void read_show(const wire::Row& row, std::string_view key, const ShowFields& fields);
  void add_record(const wire::Row& row, std::string_view key, const cw_value& own, const cw_fact& fact);
  void keep(const Page& page);
  void set_ids(cw_fact& fact, const identity::Tokens& ids);
  void complete_ids();

  Reading& reading_;
  Feature feature_;
  const Section& section_;
  Kind kind_;
  const std::string& ref_prefix_;
  Joins& joins_;
  wire::Arena& arena_;
  std::uint64_t plays_matched_ = 0;
  identity::Identity who_{};   // of the row
  identity::Identity show_{};  // of the latest show, named by its key
  std::string_view show_key_{};
  const cw_token* show_tokens_ = nullptr;
  std::vector<std::int64_t> times_{};
  Page pages_[2]{};  // the other one is that before, which may still be being taken
  Page* page_ = &pages_[0];
  Record record_{};  // of the row
  std::unordered_map<std::string_view, Lacking> lacking_{};
};

}  // namespace crosswatch::plex::feature
