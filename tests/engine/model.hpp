// A provider in memory: one account on one server, with scripted weaknesses. Across the real boundary, so that the
// engine is tested with the same calls as with a plugin.
#pragma once

#include <crosswatch/provider.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plugin/session.hpp"

namespace crosswatch::test {

struct Title {
  Fact item{};  // ids, place, names; its ref changes when the file comes back
  bool exists = true;
  int library = 0;
};

struct Stored {
  cw_value value = no_value;
  std::vector<std::int64_t> plays{};  // newest first
};
using FactMap = std::map<std::size_t, Stored>;  // by title

enum class Fault {
  none,
  error,       // refused before anything happened
  auth,        // the login is not valid any more
  incomplete,  // snapshot: half of it, and says so
  short_list,  // snapshot: half of it, and says it is complete
  empty_list,  // snapshot: nothing, and says it is complete
  repeated,    // snapshot: one item twice in place of another
  cut_before,  // apply: an error half way, the second half was not done
  cut_after,   // apply: everything was done, the answer got lost
  lost,        // apply: says applied, did nothing
  transient,   // apply: every outcome is "try again"
  in_doubt,    // apply: done, but not read back
  rejected,    // apply: every outcome is a refusal
  throttled,   // refused for now, with a time to wait
  doubled,     // apply: everything was done twice
  denied       // lookup: says that it has none of these titles
};

class Model {
public:
  explicit Model(std::string name_);
  ~Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  std::string name;
  std::string identity;
  std::string scope{"all"};
  // What it can do.
  std::uint32_t can = CW_READ | CW_ADD | CW_UPDATE | CW_REMOVE | CW_BACKDATE | CW_EVENTS;
  std::uint32_t kinds = bit(Kind::movie) | bit(Kind::show) | bit(Kind::season) | bit(Kind::episode);
  std::uint32_t rating_step = 1;
  bool keeps_titles = true;  // stores what it is given, as a tracker does; else it knows only its own titles
  bool keeps_names = false;  // an item without ids is one by its name, or its ref; else nothing at all
  bool keeps_time = true;    // values carry a time at all
  bool can_look_up = true;
  bool names_states = true;  // says under which name it lists what, and sends nothing when that is what is asked for
  std::int64_t lag_s = 0;    // listings show what was there so long ago
  std::uint32_t page = 7;
  std::uint32_t order = 0;  // of listings: another number, another order
  std::uint32_t health = CW_READY;
  bool narrow = false;                    // only library 0 takes part
  bool revoked = false;                   // the login is not valid any more, whatever is called
  std::function<void(Report&)> status{};  // what it tells of itself; empty: it needs no login, and tells nothing

  std::vector<Title> titles{};
  std::size_t add_title(Fact item);
  void remove_file(std::size_t title);  // the title leaves with its facts out of sight
  void return_file(std::size_t title, bool with_facts);

  // What the user does there.
  void set(Feature f, std::size_t title, cw_value v);
  void play(std::size_t title, std::int64_t at);
  void clear(Feature f, std::size_t title);
  const FactMap& facts(Feature f) const { return now_[static_cast<std::size_t>(f)]; }
  bool has(Feature f, std::size_t title) const { return facts(f).count(title) != 0; }
  std::int64_t rounded(std::int64_t rating) const;
  // Of the libraries that its own settings and the last call allow.
  bool takes_part(std::size_t title) const;

  // Taken one by one by the calls of their kind.
  std::deque<Fault> check_faults{}, snapshot_faults{}, apply_faults{}, lookup_faults{};

  // What happened.
  std::uint64_t snapshots = 0, batches = 0, lookups = 0, writes = 0;
  std::vector<std::string> log{};
  std::uint32_t allowed = 0;  // by the scope of the last apply

  // The world's clock (epoch seconds), and its power switch: `step` is called at every effect and returns false when
  // the process is dead.
  std::function<std::int64_t()> now = [] { return std::int64_t{0}; };
  std::function<bool()> step = [] { return true; };

  // The provider's side.
  void choose(const Scope& scope);
  Health check();
  cw_capability capability(Feature f) const;
  SnapshotEnd snapshot(Feature f, std::string_view since, FactSink& sink);
  void apply(Feature f, Ops ops, Outcomes out);
  void lookup(Feature f, Items items, Answers out);
  void guess(Feature f, Items items, Answers out);

  static Model& named(const std::string& name);

private:
  enum class Match { one, none, several };
  Match find(const cw_fact& item, std::vector<std::size_t>& copies);
  void apply_one(Feature f, const cw_op& op, cw_outcome& out, bool pretend);
  void changed(Feature f);
  const FactMap& visible(Feature f) const;
  Fact fact(Feature f, std::size_t title, const Stored& stored) const;
  std::string state_of(const std::vector<Fact>& facts) const;
  Fault begin(std::deque<Fault>& faults) const;
  void require_power() const;
  static Fault take(std::deque<Fault>& faults);

  using State = std::array<FactMap, CW_FEATURE_COUNT>;
  State now_{};
  std::vector<int> chosen_{};  // libraries of the pair; empty: all
  std::array<std::deque<std::pair<std::int64_t, FactMap>>, CW_FEATURE_COUNT> past_{};  // for the lag: until when
  std::uint64_t next_ref_ = 1;
};

// A session on the model, as the host would open it.
std::shared_ptr<host::Session> open_model(const std::string& name);

// Short forms for tests.
Fact movie(const std::string& title, std::vector<Token> ids);
Fact episode(const std::string& show, std::int32_t season, std::int32_t number, std::vector<Token> ids,
             std::vector<Token> show_ids);
cw_value rated(std::int32_t tenths, std::int64_t at = time_unknown);
cw_value watched(std::int64_t at = time_unknown, std::uint32_t plays = 1);
cw_value stopped(std::int64_t ms, std::int64_t of_ms, std::int64_t at = time_unknown);
cw_value listed(std::int64_t at = time_unknown);

}  // namespace crosswatch::test
