#include "tracker.hpp"

#include <algorithm>
#include <vector>

#include "errors.hpp"
#include "facts.hpp"
#include "identity.hpp"
#include "snapshot.hpp"

namespace crosswatch::tracker {
namespace {

// A transaction has so many operations: large enough for speed, small enough to be cancelled soon.
constexpr std::size_t chunk_size = 2000;

void refuse_libraries(const Scope& scope) {
  if (!scope.libraries.empty())
    throw Error(CW_CONFIG, "no_libraries", "The tracker has no libraries, so it cannot be limited to some.",
                "Remove its entry from the \"libraries\" of the pair.");
}

}  // namespace

Tracker::Tracker(Host host) : host_(host), setting_(host.config("path", "tracker.sqlite")) {}

template <class F>
auto Tracker::with_file(const Call& call, F&& body) {
  if (file_.empty())
    file_ = std::filesystem::path(setting_).is_absolute() ? std::filesystem::path(setting_)
                                                          : host_.data_dir() / std::filesystem::path(setting_);
  try {
    if (database_ && !database_->current()) database_.reset();
    if (!database_) database_.emplace(file_, call);
    return body(*database_);
  } catch (const SQLite::Exception& e) {
    throw to_error(e, file_);
  } catch (const std::filesystem::filesystem_error& e) {
    throw Error(CW_STORAGE, "file_not_accessible", std::string("Cannot reach the tracker's file: ") + e.what() + ".",
                "Check who owns the file and its folder.");
  }
}

cw_capability Tracker::capability(Feature feature) const noexcept {
  return tracker::capability(feature);
}

Health Tracker::check(Call& call, std::uint32_t) {
  return with_file(call, [](Database& database) {
    Health health;
    health.identity = "tracker:" + database.id();
    return health;
  });
}

SnapshotEnd Tracker::snapshot(Call& call, Feature feature, const Scope& scope, FactSink& sink) {
  refuse_libraries(scope);
  return with_file(call, [&](Database& database) { return read_all(database, call, feature, scope.since, sink); });
}

void Tracker::apply(Call& call, Feature feature, const Scope& scope, Ops ops, Outcomes outcomes) {
  refuse_libraries(scope);
  with_file(call, [&](Database& database) {
    Identity identity(database);
    Facts facts(database, feature);
    std::vector<Outcome> done;
    for (std::size_t first = 0; first < ops.size(); first += chunk_size) {
      const std::size_t end = std::min(ops.size(), first + chunk_size);
      done.clear();
      database.write(call, [&] {
        identity.forget();
        const int before = database.sql().getTotalChanges();
        for (std::size_t i = first; i < end; ++i)
          done.push_back(facts.apply(identity, ops[i].type, to_fact(*ops[i].fact), ops[i].expect));
        if (database.sql().getTotalChanges() != before)
          database.facts_changed(identity.learned() ? std::nullopt : std::optional(feature));
        facts.settle_tally();
      });
      for (std::size_t i = first; i < end; ++i) {  // only now: what is not committed did not happen
        const Outcome& o = done[i - first];
        settle(outcomes[i], o.result, o.reason);
        outcomes[i].value = o.value;
        if (o.item) copy_text(outcomes[i].ref, identity.ref(*o.item));
      }
      call.progress(end, ops.size());
    }
  });
}

void Tracker::lookup(Call& call, Feature feature, const Scope& scope, Items items, Answers answers) {
  refuse_libraries(scope);
  with_file(call, [&](Database& database) {
    Identity identity(database);
    Facts facts(database, feature);
    database.read(call, [&] {
      for (std::size_t i = 0; i < items.size(); ++i) {
        cw_answer& answer = answers[i];
        const Match match = identity.find(to_fact(items[i]));
        answer.state = match.state == Match::none ? CW_NO_TITLE : CW_AMBIGUOUS_TITLE;
        if (match.state != Match::one) continue;
        const auto value = facts.value_of(match.id);
        answer.state = value ? CW_PRESENT : CW_NO_FACT;
        answer.value = value.value_or(no_value);
        copy_text(answer.ref, identity.ref(match.id));
      }
    });
  });
}

}  // namespace crosswatch::tracker
