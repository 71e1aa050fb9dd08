#include "feature/writing.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <set>
#include <thread>

#include "http/trouble.hpp"
#include "wire/tree.hpp"

namespace crosswatch::plex::feature {
namespace {

constexpr std::size_t batch = 100;
constexpr std::size_t most_at_once = 4;
constexpr std::uint32_t lag_ms = 1000;  // after which a write must show

// An operation on one copy of its item.
struct Job {
  std::size_t op = 0;
  Target target{};
  cw_outcome out{};
  std::optional<Change> change{};
  unsigned sent = 0;
  bool repeatable = true;  // the latest change
  // The answer to the latest change.
  int status = 0;  // 0: none came
  std::string said{};
  std::optional<Error> error{};
  std::optional<Stopped> stopped{};
};

class Batch {
public:
  Batch(const Call& call, const Source& source, Finder& finder, WriteRule& rule, Reach reach, Ops ops,
        Outcomes outcomes)
      : call_(call), source_(source), finder_(finder), rule_(rule), reach_(reach), ops_(ops), outcomes_(outcomes) {}

  // Returns the operations whose items another operation of the batch has changed: they come later.
  std::vector<std::size_t> run(const std::vector<std::size_t>& which) {
    call_.check();
    std::vector<const cw_fact*> items;
    for (const std::size_t op : which) items.push_back(ops_[op].fact);
    std::vector<Found> found = finder_.find(call_, items, true);
    rule_.prepare(call_);
    std::vector<std::size_t> later;
    std::set<std::string> taken;
    for (std::size_t i = 0; i < which.size(); ++i) {
      auto& copies = found[i].copies;
      if (copies.empty()) {
        settle(outcomes_[which[i]], found[i].result, found[i].reason);
      } else if (std::any_of(copies.begin(), copies.end(), [&](const Target& t) { return taken.count(t.key) > 0; })) {
        later.push_back(which[i]);
      } else {
        for (const Target& t : copies) taken.insert(t.key);
        plan(which[i], std::move(copies));
      }
    }
    work();
    conclude();
    if (stopped_) throw Stopped(*stopped_);
    if (error_) throw Error(*error_);
    return later;
  }

private:
  // One copy gets a new fact, or each that lacks it; every copy that has it loses or changes it. Who saw the plain film
  // has not seen the director's cut.
  void plan(std::size_t op, std::vector<Target> copies) {
    if (reach_.all_copies && ops_[op].type == CW_OP_ADD) {
      bool first = true;
      for (Target& copy : copies) {
        const bool played = copy.present || copy.views != 0;
        if (first || !copy.edition || played || reach_.editions) jobs_.push_back({op, std::move(copy)});
        first = false;
      }
      return;
    }
    const bool any = std::any_of(copies.begin(), copies.end(), [](const Target& t) { return t.present; });
    for (Target& copy : copies) {
      if (any && !copy.present) continue;
      jobs_.push_back({op, std::move(copy)});
      if (!any || ops_[op].type == CW_OP_ADD) break;
    }
  }

  void work() {
    std::vector<Job*> open;
    for (Job& job : jobs_) {
      job.change = rule_.next(ops_[job.op], job.target, 0, job.out);
      if (job.change) open.push_back(&job);
    }
    while (!open.empty() && !ended()) {
      send(open);
      std::erase_if(open, [](const Job* job) { return job->sent == 0; });
      if (!read_back(open)) return;
      if (std::any_of(open.begin(), open.end(), [](const Job* job) { return without_effect(*job); })) {
        std::vector<Job*> slow;
        std::copy_if(open.begin(), open.end(), std::back_inserter(slow),
                     [](const Job* job) { return without_effect(*job); });
        if (!wait() || !read_back(slow)) return;
      }
      for (Job* job : open)
        if (!job->change && job->out.result == CW_NOT_ATTEMPTED) no_effect(*job);
      std::erase_if(open, [](const Job* job) { return !job->change; });
    }
  }

  // One broken connection says nothing about the next. Silence, a server that cannot be reached, or one that wants to
  // be left alone for a while, would be the same for all that follow.
  static bool passing(const Error& e) noexcept {
    return e.status == CW_UNREACHABLE && e.code != "no_answer" && !http::nothing_was_sent(e);
  }
  bool ended() const noexcept { return stopped_ || error_; }
  static bool without_effect(const Job& job) noexcept {
    return !job.change && job.out.result == CW_NOT_ATTEMPTED && job.status >= 200 && job.status < 300;
  }

  void send_one(Job& job) {
    job.status = 0;
    job.said.clear();
    job.error.reset();
    ++job.sent;
    try {
      std::string body;
      const Change& c = *job.change;
      job.status = source_.send(call_, c.method, c.path, c.query, c.repeatable, body).status;
      if (job.status < 200 || job.status >= 300) job.said = wire::error_text(body);
    } catch (const Error& e) {
      job.error = e;
    } catch (const Stopped& s) {
      job.stopped = s;
    }
  }

  void send(const std::vector<Job*>& open) {
    std::atomic<std::size_t> next{0};
    std::atomic<bool> stop{false};
    const auto worker = [&] {
      for (std::size_t i = 0; !stop && (i = next++) < open.size();) {
        send_one(*open[i]);
        const Job& job = *open[i];
        if (job.stopped || job.status == 401 || (job.error && !passing(*job.error))) stop = true;
      }
    };
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < std::min(most_at_once, open.size()); ++i) others.emplace_back(worker);
    worker();
    for (std::thread& t : others) t.join();
    for (const Job* job : open) {
      if (job->stopped && !stopped_) stopped_ = job->stopped;
      if (job->error && !error_ && !passing(*job->error)) error_ = job->error;
      if (job->status == 401 && !error_)
        error_ = Error(CW_AUTH, "token_rejected", source_.name() + " does not accept this user's login any more (401).",
                       "Link again: crosswatch connect plex")
                     .http(401);
    }
  }

  // False: it is not known what became of what was sent.
  bool read_back(const std::vector<Job*>& sent) {
    std::vector<Target*> targets;
    for (Job* job : sent) targets.push_back(&job->target);
    try {
      if (stopped_) throw Stopped(*stopped_);
      finder_.read_again(call_, targets);
    } catch (const Error& e) {
      if (!error_) error_ = e;
      doubt(sent);
      return false;
    } catch (const Stopped& s) {
      stopped_ = s;
      doubt(sent);
      return false;
    }
    std::vector<const Target*> confirmed;
    for (Job* job : sent) {
      job->repeatable = job->change ? job->change->repeatable : job->repeatable;
      job->change.reset();
      if (job->target.gone)
        settle(job->out, CW_NO_ENTITY, "gone: the item vanished meanwhile");
      else
        job->change = rule_.next(ops_[job->op], job->target, job->sent, job->out);
      if (job->out.result == CW_APPLIED) confirmed.push_back(&job->target);
    }
    if (!confirmed.empty()) rule_.done(confirmed);
    return true;
  }

  bool wait() {
    try {
      call_.wait(lag_ms);
      return true;
    } catch (const Stopped& s) {
      stopped_ = s;
      return false;
    }
  }

  static void doubt(const std::vector<Job*>& sent) {
    for (Job* job : sent)
      if (job->out.result == CW_NOT_ATTEMPTED)
        settle(job->out, CW_IN_DOUBT, "not_read_back: it was sent, and what became of it is not known");
  }

  // It was sent, and the item is as it was.
  void no_effect(Job& job) {
    // A server that is slow to answer may still be about to do it.
    if (job.error && job.error->code == "no_answer" && !job.repeatable)
      return settle(job.out, CW_IN_DOUBT, "answer_lost: the server may still be doing it");
    const std::string said = job.said.empty() ? std::string() : " \"" + job.said + '"';
    const std::string status = std::to_string(job.status);
    if (job.status == 0 || job.status >= 500 || job.status == 429 || job.status == 401)
      settle(job.out, CW_TRANSIENT, job.status == 0 ? "answer_lost" : "server_error: " + status + said);
    else if (job.status == 403)
      // What cannot be changed counts as agreed on for good, and permissions come and go: such a change is refused.
      settle(job.out, ops_[job.op].type == CW_OP_UPDATE ? CW_REJECTED : CW_CANNOT,
             "not_allowed: " + source_.name() + " does not let this user do that" + said);
    else if (job.status == 404)
      settle(job.out, CW_NO_ENTITY, "gone: the item is not there any more");
    else if (job.status < 300)
      settle(job.out, CW_REJECTED, "no_effect: it was accepted, and nothing changed");
    else
      settle(job.out, CW_REJECTED, "refused: " + status + said);
  }

  // The outcome of an operation is that of its copies: a failure if one failed, else applied if one was.
  void conclude() {
    const auto rank = [](const cw_outcome& o) {
      switch (o.result) {
        case CW_ALREADY:
        case CW_ABSENT:
          return 0;
        case CW_APPLIED:
          return 1;
        case CW_NOT_ATTEMPTED:
          return 3;
        default:
          return 2;
      }
    };
    std::set<std::size_t> told;
    for (const Job& job : jobs_) {
      cw_outcome& out = outcomes_[job.op];
      if (!told.insert(job.op).second && rank(job.out) <= rank(out)) continue;
      out.result = job.out.result;
      out.retry_after_ms = job.error ? job.error->retry_after_ms : 0;
      copy_text(out.reason, job.out.reason);
      copy_text(out.ref, finder_.ref_of(job.target));
      out.value = job.target.present ? job.target.value : no_value;
    }
  }

  const Call& call_;
  const Source& source_;
  Finder& finder_;
  WriteRule& rule_;
  Reach reach_;
  Ops ops_;
  Outcomes outcomes_;
  std::vector<Job> jobs_{};
  std::optional<Error> error_{};
  std::optional<Stopped> stopped_{};
};

}  // namespace

void carry_out(const Call& call, const Source& source, Finder& finder, WriteRule& rule, Reach reach, Ops ops,
               Outcomes outcomes) {
  call.check();
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (ops[i].type < CW_OP_ADD || ops[i].type > CW_OP_REMOVE)
      settle(outcomes[i], CW_CANNOT, "operation: of an unknown type");
    else if (ops[i].fact->kind >= 32 || (reach.kinds & 1u << ops[i].fact->kind) == 0)
      settle(outcomes[i], CW_CANNOT, "kind_unsupported: Plex keeps no such fact of this kind of item");
    else
      open.push_back(i);
  }
  while (!open.empty()) {
    const auto end = open.begin() + static_cast<std::ptrdiff_t>(std::min(batch, open.size()));
    const std::vector<std::size_t> now(open.begin(), end);
    open.erase(open.begin(), end);
    const auto later = Batch(call, source, finder, rule, reach, ops, outcomes).run(now);
    open.insert(open.begin(), later.begin(), later.end());
    call.progress(ops.size() - open.size(), ops.size());
  }
}

}  // namespace crosswatch::plex::feature
