// What the readers of one snapshot share.
#pragma once

#include <crosswatch/provider.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "feature/id_memo.hpp"
#include "feature/libraries.hpp"
#include "feature/pages.hpp"
#include "feature/relay.hpp"
#include "feature/tally.hpp"
#include "identity/guid.hpp"

namespace crosswatch::plex::feature {

// One running read: who is asked, who listens, what was noticed. Lives as long as the read. [owner]
struct Reading {
  const Call& call;
  const Host& host;
  const Source& source;
  FactSink& sink;
  IdMemo& memo;
  Relay* relay = nullptr;  // that the sink belongs to, if any
  Tally tally{};
  std::uint64_t rows_done = 0;
  std::uint64_t rows_total = 0;
  unsigned id_requests_left = 50;
  std::string defect{};  // the first reason why the read is not complete

  // Sends a page, and does `work` behind it: now, or on the host's thread while the next is read.
  void send(std::span<const cw_fact> page, const std::function<void()>& work) {
    if (relay != nullptr) relay->then(work);
    sink.accept(page);
    if (relay == nullptr) work();
  }
  // Returns when the page that was sent last is used no more.
  void drain() const {
    if (relay != nullptr) relay->drain();
  }
  void note_defect(const std::string& reason) {
    if (defect.empty()) defect = reason;
  }
  // Rows of the list being read, of how many; added to those of the lists before.
  void progress(std::uint64_t rows, std::uint64_t total) const {
    call.progress(rows_done + rows, std::max(rows_total, rows_done + std::max(rows, total)));
  }
};

// A number for a rating key, to sort and join by. Rating keys of media servers are decimal numbers; whatever
// else comes is hashed into the upper half, where no such number lies.
std::uint64_t join_key(std::string_view rating_key) noexcept;
// "/library/metadata/917" -> "917"; empty when there is no such key.
std::string_view key_of_path(std::string_view path) noexcept;

// All items of one kind in a library, without what nobody reads.
List library_list(const Section& section, Kind kind);

class RowTaker {
public:
  virtual ~RowTaker() = default;
  virtual void take(const wire::Row& row) = 0;  // texts are lent for the call
};
// Asks for items by their keys, up to 100 a request, at most `budget` requests, which it lowers. An item that the
// host does not know (any more) has no row.
void ask_for_rows(const Call& call, const Source& source, const std::vector<std::string_view>& rating_keys,
                  unsigned& budget, RowTaker& taker);

// An item whose list row came without external ids. Texts are lent.
struct Nameless {
  std::string_view key{};
  std::string_view version{};  // its updatedAt
};
// Gives the taker a row with guids for each of them that has some, from memory or by asking. Beyond 50 requests a
// read the others stay as they are.
void ask_for_ids(Reading& reading, const std::vector<Nameless>& items, RowTaker& taker);

// Reads the guids of a row, its own first.
void identify(const wire::Row& row, Kind kind, wire::Arena& arena, identity::Identity& into);

}  // namespace crosswatch::plex::feature
