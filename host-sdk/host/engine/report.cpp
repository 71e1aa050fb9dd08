#include "engine/report.hpp"

#include "engine/merge.hpp"

namespace crosswatch::host::engine {

std::string_view name_of(Side s) noexcept {
  return s == Side::source ? "source" : "target";
}

std::string_view name_of(OpType t) noexcept {
  switch (t) {
    case OpType::add:
      return "add";
    case OpType::update:
      return "update";
    case OpType::remove:
      return "remove";
  }
  return "";
}

std::string_view name_of(Status s) noexcept {
  switch (s) {
    case Status::nothing_to_do:
      return "nothing_to_do";
    case Status::planned:
      return "planned";
    case Status::ok:
      return "ok";
    case Status::skipped:
      return "skipped";
    case Status::degraded:
      return "degraded";
    case Status::held:
      return "held";
    case Status::blocked:
      return "blocked";
    case Status::failed:
      return "failed";
    case Status::cancelled:
      return "cancelled";
  }
  return "";
}

std::string_view name_of(Result r) noexcept {
  switch (r) {
    case Result::planned:
      return "planned";
    case Result::applied:
      return "applied";
    case Result::already:
      return "already";
    case Result::skipped:
      return "skipped";
    case Result::held:
      return "held";
    case Result::parked:
      return "parked";
    case Result::conflict:
      return "conflict";
    case Result::failed:
      return "failed";
  }
  return "";
}

std::string_view name_of(Reason r) noexcept {
  switch (r) {
    case Reason::none:
      return "";
    case Reason::only_here:
      return "new";
    case Reason::changed:
      return "changed";
    case Reason::changed_again:
      return "changed_after_removal";
    case Reason::enforced:
      return "follows_source";
    case Reason::gone:
      return "removed";
    case Reason::mirror:
      return "not_on_source";
    case Reason::not_sticking:
      return "not_sticking";
    case Reason::removal_lost:
      return "removal_not_sticking";
    case Reason::retry:
      return "retry";
    case Reason::conflict_newest:
      return "conflict_newest_wins";
    case Reason::conflict_source:
      return "conflict_source_wins";
    case Reason::conflict_target:
      return "conflict_target_wins";
    case Reason::conflict_open:
      return "conflict_unresolved";
    case Reason::cannot_add:
      return "cannot_add";
    case Reason::cannot_update:
      return "cannot_update";
    case Reason::cannot_remove:
      return "cannot_remove";
    case Reason::kind_unsupported:
      return "kind_unsupported";
  }
  return "";
}

Totals& Totals::operator+=(const Totals& o) noexcept {
  added += o.added;
  updated += o.updated;
  removed += o.removed;
  skipped += o.skipped;
  held += o.held;
  parked += o.parked;
  conflicts += o.conflicts;
  failed += o.failed;
  return *this;
}

void LaneReport::fail(const Error& e) {
  code = e.code;
  message = e.what();
  remedy = e.remedy;
  exit = exit_code(e);
  status = e.status == CW_CANCELLED ? Status::cancelled : Status::failed;
}

void LaneReport::note(std::string why, std::string what, std::string then) {
  if (!code.empty()) return;
  code = std::move(why);
  message = std::move(what);
  remedy = std::move(then);
}

void LaneReport::conclude(bool dry) {
  const std::uint64_t done = totals.added + totals.updated + totals.removed;
  if (status == Status::nothing_to_do) {
    if (totals.failed != 0 && done == 0)
      status = Status::failed;
    else if (totals.held != 0)
      status = Status::held;
    else if (totals.failed != 0 || degraded)
      status = Status::degraded;
    else if (done != 0)
      status = Status::ok;
    else if (dry && planned.added + planned.updated + planned.removed != 0)
      status = Status::planned;
  }
  if (totals.failed != 0)
    note("operations_failed",
         std::to_string(totals.failed) + (totals.failed == 1 ? " operation" : " operations") + " failed.",
         "crosswatch runs show RUN lists them.");
  if (totals.failed != 0 || degraded) exit = worst(exit, ExitCode::failed);
  if (totals.held != 0 || status == Status::blocked) exit = worst(exit, ExitCode::held);
}

Fact fact_of(const Item& item) {
  Fact f;
  f.kind = item.kind;
  f.year = item.year;
  f.season = item.season;
  f.episode = item.episode;
  f.title = item.title;
  f.series_title = item.series_title;
  f.ids = item.ids;
  f.show_ids = item.show_ids;
  return f;
}

Item item_of(Feature feature, const Fact& f) {
  Item item;
  item.feature = feature;
  item.kind = f.kind;
  item.year = f.year;
  item.season = f.season;
  item.episode = f.episode;
  item.title = f.title;
  item.series_title = f.series_title;
  item.ids = f.ids;
  item.show_ids = f.show_ids;
  item.after = f.value;
  return item;
}

}  // namespace crosswatch::host::engine
