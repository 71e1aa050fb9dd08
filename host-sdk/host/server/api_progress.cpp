#include <mutex>

#include "config/values.hpp"
#include "server/api.hpp"
#include "service/progress.hpp"
#include "time.hpp"

namespace crosswatch::host::server {
namespace {

using json::object;
using json::Value;

constexpr std::size_t most_a_page = 200;

// What was read last, so that paging and searching ask no provider. [any]
class LastProgress {
public:
  explicit LastProgress(Workspace& ws) : ws_(ws) {}

  Value page(const Call& c) {
    const std::shared_ptr<const Reading> reading = current(c.query("fresh") == "1");
    const ProgressList& list = reading->list;
    const std::size_t offset = c.number("offset", 0);
    const std::size_t limit = std::min(c.number("limit", most_a_page), most_a_page);
    const std::string wanted = lower_case(c.query("q"));
    const bool differing = c.query("differs") == "1";
    Value titles = json::array();
    std::size_t matching = 0;
    for (const ResumeTitle& t : list.titles) {
      if (differing && !t.differs) continue;
      if (!wanted.empty() &&
          lower_case(t.item.series_title + "\n" + t.item.title + "\n" + t.key).find(wanted) == std::string::npos)
        continue;
      if (matching >= offset && matching < offset + limit) titles.push_back(title_json(t));
      ++matching;
    }
    Value profiles = json::array();
    for (const ProfileRef& ref : list.profiles) profiles.push_back(to_string(ref));
    Value problems = json::array();
    for (const auto& [ref, e] : list.problems)
      problems.push_back(object(
          {{"profile", to_string(ref)}, {"code", e.code}, {"message", std::string(e.what())}, {"remedy", e.remedy}}));
    return object({{"read_at", iso(reading->at)},
                   {"profiles", std::move(profiles)},
                   {"problems", std::move(problems)},
                   {"total", static_cast<std::int64_t>(list.titles.size())},
                   {"matching", static_cast<std::int64_t>(matching)},
                   {"offset", static_cast<std::int64_t>(offset)},
                   {"titles", std::move(titles)}});
  }

  Value change(const Call& c) {
    ProgressChange wanted;
    wanted.key = c.text("key");
    wanted.clear = c.flag("clear");
    wanted.replay = c.flag("replay");
    if (const Value* const ms = c.body.find("position_ms")) wanted.position_ms = *ms->as<std::int64_t>();
    if (wanted.clear == wanted.position_ms.has_value())
      throw Error(CW_CONFIG, code_usage, "Either a position is to be stored, or \"clear\" is true.");
    for (const Value& p : *c.body.find("points")->as<Value::Array>()) {
      const ProfileRef ref = parse_profile_ref(*p.find("profile")->as<std::string>());
      wanted.at.push_back(ref);
      if (const Value* const seen = p.find("progress_ms"); seen && !seen->is_null())
        wanted.seen[to_string(ref)] = *seen->as<std::int64_t>();
    }
    Value outcomes = json::array();
    for (const ProgressOutcome& o : change_progress(ws_, current(false)->list, wanted))
      outcomes.push_back(outcome_json(o));
    return object({{"outcomes", std::move(outcomes)}});
  }

private:
  struct Reading {
    ProgressList list{};
    std::int64_t at = 0;
  };
  std::shared_ptr<const Reading> current(bool fresh) {
    const std::lock_guard lock(mutex_);  // also: two pages do not read at the same time
    if (fresh || !last_) last_ = std::make_shared<const Reading>(Reading{read_progress(ws_), system_clock()() / 1000});
    return last_;
  }

  Workspace& ws_;
  std::mutex mutex_{};
  std::shared_ptr<const Reading> last_{};
};

}  // namespace

void add_progress_routes(Router& router, Parts& parts) {
  const auto last = std::make_shared<LastProgress>(parts.ws);
  router.add({"GET",
              "/api/progress",
              "What is unfinished in which profile; as it was read last, or anew with fresh=1",
              {},
              "Progress",
              {"fresh", "offset", "limit", "q", "differs"},
              [last](const Call& c) { return last->page(c); }});
  router.add({"POST",
              "/api/progress",
              "Stores or clears the position of one title",
              "ProgressChange",
              "ProgressOutcomes",
              {},
              [last](const Call& c) { return last->change(c); }});
}

}  // namespace crosswatch::host::server
