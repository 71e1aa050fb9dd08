#include "engine/apply.hpp"

#include <algorithm>
#include <crosswatch/batch.hpp>

#include "engine/guess.hpp"
#include "engine/question.hpp"
#include "state/records.hpp"

namespace crosswatch::host::engine {
namespace {

constexpr std::size_t rows_per_transaction = 2000;
constexpr std::uint32_t longest_wait_ms = 120'000;

bool worth_retrying(cw_status s) noexcept {
  return s == CW_UNREACHABLE || s == CW_THROTTLED;
}

bool unsettled(std::uint32_t result) noexcept {
  return result == CW_TRANSIENT || result == CW_NOT_ATTEMPTED;
}

}  // namespace

Applier::Applier(RunContext& ctx, LaneReport& report, const Scene& scene, const Plan& plan, LaneRow& lane,
                 std::array<Port, 2>& ports)
    : ctx_(ctx),
      report_(report),
      scene_(scene),
      plan_(plan),
      lane_(lane),
      ports_(ports),
      to_come_(scene.groups().size()) {
  for (const Row& row : scene.base().rows) next_id_ = std::max(next_id_, row.id + 1);
}

void Applier::run() {
  std::vector<const PlannedOp*> todo;
  for (const PlannedOp& op : plan_.ops) {
    if (op.hold != Hold::none || op.dropped || op.title_gone) continue;
    todo.push_back(&op);
    ++to_come_[op.group];
  }
  store_rows();
  store_gone_titles();

  const auto chunk_size = static_cast<std::size_t>(std::clamp<std::int64_t>(ctx_.runtime.chunk, 1, 100));
  std::vector<Pending> done;
  for (std::size_t i = 0; i < todo.size();) {
    std::vector<Pending> chunk;
    while (i < todo.size() && chunk.size() < chunk_size &&
           (chunk.empty() || (todo[i]->side == chunk[0].op->side && todo[i]->type == chunk[0].op->type)))
      chunk.push_back(prepare(*todo[i++]));
    if (!stop_ && ctx_.cancelled()) stop_ = Error(CW_CANCELLED, "cancelled", "The run was cancelled.");
    if (!stop_) last_look(chunk);
    // What was reached so far and what comes next become durable together: one transaction a batch.
    ctx_.state.write([&](SQLite::Database& db) {
      record(db, done);
      if (!stop_) announce(db, chunk);
      record_so_far(db, ctx_, report_);
    });
    if (!stop_) attempt(chunk);
    for (Pending& p : chunk) settle(p);
    done = std::move(chunk);
    ctx_.events.apply_progress(report_.pair, report_.feature, i, todo.size());
  }
  if (!done.empty())
    ctx_.state.write([&](SQLite::Database& db) {
      record(db, done);
      record_so_far(db, ctx_, report_);
    });
  if (stop_) throw Error(*stop_);
}

void Applier::forget_held() {
  ctx_.state.write([&](SQLite::Database& db) {
    BaseWriter writer(db, lane_.id);
    ItemWriter items(db);
    for (const PlannedOp& op : plan_.ops) {
      if (op.hold == Hold::none || op.dropped || op.title_gone) continue;
      const Group& g = scene_.groups()[op.group];
      if (op.hold == Hold::title_guess) {
        park_for_good(writer, op, "not_meant: it is not " + guess_of(plan_, op)->found);
      } else {
        for (const std::int64_t id : scene_.row_ids(g)) writer.drop(id);
        lane_.rows -= g.rows;
      }
      Item item = make_item(report_.pair, report_.feature, op, scene_.compose(g, op.side));
      item.result = Result::skipped;
      item.reason = "discarded";
      items.put(ctx_.run, ctx_.items++, item);
      if (ctx_.events.wants_items()) ctx_.events.item(item);
      ++report_.totals.skipped;
    }
    save_lane(db, report_.pair, report_.feature, lane_);
  });
}

// What was found by title was looked at, and is another item: it is asked again only when the user says so.
void Applier::park_for_good(BaseWriter& writer, const PlannedOp& op, const std::string& note) {
  Pending p = prepare(op);
  p.row.at(op.side) = {{}, never, SideState::parked};
  if (p.new_row) ++lane_.rows;
  writer.put(p.row, scene_.row_text(scene_.groups()[op.group]), note, ctx_.now());
}

void Applier::store_rows() {
  for (std::size_t from = 0; from < plan_.rows.size(); from += rows_per_transaction) {
    const std::size_t end = std::min(from + rows_per_transaction, plan_.rows.size());
    ctx_.state.write([&](SQLite::Database& db) {
      BaseWriter writer(db, lane_.id);
      for (std::size_t i = from; i < end; ++i) store_row(writer, plan_.rows[i]);
      save_lane(db, report_.pair, report_.feature, lane_);
    });
  }
}

void Applier::store_row(BaseWriter& writer, std::uint32_t group) {
  const Group& g = scene_.groups()[group];
  const Row* old = scene_.row(g);
  const Decision d = scene_.decide(g);
  if (g.rows > 1 || d.row == Decision::RowChange::drop) {
    for (const std::int64_t id : scene_.row_ids(g)) writer.drop(id);
    lane_.rows -= g.rows;
    old = nullptr;
  }
  if (d.row == Decision::RowChange::drop || (!old && d.row == Decision::RowChange::keep)) return;
  Row row = old ? *old : Row{};
  if (!old) {
    row.id = next_id_++;
    ++lane_.rows;
  }
  row.side = d.side;
  row.tries = d.tries;
  const std::string note(name_of(d.note));
  if (!old || scene_.learned(g))
    writer.put(row, scene_.row_text(g), note, ctx_.now());
  else
    writer.change(row, note, ctx_.now());
  for (const Side s : {Side::source, Side::target})
    if (scene_.answered(g, s, row)) writer.close(row.id, s);
  remember(group, row);
}

// The fact is not gone, only its title: the row remembers that, and nothing is removed on the other side.
void Applier::store_gone_titles() {
  std::vector<const PlannedOp*> gone;
  for (const PlannedOp& op : plan_.ops)
    if (op.title_gone) gone.push_back(&op);
  if (gone.empty()) return;
  ctx_.state.write([&](SQLite::Database& db) {
    BaseWriter writer(db, lane_.id);
    for (const PlannedOp* op : gone) {
      bool is_new = false;
      Row row = current_row(op->group, is_new);
      if (is_new) continue;  // a mirror remove: there was no fact to lose
      RowSide& side = row.at(other(op->side));
      side.state = op->title_anew ? SideState::parked : SideState::left;
      side.when = ctx_.now() + (op->title_anew ? 0 : pause_s(row.tries));
      if (row.tries < max_tries) ++row.tries;
      writer.change(row, "title_gone", ctx_.now());
      remember(op->group, row);
    }
  });
}

void Applier::remember(std::uint32_t group, const Row& row) {
  if (to_come_[group] > 0) live_[group] = row;
}

Row Applier::current_row(std::uint32_t group, bool& is_new) {
  if (const auto it = live_.find(group); it != live_.end()) return it->second;
  if (const Row* row = scene_.row(scene_.groups()[group])) return *row;
  is_new = true;
  return {};
}

Applier::Pending Applier::prepare(const PlannedOp& op) {
  const Group& g = scene_.groups()[op.group];
  Pending p;
  p.op = &op;
  p.row = current_row(op.group, p.new_row);
  const Seen there = scene_.seen(g, other(op.side));
  if (p.new_row) {
    // Only one side is remembered until the other one has followed: the next run sees what is still to be done.
    p.row.id = next_id_++;
    const Side known = op.type == OpType::add ? other(op.side) : op.side;
    p.row.at(known) = {scene_.seen(g, known).value, 0, SideState::sighted};
    remember(op.group, p.row);
  }
  p.fact = scene_.compose(g, op.side);
  p.fact.value = to_raw(report_.feature, op.type == OpType::remove ? op.before : op.value);
  if (report_.feature == Feature::history && op.type != OpType::remove) {
    p.fact.plays_at = scene_.plays(g);
    if (!scene_.rules().rewatches && p.fact.plays_at.size() > 1) p.fact.plays_at.resize(1);
    p.fact.value.plays = std::max(p.fact.value.plays, static_cast<std::uint32_t>(p.fact.plays_at.size()));
  }
  p.intent = {op.side, op.type, false, ctx_.now(), op.value, op.before, there.value};
  p.outcome.struct_size = sizeof p.outcome;
  p.outcome.value = no_value;
  if (const Guess* guess = guess_of(plan_, op)) {
    p.fact.ref = guess->ref;
    copy_text(p.outcome.ref, guess->ref);
    // Nothing is sent: nobody knows which one is meant, or it has the fact, and is known as this item from now on.
    if (guess->ref.empty())
      p.outcome.result = CW_AMBIGUOUS;
    else if (guess->present)
      p.outcome.result = CW_ALREADY;
  }
  return p;
}

// Between the listing and now the user may have changed what is about to be overwritten or removed.
void Applier::last_look(std::vector<Pending>& chunk) {
  if (chunk[0].op->type == OpType::add) return;
  std::vector<Fact> items;
  for (const Pending& p : chunk) items.push_back(p.fact);
  try {
    const auto answers = ask(ctx_, ports_[static_cast<std::size_t>(chunk[0].op->side)], report_.feature, items);
    if (!answers) return;  // the provider compares with what is expected, or nobody does
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      const cw_answer& a = (*answers)[i];
      Value now;
      const std::int64_t delta = scene_.rules().progress.delta_ms;
      // Of a single item a provider may know fewer plays than its listing told.
      const bool moved =
          a.state == CW_PRESENT && to_value(report_.feature, a.value, now) &&
          (changed(report_.feature, chunk[i].op->before, now, delta) ||
           (report_.feature != Feature::history && changed(report_.feature, now, chunk[i].op->before, delta)));
      if (moved || (a.state == CW_NO_FACT && chunk[i].op->type == OpType::update)) {
        chunk[i].outcome.result = CW_STALE;
        copy_text(chunk[i].outcome.reason, "changed_meanwhile");
      } else if (a.state == CW_NO_FACT) {
        chunk[i].outcome.result = CW_ABSENT;
      }
    }
  } catch (const Error& e) {
    stop_ = e;
  }
}

void Applier::announce(SQLite::Database& db, std::vector<Pending>& chunk) {
  BaseWriter writer(db, lane_.id);
  for (Pending& p : chunk) {
    p.announced = unsettled(p.outcome.result);
    if (p.new_row && (p.announced || p.op->guess != 0)) {
      writer.put(p.row, scene_.row_text(scene_.groups()[p.op->group]), {}, 0);
      ++lane_.rows;
    }
    if (p.announced) writer.intend(p.row.id, p.intent);
  }
  save_lane(db, report_.pair, report_.feature, lane_);
}

void Applier::attempt(std::vector<Pending>& chunk) {
  const Side side = chunk[0].op->side;
  Port& port = ports_[static_cast<std::size_t>(side)];
  std::erase_if(ctx_.cache, [&](const auto& entry) { return std::get<0>(entry.first) == port.name; });
  for (std::int64_t round = 0;; ++round) {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < chunk.size(); ++i)
      if (unsettled(chunk[i].outcome.result)) open.push_back(i);
    if (open.empty()) return;
    OpBatch batch;
    for (const std::size_t i : open) {
      const Pending& p = chunk[i];
      batch.add(static_cast<std::uint32_t>(p.op->type), p.fact,
                p.op->had ? to_raw(report_.feature, p.op->before) : no_value);
    }
    Operation operation = make_operation(ctx_);
    const ApplyResult result = port.session->apply(operation, report_.feature, port.libraries, batch.ops(), port.write);
    std::uint32_t wait_ms = result.error ? result.error->retry_after_ms : 0;
    bool again = false;
    for (std::size_t k = 0; k < open.size(); ++k) {
      chunk[open[k]].outcome = result.outcomes[k];
      again = again || unsettled(result.outcomes[k].result);
      wait_ms = std::max(wait_ms, result.outcomes[k].retry_after_ms);
    }
    if (result.error && !worth_retrying(result.error->status)) {
      stop_ = *result.error;
      return;
    }
    if (!again) return;
    wait_ms = std::max(wait_ms, 1000u << std::min<std::int64_t>(round, 3));
    if (round >= ctx_.runtime.retries || wait_ms > longest_wait_ms) {
      stop_ = result.error;
      return;
    }
    if (operation.call().wait(operation.call().ctx, wait_ms) != CW_OK) return;
  }
}

}  // namespace crosswatch::host::engine
