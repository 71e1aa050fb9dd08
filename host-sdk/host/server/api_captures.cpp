#include <map>

#include "server/api.hpp"
#include "service/captures.hpp"
#include "service/report_json.hpp"
#include "time.hpp"

namespace crosswatch::host::server {
namespace {

using json::object;
using json::Value;

Value list(Workspace& ws) {
  Value out = json::array();
  for (const CaptureHead& head : Captures(ws.at.state).list()) out.push_back(capture_json(head));
  return object({{"captures", std::move(out)}});
}

Value take(Parts& parts, const Call& c) {
  const ProfileRef ref{normal_provider(c.text("provider")), c.text("profile")};
  const Feature feature = *feature_named(c.text("feature"));
  static_cast<void>(ProfileView(parts.ws.config.read(), *parts.ws.plugins.manifest(ref.provider), ref.profile));
  RunTask task;
  task.what = "capture";
  task.of = to_string(ref);
  task.carry_out = [&ws = parts.ws, ref, feature](engine::Events& events, const Cancellation& cancel) {
    events.lane_start({}, feature);
    const CaptureHead head = take_capture(ws, ref, feature, cancel, [&](std::uint64_t done, std::uint64_t total) {
      events.snapshot_progress({}, feature, engine::Side::source, done, total);
    });
    return object({{"capture", capture_json(head)}});
  };
  parts.run.start(std::move(task));
  return parts.run.state();
}

std::shared_ptr<Rows> facts_of(Workspace& ws, LastRows& last, const std::string& id) {
  return last.of(id, ws.at.state / "serve", [&](Rows& rows) {
    const Captures captures(ws.at.state);
    const Feature feature = captures.find(id).feature;
    static_cast<void>(captures.read(id, [&](const Fact& f) { rows.add(engine::item_of(feature, f)); }));
    return true;
  });
}

// How many facts, or plays of a history, fall into each month.
Value times(Workspace& ws, const std::string& id) {
  std::map<std::string, std::int64_t> months;
  std::int64_t unknown = 0;
  const auto count = [&](std::int64_t at) {
    if (at == time_unknown)
      ++unknown;
    else
      ++months[iso(at).substr(0, 7)];
  };
  static_cast<void>(Captures(ws.at.state).read(id, [&](const Fact& f) {
    for (const std::int64_t at : f.plays_at) count(at);
    if (f.plays_at.empty()) count(f.value.at);
  }));
  Value list = json::array();
  for (const auto& [month, n] : months) list.push_back(object({{"month", month}, {"count", n}}));
  return object({{"months", std::move(list)}, {"unknown", unknown}});
}

Value differences(Workspace& ws, const CaptureHead& from, const std::string& to, Rows& rows, engine::Events& events,
                  const Cancellation& cancel) {
  std::size_t n[3] = {0, 0, 0};
  events.lane_start({}, from.feature);
  diff_capture(
      ws, from.id, to, cancel,
      [&](Difference d, const Fact& before, const Fact& after) {
        ++n[static_cast<std::size_t>(d)];
        engine::Item item = engine::item_of(from.feature, d == Difference::removed ? before : after);
        item.op = d == Difference::added     ? engine::OpType::add
                  : d == Difference::removed ? engine::OpType::remove
                                             : engine::OpType::update;
        if (d != Difference::added) item.before = before.value;
        if (d == Difference::removed) item.after.reset();
        rows.add(item);
      },
      [&](std::uint64_t done, std::uint64_t total) {
        events.snapshot_progress({}, from.feature, engine::Side::source, done, total);
      });
  Value out = object({{"to", to}});
  for (const Difference d : {Difference::added, Difference::removed, Difference::changed})
    out[name_of(d)] = n[static_cast<std::size_t>(d)];
  return out;
}

Value compare(Parts& parts, const std::shared_ptr<LastRows>& last, const Call& c) {
  const Captures captures(parts.ws.at.state);
  const std::string to = c.text("to");
  if (!to.empty()) static_cast<void>(captures.find(to));  // an unknown one is said at once
  RunTask task;
  task.what = "compare";
  task.of = c.param("id");
  task.carry_out = [&ws = parts.ws, last, from = captures.find(task.of), to](engine::Events& events,
                                                                             const Cancellation& cancel) {
    auto rows = std::make_shared<Rows>(ws.at.state / "serve");
    Value found = differences(ws, from, to, *rows, events, cancel);
    last->keep(from.id, std::move(rows));
    return object({{"comparison", std::move(found)}});
  };
  parts.run.start(std::move(task));
  return parts.run.state();
}

Value restore(Parts& parts, const Call& c) {
  RunTask task;
  task.what = "restore";
  task.of = Captures(parts.ws.at.state).find(c.param("id")).id;
  task.dry = c.flag("dry_run");
  RestoreOptions options;
  options.dry = task.dry;
  options.exact = task.exact = c.flag("exact");
  options.approve = c.text("approve");
  task.carry_out = [&ws = parts.ws, id = task.of, options](engine::Events& events, const Cancellation& cancel) {
    RestoreOptions o = options;
    o.cancel = cancel;
    return outcome(restore_capture(ws, id, events, o));
  };
  parts.run.start(std::move(task));
  return parts.run.state();
}

}  // namespace

void add_capture_routes(Router& router, Parts& parts) {
  Workspace& ws = parts.ws;
  const std::string one = "/api/captures/{id}";
  router.add(
      {"GET", "/api/captures", "Captures, newest first", {}, "Captures", {}, [&ws](const Call&) { return list(ws); }});
  router.add({"POST",
              "/api/captures",
              "Reads a profile and keeps what it says",
              "NewCapture",
              "RunState",
              {},
              [&parts](const Call& c) { return take(parts, c); }});
  router.add({"DELETE", one, "Deletes a capture", {}, "Captures", {}, [&ws](const Call& c) {
                Captures(ws.at.state).remove(c.param("id"));
                return list(ws);
              }});
  router.add({"GET",
              one + "/items",
              "The facts of a capture",
              {},
              "Rows",
              page_query,
              [&ws, last = std::make_shared<LastRows>()](const Call& c) {
                return page_of(*facts_of(ws, *last, c.param("id")), c);
              }});
  router.add({"GET",
              one + "/times",
              "How many facts of a capture fall into each month",
              {},
              "Times",
              {},
              [&ws](const Call& c) { return times(ws, c.param("id")); }});
  const auto compared = std::make_shared<LastRows>();
  router.add({"POST",
              one + "/compare",
              "Compares a capture with another, or with what the profile says now",
              "Comparison",
              "RunState",
              {},
              [&parts, compared](const Call& c) { return compare(parts, compared, c); }});
  router.add({"GET",
              one + "/differences",
              "What the last comparison of this capture found",
              {},
              "Rows",
              page_query,
              [compared](const Call& c) {
                const auto rows = compared->find(c.param("id"));
                if (!rows) throw Error(CW_NOT_FOUND, "no_comparison", "This capture was not compared just now.");
                return page_of(*rows, c);
              }});
  router.add({"POST",
              one + "/restore",
              "Makes the profile say again what the capture says",
              "Restore",
              "RunState",
              {},
              [&parts](const Call& c) { return restore(parts, c); }});
}

}  // namespace crosswatch::host::server
