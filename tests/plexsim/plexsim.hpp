// A simulated Plex: plex.tv, clients.plex.tv, Discover, metadata and any number of media servers over HTTPS on
// 127.0.0.1. Shares no code with the product, so that it cannot share a misunderstanding with it. All calls are
// thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "plexsim/faults.hpp"
#include "plexsim/options.hpp"
#include "plexsim/types.hpp"

namespace plexsim {

struct Universe;

class Simulator {
public:
  explicit Simulator(Options options = {});  // throws std::runtime_error
  ~Simulator();                              // closes every connection, joins, removes its temporary folder
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  // where things are
  Urls urls() const;
  std::string server_url(int server = 0) const;
  std::string server_id(int server = 0) const;
  std::string server_name(int server = 0) const;
  int server_count() const;
  std::string ca_file() const;
  std::vector<RecordedFile> recorded_files(int server = 0) const;

  // people and tokens; `user` is always a handle
  std::string account_token(const std::string& user) const;
  std::string server_token(const std::string& user, int server = 0) const;
  std::string issue_account_token(const std::string& user);  // as an approved PIN would
  void revoke_token(const std::string& token);
  void forget_device_keys();  // no JWT can be renewed any more
  std::int64_t plex_id(const std::string& user) const;

  // PINs
  bool approve_pin(const std::string& code, const std::string& user);  // false: no such open PIN
  bool deny_pin(const std::string& code);                              // the PIN is gone from now on
  bool expire_pin(const std::string& code);
  void auto_approve_as(const std::string& user, int after_polls = 1);  // "" switches it off
  std::vector<std::string> open_pins() const;

  // facts, as if the person had done it with another client
  void mark_watched(const std::string& user, const std::string& key, int server = 0);
  void mark_unwatched(const std::string& user, const std::string& key, int server = 0);
  void play(const std::string& user, const std::string& key, std::int64_t at = 0,
            int server = 0);  // adds a play row; 0 = now
  void rate(const std::string& user, const std::string& key, double rating, int server = 0);  // negative clears
  void set_progress(const std::string& user, const std::string& key, std::int64_t ms, int server = 0);
  std::string add_item(const std::string& library, const NewItem& item, int server = 0);  // its ratingKey
  void remove_item(const std::string& key, int server = 0);  // with its children; rows stay
  void touch_item(const std::string& key, const std::string& title,
                  int server = 0);  // edits the title, moves updatedAt
  void match_item(const std::string& key, const std::vector<std::string>& ids,
                  int server = 0);                                // other external ids, as after a corrected match
  void swap_library(const std::string& library, int server = 0);  // another library has its number: a new uuid
  void drop_play(const std::string& user, int server = 0);        // the person's oldest play row is purged
  void watchlist_add(const std::string& user, const std::string& discover_key);
  void watchlist_remove(const std::string& user, const std::string& discover_key);
  void set_playing(const std::string& user, const std::string& key, std::int64_t ms,
                   int server = 0);                     // a session, and tells who listens; ms < 0 ends it
  void report(const Playing& playing, int server = 0);  // the same, with all that a player can say
  std::size_t listeners(int server = 0) const;          // connections that notifications are sent on
  void fall_silent(int server = 0);                     // their lines die, and nobody tells the clients
  void restart(int server = 0);                         // closes them, forgets sessions, counts them anew
  void advance_clock(std::int64_t seconds);             // the simulated servers' clocks against the real one

  // the oracle
  std::vector<Fact> facts(const std::string& user, Feature feature, int server = 0) const;
  std::vector<std::string> keys(const std::string& library, const std::string& type,
                                int server = 0) const;  // in listing order

  // faults and what was asked
  int add_fault(FaultRule rule);
  void clear_faults();
  bool wait_until_one_hangs(
      int ms);  // at a fault hang, hang_after or hold, since the last clear_faults(); false: none did
  std::vector<LogEntry> requests() const;
  void clear_requests();
  int peak_in_flight(const std::string& host, int server = -1) const;
  std::string start_control();  // opens the plain-http control listener, returns its address
  bool wait_for_stop(int ms);   // true once /sim/stop was called

private:
  std::unique_ptr<Universe> universe_;
};

}  // namespace plexsim
