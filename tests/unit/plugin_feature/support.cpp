#include "support.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace testing {

http::Response ScriptedTransport::send(const Call& call, const http::Request& request, std::string& body) {
  call.check();
  {
    std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  Reply reply = answer(request);
  body = std::move(reply.body);
  http::Response response;
  response.status = reply.status;
  response.headers = std::move(reply.headers);
  return response;
}

std::vector<http::Request> ScriptedTransport::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

std::string parameter(const http::Request& request, std::string_view key) {
  for (const auto& [name, value] : request.query)
    if (name == key) return value;
  return {};
}

namespace {
std::uint64_t header(const http::Request& request, std::string_view name, std::uint64_t fallback) {
  for (const auto& [key, value] : request.headers)
    if (key == name) return std::stoull(value);
  return fallback;
}
}  // namespace

std::uint64_t asked_start(const http::Request& request) {
  return header(request, "X-Plex-Container-Start", 0);
}
std::uint64_t asked_size(const http::Request& request) {
  return header(request, "X-Plex-Container-Size", 1'000'000);
}

Reply page_of(const http::Request& request, const std::vector<std::string>& rows) {
  const std::size_t start = std::min<std::size_t>(asked_start(request), rows.size());
  const std::size_t end = std::min<std::size_t>(rows.size(), start + asked_size(request));
  std::string body = "{\"MediaContainer\":{\"size\":" + std::to_string(end - start) +
                     ",\"totalSize\":" + std::to_string(rows.size()) + ",\"offset\":" + std::to_string(start);
  for (std::size_t i = start; i < end; ++i) body += (i == start ? ",\"Metadata\":[" : ",") + rows[i];
  body += end > start ? "]}}" : "}}";
  return {200, body, {{"x-plex-container-total-size", std::to_string(rows.size())}}};
}

UserScope FixedScope::open(const Call&, bool server, bool cloud) {
  UserScope opened = scope;
  if (!server) opened.server = {};
  if (!cloud) opened.cloud = {};
  return opened;
}

Bench::Bench(http::Transport& transport)
    : adapter(host.host(), transport, scopes, {"https://discover.test", "https://metadata.test"}) {
  scopes.scope.user_id = 7;
  scopes.scope.username = "anna";
  scopes.scope.cloud = CloudToken("cloud-token");
  scopes.scope.server = {"machine", "Attic", "https://server.test", ServerToken("server-token"), 1, true};
}

Snapshot Bench::read(Feature feature, const std::vector<std::string_view>& libraries, std::string_view since) {
  FactCollector collector;
  FactSink sink = collector.sink();
  Call call = fake_call.call();
  Scope scope;
  scope.libraries = libraries;
  scope.since = since;
  SnapshotEnd end = adapter.snapshot(call, feature, scope, sink);
  return {std::move(collector.facts), std::move(end)};
}

Error Bench::failure(Feature feature, const std::vector<std::string_view>& libraries) {
  try {
    const Snapshot snapshot = read(feature, libraries);
    FAIL("no error, but " << snapshot.facts.size() << " facts, complete: " << snapshot.end.complete);
  } catch (const Error& e) {
    return e;
  }
  throw 0;
}

std::vector<cw_outcome> Bench::apply(Feature feature, const std::vector<Op>& ops,
                                     const std::vector<std::string_view>& libraries) {
  OpBatch lent;
  for (const Op& op : ops) lent.add(op.type, op.fact, op.expect);
  cw_outcome unset{};
  unset.struct_size = sizeof unset;
  unset.value = no_value;
  std::vector<cw_outcome> outcomes(ops.size(), unset);
  const cw_ops batch{sizeof(cw_ops), sizeof(cw_op), ops.size(), lent.ops().data()};
  Call call = fake_call.call();
  Scope scope;
  scope.libraries = libraries;
  scope.write = write;
  ended.reset();
  try {
    adapter.apply(call, feature, scope, Ops(&batch), Outcomes(outcomes.data(), sizeof(cw_outcome)));
  } catch (const Error& e) {
    ended = e;
  }
  return outcomes;
}

std::vector<cw_answer> Bench::look(Feature feature, const std::vector<Fact>& items,
                                   const std::vector<std::string_view>& libraries) {
  const FactBatch lent(items);
  const cw_facts batch{sizeof(cw_facts), sizeof(cw_fact), items.size(), lent.facts().data()};
  cw_answer unset{};
  unset.struct_size = sizeof unset;
  unset.value = no_value;
  std::vector<cw_answer> answers(items.size(), unset);
  Call call = fake_call.call();
  Scope scope;
  scope.libraries = libraries;
  scope.write = write;
  adapter.lookup(call, feature, scope, Items(&batch), Answers(answers.data(), sizeof(cw_answer)));
  return answers;
}

std::string text_of(const cw_outcome& outcome) {
  static constexpr const char* names[]{"not attempted", "applied",  "already", "absent",    "no entity", "ambiguous",
                                       "cannot",        "rejected", "stale",   "transient", "in doubt"};
  std::string text = names[outcome.result];
  const std::string_view reason = outcome.reason;
  if (!reason.empty()) text += ": " + std::string(reason.substr(0, reason.find(':')));
  return text;
}

Fact item_with(Kind kind, std::vector<Token> ids) {
  Fact fact;
  fact.kind = kind;
  fact.ids = std::move(ids);
  return fact;
}

namespace {
http::Options client_options(plexsim::Simulator& sim) {
  http::Options options;
  options.client_id = [] { return std::string("test-client"); };
  options.version = "1";
  options.ca_file = sim.ca_file();
  return options;
}
}  // namespace

http::Response Person::Asking::send(const Call& call, const http::Request& request, std::string& body) {
  http::Request changed = request;
  changed.want_xml = person.xml;
  if (changed.base_url == "https://discover.test") changed.base_url = person.discover;
  if (changed.base_url == "https://metadata.test") changed.base_url = person.metadata;
  return client.send(call, changed, body);
}

Person::Person(plexsim::Simulator& sim, const std::string& handle, int server)
    : discover(sim.urls().discover),
      metadata(sim.urls().metadata),
      transport_(*this, client_options(sim)),
      bench_(transport_) {
  UserScope& scope = bench_.scopes.scope;
  scope.user_id = sim.plex_id(handle);
  scope.username = handle;
  scope.cloud = CloudToken(sim.account_token(handle));
  const bool owner = handle == "owner";
  scope.server = {sim.server_id(server),           "Sim",
                  sim.server_url(server),          ServerToken(sim.server_token(handle, server)),
                  owner ? 1 : sim.plex_id(handle), owner};
}

std::string text_of(const Fact& fact) {
  const auto tokens = [](const std::vector<Token>& list) {
    std::vector<std::string> parts;
    for (const Token& t : list) parts.push_back(t.scheme + '=' + t.value);
    std::sort(parts.begin(), parts.end());
    std::string out;
    for (const auto& p : parts) out += ' ' + p;
    return out;
  };
  const auto time = [](std::int64_t at) { return at == time_unknown ? std::string("-") : std::to_string(at); };
  std::string out = std::string(name_of(fact.kind)) + ' ' + fact.ref + " lib=" + fact.library_id + " \"" + fact.title +
                    "\" (" + std::to_string(fact.year) + ") \"" + fact.series_title + "\" " +
                    std::to_string(fact.season) + 'x' + std::to_string(fact.episode) + " ids:" + tokens(fact.ids) +
                    " show:" + tokens(fact.show_ids) + " at=" + time(fact.value.at) +
                    " plays=" + std::to_string(fact.value.plays) + " rating=" + std::to_string(fact.value.rating) +
                    " progress=" + std::to_string(fact.value.progress_ms) + '/' +
                    std::to_string(fact.value.duration_ms) + " times:";
  for (const std::int64_t at : fact.plays_at) out += ' ' + time(at);
  return out;
}

std::vector<std::string> texts_of(const Snapshot& snapshot) {
  std::vector<std::string> out;
  for (const Fact& f : snapshot.facts) out.push_back(text_of(f));
  std::sort(out.begin(), out.end());
  return out;
}

std::string difference(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::string> only_a, only_b;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only_a));
  std::set_difference(b.begin(), b.end(), a.begin(), a.end(), std::back_inserter(only_b));
  std::string out;
  for (const auto& line : only_a) out += "\n- " + line;
  for (const auto& line : only_b) out += "\n+ " + line;
  return out;
}

}  // namespace testing
