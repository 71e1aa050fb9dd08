#include "model.hpp"

#include <algorithm>
#include <random>
#include <set>

#include "plugin/linked_session.hpp"

namespace crosswatch::test {
namespace {

std::map<std::string, Model*>& registry() {
  static std::map<std::string, Model*> models;
  return models;
}

std::size_t at(Feature f) {
  return static_cast<std::size_t>(f);
}

class ModelProvider final : public Provider, public SyncAdapter, public AuthProvider {
public:
  explicit ModelProvider(Host host) : model_(Model::named(host.config("model"))) {}
  AuthProvider* auth() noexcept override { return model_.status ? this : nullptr; }
  Challenge begin(Call&) override { return {}; }
  LinkState poll(Call&, std::string_view, Settings&) override { return LinkState::pending; }
  void cancel(Call&, std::string_view) override {}
  void disconnect(Call&, Settings&) override {}
  void status(Call&, Report& report) override { model_.status(report); }

  SyncAdapter* sync() noexcept override { return this; }
  cw_capability capability(Feature f) const noexcept override { return model_.capability(f); }
  Health check(Call&, std::uint32_t) override { return model_.check(); }
  SnapshotEnd snapshot(Call&, Feature f, const Scope& scope, FactSink& sink) override {
    model_.choose(scope);
    return model_.snapshot(f, scope.since, sink);
  }
  void apply(Call&, Feature f, const Scope& scope, Ops ops, Outcomes out) override {
    model_.allowed = scope.write;
    model_.choose(scope);
    model_.apply(f, ops, out);
  }
  void lookup(Call&, Feature f, const Scope& scope, Items items, Answers out) override {
    model_.choose(scope);
    model_.lookup(f, items, out);
    if (scope.write & CW_BY_TITLE) model_.guess(f, items, out);
  }

private:
  Model& model_;
};

bool disjoint(const std::vector<Token>& a, const cw_token* b, std::uint32_t n, bool& contradict) {
  bool shared = false;
  for (const Token& t : a) {
    bool same_scheme = false, equal = false;
    for (std::uint32_t i = 0; i < n; ++i)
      if (view(b[i].scheme) == t.scheme) {
        same_scheme = true;
        equal = equal || view(b[i].value) == t.value;
      }
    shared = shared || equal;
    contradict = contradict || (same_scheme && !equal);
  }
  return !shared;
}

}  // namespace

Model::Model(std::string name_) : name(std::move(name_)), identity(name + "@server") {
  registry()[name] = this;
}
Model::~Model() {
  registry().erase(name);
}
Model& Model::named(const std::string& name) {
  return *registry().at(name);
}

void Model::choose(const Scope& s) {
  chosen_.clear();
  for (const auto& library : s.libraries) chosen_.push_back(std::stoi(std::string(library)));
}

bool Model::takes_part(std::size_t title) const {
  const Title& t = titles[title];
  return t.exists && (!narrow || t.library == 0) &&
         (chosen_.empty() || std::find(chosen_.begin(), chosen_.end(), t.library) != chosen_.end());
}

std::size_t Model::add_title(Fact item) {
  item.ref = name + "/" + std::to_string(next_ref_++);
  titles.push_back({std::move(item), true});
  return titles.size() - 1;
}

void Model::remove_file(std::size_t title) {
  for (const Feature f : all_features) changed(f);
  titles[title].exists = false;
}

void Model::return_file(std::size_t title, bool with_facts) {
  for (const Feature f : all_features) {
    changed(f);
    if (!with_facts) now_[at(f)].erase(title);
  }
  titles[title].exists = true;
  titles[title].item.ref = name + "/" + std::to_string(next_ref_++);
}

// Keeps what was there until now, for listings that lag.
void Model::changed(Feature f) {
  if (lag_s == 0) return;
  FactMap seen;
  for (const auto& [title, stored] : now_[at(f)])
    if (titles[title].exists) seen[title] = stored;
  past_[at(f)].emplace_back(now(), std::move(seen));
}

const FactMap& Model::visible(Feature f) const {
  for (const auto& [until, map] : past_[at(f)])
    if (until > now() - lag_s) return map;
  return now_[at(f)];
}

void Model::set(Feature f, std::size_t title, cw_value v) {
  changed(f);
  Stored s;
  s.value = v;
  if (f == Feature::history && v.at != time_unknown) s.plays = {v.at};
  now_[at(f)][title] = s;
}

void Model::play(std::size_t title, std::int64_t when) {
  changed(Feature::history);
  Stored& s = now_[at(Feature::history)][title];
  s.plays.insert(s.plays.begin(), when);
  std::sort(s.plays.begin(), s.plays.end(), std::greater<>());
  s.value = watched(s.plays.front(), static_cast<std::uint32_t>(s.plays.size()));
}

void Model::clear(Feature f, std::size_t title) {
  changed(f);
  now_[at(f)].erase(title);
}

std::int64_t Model::rounded(std::int64_t rating) const {
  const std::int64_t step = rating_step;
  return std::clamp<std::int64_t>((rating + step / 2) / step * step, 0, 100);
}

Fault Model::take(std::deque<Fault>& faults) {
  if (faults.empty()) return Fault::none;
  const Fault f = faults.front();
  faults.pop_front();
  return f;
}

void Model::require_power() const {
  if (!step()) throw Error(CW_UNREACHABLE, "dead", "The process is dead.");
}

// What every call begins with.
Fault Model::begin(std::deque<Fault>& faults) const {
  require_power();
  const Fault fault = revoked ? Fault::auth : take(faults);
  if (fault == Fault::error) throw Error(CW_UNREACHABLE, "unreachable", name + " does not answer.");
  if (fault == Fault::auth)
    throw Error(CW_AUTH, "login_rejected", name + " rejected the login.", "crosswatch connect " + name);
  return fault;
}

Health Model::check() {
  begin(check_faults);
  Health h;
  h.identity = identity;
  for (FeatureHealth& f : h.features) f = {health, health == CW_READY ? "" : "model_says_so"};
  return h;
}

cw_capability Model::capability(Feature f) const {
  cw_capability c{};
  c.can = can;
  c.kinds = f == Feature::watchlist ? kinds & (bit(Kind::movie) | bit(Kind::show)) : kinds;
  c.rating_step = f == Feature::ratings ? rating_step : 0;
  c.time_precision_s = keeps_time ? 1 : 0;
  return c;
}

Fact Model::fact(Feature f, std::size_t title, const Stored& stored) const {
  Fact out = titles[title].item;
  out.value = stored.value;
  if (!keeps_time) out.value.at = time_unknown;
  if (f == Feature::history && keeps_time) out.plays_at = stored.plays;
  return out;
}

// Told by what is listed, in whatever order.
std::string Model::state_of(const std::vector<Fact>& facts) const {
  std::size_t sum = facts.size();
  for (const Fact& x : facts) {
    std::string text = x.ref + '|' + x.title + '|' + std::to_string(x.value.at) + '|' + std::to_string(x.value.rating) +
                       '|' + std::to_string(x.value.plays) + '|' + std::to_string(x.value.progress_ms);
    for (const std::int64_t at : x.plays_at) text += '|' + std::to_string(at);
    for (const auto* ids : {&x.ids, &x.show_ids})
      for (const Token& t : *ids) text += '|' + t.scheme + ':' + t.value;
    sum += std::hash<std::string>()(text);
  }
  return identity + ' ' + scope + ' ' + std::to_string(sum);
}

SnapshotEnd Model::snapshot(Feature f, std::string_view since, FactSink& sink) {
  ++snapshots;
  const Fault fault = begin(snapshot_faults);
  std::vector<Fact> facts;
  for (const auto& [title, stored] : visible(f))
    if (takes_part(title)) facts.push_back(fact(f, title, stored));
  if (order != 0) std::shuffle(facts.begin(), facts.end(), std::mt19937(order));
  if (fault == Fault::empty_list) facts.clear();
  if (fault == Fault::incomplete || fault == Fault::short_list) facts.resize(facts.size() / 2);
  if (fault == Fault::repeated && facts.size() > 1) facts.back() = facts.front();
  SnapshotEnd end;
  end.complete = fault != Fault::incomplete;
  if (!end.complete) end.reason = "the server stopped answering";
  end.scope = scope;
  for (const int library : chosen_) end.scope += "; library " + std::to_string(library);
  if (names_states && end.complete) end.state = state_of(facts);
  end.unchanged = !end.state.empty() && end.state == since;
  if (end.unchanged) return end;
  std::vector<FactLender> lenders(facts.size());
  std::vector<cw_fact> rows;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    rows.push_back(lenders[i].lend(facts[i]));
    if (rows.size() < page && i + 1 < facts.size()) continue;
    sink.accept(rows);
    rows.clear();
  }
  return end;
}

Model::Match Model::find(const cw_fact& item, std::vector<std::size_t>& copies) {
  // What nobody gave an id is known by its ref here, or by its name where names are kept.
  const auto same_thing = [&](const Fact& t) {
    return t.ids.empty() && (t.ref == view(item.ref) || (keeps_titles && t.title == view(item.title)));
  };
  bool doubt = false;
  for (std::size_t i = 0; i < titles.size(); ++i) {
    const Fact& t = titles[i].item;
    if (!takes_part(i) || static_cast<std::uint32_t>(t.kind) != item.kind) continue;
    if (keeps_names && item.id_count == 0 && same_thing(t)) copies.push_back(i);
    bool contradict = false;
    if (disjoint(t.ids, item.ids, item.id_count, contradict)) continue;
    if (contradict)
      doubt = true;
    else
      copies.push_back(i);
  }
  if (doubt) return Match::several;
  if (!copies.empty()) return Match::one;
  if (item.kind == CW_EPISODE && item.season > 0)
    for (std::size_t i = 0; i < titles.size(); ++i) {
      const Fact& t = titles[i].item;
      bool ignored = false, contradict = false;
      if (!takes_part(i) || t.kind != Kind::episode || t.season != item.season || t.episode != item.episode) continue;
      if (disjoint(t.show_ids, item.show_ids, item.show_id_count, ignored)) continue;
      disjoint(t.ids, item.ids, item.id_count, contradict);
      if (contradict) return Match::several;
      copies.push_back(i);
    }
  if (copies.empty())
    for (std::size_t i = 0; i < titles.size(); ++i) {  // a ref is followed where nothing contradicts
      const Fact& t = titles[i].item;
      bool contradict = false;
      disjoint(t.ids, item.ids, item.id_count, contradict);
      if (takes_part(i) && t.ref == view(item.ref) && static_cast<std::uint32_t>(t.kind) == item.kind && !contradict)
        copies.push_back(i);
    }
  return copies.empty() ? Match::none : Match::one;
}

void Model::apply_one(Feature f, const cw_op& op, cw_outcome& out, bool pretend) {
  std::vector<std::size_t> copies;
  const Match match = find(*op.fact, copies);
  if (match == Match::several) return settle(out, CW_AMBIGUOUS, "ambiguous: several titles fit");
  if (match == Match::none) {
    if (op.type == CW_OP_REMOVE) return settle(out, CW_ABSENT);
    if (!keeps_titles) return settle(out, CW_NO_ENTITY, "not_in_library");
    if (op.fact->id_count == 0 && !keeps_names) return settle(out, CW_CANNOT, "no_ids: nothing to store it by");
    Fact item = to_fact(*op.fact);
    item.value = no_value;
    item.plays_at.clear();
    item.library_id.clear();
    if (pretend) return settle(out, CW_APPLIED);
    copies.push_back(add_title(std::move(item)));
  }
  copy_text(out.ref, titles[copies.front()].item.ref);
  FactMap& map = now_[at(f)];
  if (op.type == CW_OP_REMOVE) {
    const bool any = std::any_of(copies.begin(), copies.end(), [&](std::size_t t) { return map.count(t) != 0; });
    if (!any) return settle(out, CW_ABSENT);
    log.push_back("remove " + titles[copies.front()].item.title);
    ++writes;
    if (!pretend) {
      changed(f);
      for (const std::size_t t : copies) map.erase(t);
    }
    return settle(out, CW_APPLIED);
  }
  Stored s;
  s.value = op.fact->value;
  const std::int64_t stamp = (can & CW_BACKDATE) != 0 ? s.value.at : now();
  s.value.at = keeps_time ? stamp : time_unknown;
  if (f == Feature::ratings) s.value.rating = static_cast<std::int32_t>(rounded(s.value.rating));
  if (f == Feature::history) {
    const auto old = map.find(copies.front());
    std::set<std::int64_t, std::greater<>> times;
    if (old != map.end()) times.insert(old->second.plays.begin(), old->second.plays.end());
    if ((can & CW_BACKDATE) != 0) {
      times.insert(op.fact->plays_at, op.fact->plays_at + op.fact->play_count);
    } else if (old != map.end()) {
      out.value = old->second.value;
      return settle(out, CW_ALREADY);  // its state is checked first
    } else {
      times.insert(now());
    }
    s.plays.assign(times.begin(), times.end());
    s.value.at = s.plays.empty() ? time_unknown : s.plays.front();
    s.value.plays = std::max(s.value.plays, static_cast<std::uint32_t>(s.plays.size()));
    if ((can & CW_BACKDATE) == 0) s.value.plays = 1;
    if (!keeps_time) s.value.at = time_unknown;
  }
  log.push_back((op.type == CW_OP_ADD ? "add " : "update ") + titles[copies.front()].item.title);
  ++writes;
  if (!pretend) {
    changed(f);
    for (const std::size_t t : copies) map[t] = s;
  }
  out.value = s.value;
  settle(out, CW_APPLIED);
}

void Model::apply(Feature f, Ops ops, Outcomes out) {
  ++batches;
  const Fault fault = begin(apply_faults);
  if (fault == Fault::throttled) throw Error(CW_THROTTLED, "throttled", name + " wants a pause.").retry_after(2000);
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (fault == Fault::transient || fault == Fault::rejected) {
      settle(out[i], fault == Fault::transient ? CW_TRANSIENT : CW_REJECTED, "refused");
      continue;
    }
    if (fault == Fault::cut_before && i >= ops.size() / 2)
      throw Error(CW_AUTH, "login_rejected", name + " rejected the login in the middle.");
    apply_one(f, ops[i], out[i], fault == Fault::lost);
    if (cw_outcome again{}; fault == Fault::doubled) apply_one(f, ops[i], again, false);
    if (fault == Fault::in_doubt) settle(out[i], CW_IN_DOUBT, "no_answer");
    if (fault == Fault::cut_after) settle(out[i], CW_NOT_ATTEMPTED);
    require_power();
  }
  if (fault == Fault::cut_after) throw Error(CW_PROTOCOL, "answer_lost", name + " gave no answer.");
}

void Model::lookup(Feature f, Items items, Answers out) {
  ++lookups;
  const Fault fault = begin(lookup_faults);
  if (!can_look_up) throw Error(CW_UNSUPPORTED, "no_lookup", name + " cannot look up.");
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::vector<std::size_t> copies;
    switch (fault == Fault::denied ? Match::none : find(items[i], copies)) {
      case Match::several:
        out[i].state = CW_AMBIGUOUS_TITLE;
        continue;
      case Match::none:
        // Where every title can be listed, a title that is not there is one without the fact.
        out[i].state = keeps_titles && fault != Fault::denied ? CW_NO_FACT : CW_NO_TITLE;
        continue;
      case Match::one:
        break;
    }
    out[i].state = CW_NO_FACT;
    copy_text(out[i].ref, titles[copies.front()].item.ref);
    for (const std::size_t t : copies)
      if (const auto it = facts(f).find(t); it != facts(f).end()) {
        out[i].state = CW_PRESENT;
        out[i].value = fact(f, t, it->second).value;
      }
  }
}

// What was not found, by its title and year.
void Model::guess(Feature f, Items items, Answers out) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::vector<std::size_t> copies;
    if (find(items[i], copies) != Match::none) continue;
    for (std::size_t t = 0; t < titles.size(); ++t) {
      const Fact& item = titles[t].item;
      bool contradict = false;
      disjoint(item.ids, items[i].ids, items[i].id_count, contradict);
      if (takes_part(t) && !contradict && static_cast<std::uint32_t>(item.kind) == items[i].kind &&
          item.title == view(items[i].title) && item.year == items[i].year)
        copies.push_back(t);
    }
    if (copies.empty()) continue;
    const Fact& found = titles[copies.front()].item;
    copy_text(out[i].found, '"' + found.title + "\" " + found.ref);
    copy_text(out[i].ref, found.ref);
    out[i].state = copies.size() > 1 ? CW_AMBIGUOUS_TITLE : has(f, copies.front()) ? CW_PRESENT : CW_NO_FACT;
  }
}

std::shared_ptr<host::Session> open_model(const std::string& name) {
  return host::open_linked<ModelProvider>("model", {{"model", name}});
}

Fact movie(const std::string& title, std::vector<Token> ids) {
  Fact f;
  f.title = title;
  f.ids = std::move(ids);
  return f;
}

Fact episode(const std::string& show, std::int32_t season, std::int32_t number, std::vector<Token> ids,
             std::vector<Token> show_ids) {
  Fact f;
  f.kind = Kind::episode;
  f.series_title = show;
  f.title = show + " " + std::to_string(season) + "x" + std::to_string(number);
  f.season = season;
  f.episode = number;
  f.ids = std::move(ids);
  f.show_ids = std::move(show_ids);
  return f;
}

cw_value rated(std::int32_t tenths, std::int64_t when) {
  cw_value v = no_value;
  v.rating = tenths;
  v.at = when;
  return v;
}
cw_value watched(std::int64_t when, std::uint32_t plays) {
  cw_value v = no_value;
  v.plays = plays;
  v.at = when;
  return v;
}
cw_value stopped(std::int64_t ms, std::int64_t of_ms, std::int64_t when) {
  cw_value v = no_value;
  v.progress_ms = ms;
  v.duration_ms = of_ms;
  v.at = when;
  return v;
}
cw_value listed(std::int64_t when) {
  cw_value v = no_value;
  v.at = when;
  return v;
}

}  // namespace crosswatch::test
