// The facts of one side, packed: about 120 bytes each with all ids and titles.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/report.hpp"
#include "engine/texts.hpp"
#include "engine/value.hpp"

namespace crosswatch::host::engine {

using Ids = std::span<const Texts::Id>;

// Who items are, for alignment. Used for the facts of a side and for the rows of a baseline.
class Idents {
public:
  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(all_.size()); }
  Kind kind(std::uint32_t i) const noexcept { return static_cast<Kind>(all_[i].kind); }
  std::int32_t season(std::uint32_t i) const noexcept { return all_[i].season; }
  std::int32_t episode(std::uint32_t i) const noexcept { return all_[i].episode; }
  // Each ascending and without repetition.
  Ids own(std::uint32_t i) const noexcept { return {at(i), all_[i].own}; }
  Ids shows(std::uint32_t i) const noexcept { return {at(i) + all_[i].own, all_[i].shows}; }
  // Of a row: on that side. Facts, which do not know on which side they are used, keep theirs under source.
  Ids refs(std::uint32_t i, Side side) const noexcept {
    const Ident& x = all_[i];
    const Texts::Id* first = at(i) + x.own + x.shows;
    return side == Side::source ? Ids{first, x.refs[0]} : Ids{first + x.refs[0], x.refs[1]};
  }

  struct Draft {
    Kind kind = Kind::movie;
    std::int32_t season = -1, episode = -1;
    std::vector<Texts::Id> own{}, shows{};
    std::array<std::vector<Texts::Id>, 2> refs{};
    void clear();
  };
  void add(Draft& draft);  // sorts what it is given

private:
  struct Ident {
    std::uint32_t first;
    std::int32_t season;
    std::int32_t episode;
    std::uint8_t kind, own, shows;
    std::array<std::uint8_t, 2> refs;
  };
  const Texts::Id* at(std::uint32_t i) const noexcept { return pool_.data() + all_[i].first; }
  std::vector<Ident> all_{};
  std::vector<Texts::Id> pool_{};
};

class Facts {
public:
  Facts(Texts& texts, Feature feature) : texts_(&texts), feature_(feature) {}

  // Copies a page. What no honest provider would say (no such kind, no value, a ref twice) is left out and counted.
  void accept(const cw_facts& page);
  std::uint64_t malformed() const noexcept { return malformed_; }
  std::uint64_t repeated() const noexcept { return repeated_; }

  const Idents& idents() const noexcept { return idents_; }
  std::uint32_t size() const noexcept { return idents_.size(); }
  const Value& value(std::uint32_t i) const noexcept { return data_[i].value; }
  std::string_view title(std::uint32_t i) const noexcept { return titles_.data() + data_[i].title; }
  std::string_view series(std::uint32_t i) const noexcept { return texts_->text(data_[i].series); }
  std::string_view library(std::uint32_t i) const noexcept { return texts_->text(data_[i].library); }
  std::int32_t year(std::uint32_t i) const noexcept { return data_[i].year; }
  Fact fact(std::uint32_t i) const;  // as it was listed
  // History: every known time, newest first.
  std::span<const std::int64_t> plays(std::uint32_t i) const noexcept {
    return {plays_.data() + data_[i].plays, data_[i].play_count};
  }

private:
  struct Data {
    Value value;
    std::uint32_t title;
    Texts::Id series;
    Texts::Id library;
    std::uint32_t plays;
    std::uint32_t play_count;
    std::int32_t year;
  };
  void accept(const cw_fact& raw);
  void collect(std::vector<Texts::Id>& out, Kind kind, const cw_token* first, std::uint32_t count);

  Texts* texts_;
  Feature feature_;
  Idents idents_{};
  std::vector<Data> data_{};
  std::vector<char> titles_{};
  std::vector<std::int64_t> plays_{};
  std::vector<bool> seen_refs_{};  // by text id
  std::uint64_t malformed_ = 0;
  std::uint64_t repeated_ = 0;
  Idents::Draft draft_{};  // scratch
};

}  // namespace crosswatch::host::engine
