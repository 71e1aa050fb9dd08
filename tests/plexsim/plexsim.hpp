// A simulated Plex: plex.tv, clients.plex.tv, Discover, metadata and any number of media servers over HTTPS on
// 127.0.0.1. Shares no code with the product, so that it cannot share a misunderstanding with it. All calls are
// thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plexsim/faults.hpp"
#include "plexsim/options.hpp"

namespace plexsim {

struct Urls {
  std::string plex_tv{};
  std::string clients{};
  std::string discover{};
  std::string metadata{};
};

// One request as it was received. `token` is what the client sent, in a header or (told by `token_in_query`) in the
// URL.
struct LogEntry {
  std::string host{};  // plex_tv | clients | discover | metadata | server
  int server{-1};
  std::string method{};
  std::string path{};
  std::string query{};
  std::string token{};
  bool token_in_query{false};
  std::string client_id{};
  std::string accept{};
  std::string user_agent{};
  int status{0};  // 0 = no answer was sent
  std::uint64_t bytes{0};
  std::string fault{};
};

enum class Feature { history, ratings, progress, watchlist };

// The oracle: what one person did with one item. Only the fields of the asked feature are meaningful.
struct Fact {
  std::string key{};  // ratingKey on that server; on the watchlist the Discover key
  std::string type{};
  std::string library{};
  std::string title{};
  std::string show{};
  std::string guid{};
  std::optional<int> season{};
  std::optional<int> episode{};
  std::vector<std::int64_t> plays{};  // times of play rows, newest first
  int view_count{0};
  std::int64_t last_viewed_at{0};
  double rating{-1};
  std::int64_t rated_at{0};
  std::int64_t offset_ms{0};
  std::int64_t duration_ms{0};
};

struct NewItem {
  std::string type{"movie"};  // movie | show | episode
  std::string title{};
  int year{2020};
  std::uint32_t number{0};         // the title's number: gives guid and external ids
  std::string show{};              // episode: ratingKey of its show
  int season{1};                   // episode
  int episode{1};                  // episode
  std::string guid{};              // "" = plex:// of the number
  std::vector<std::string> ids{};  // Guid[]; empty = imdb, tmdb, tvdb of the number; {"-"} = none
  std::int64_t duration_ms{6000000};
};

struct RecordedFile {
  std::string file{};
  std::string library{};  // "" = skipped
  std::string title{};
  std::string why{};  // why it was skipped
  int rows{0};
  int movies{0};
  int shows{0};
  int seasons{0};
  int episodes{0};
};

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
  void watchlist_add(const std::string& user, const std::string& discover_key);
  void watchlist_remove(const std::string& user, const std::string& discover_key);
  void set_playing(const std::string& user, const std::string& key, std::int64_t ms,
                   int server = 0);          // a session; ms < 0 ends it
  void advance_clock(std::int64_t seconds);  // the simulated servers' clocks against the real one

  // the oracle
  std::vector<Fact> facts(const std::string& user, Feature feature, int server = 0) const;
  std::vector<std::string> keys(const std::string& library, const std::string& type,
                                int server = 0) const;  // in listing order

  // faults and what was asked
  int add_fault(FaultRule rule);
  void clear_faults();
  std::vector<LogEntry> requests() const;
  void clear_requests();
  int peak_in_flight(const std::string& host, int server = -1) const;
  std::string start_control();  // opens the plain-http control listener, returns its address
  bool wait_for_stop(int ms);   // true once /sim/stop was called

private:
  std::unique_ptr<Universe> universe_;
};

}  // namespace plexsim
