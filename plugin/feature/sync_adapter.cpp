#include "feature/sync_adapter.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>

#include "account/memory.hpp"
#include "feature/items.hpp"
#include "feature/keeper.hpp"
#include "feature/relay.hpp"
#include "feature/server_finder.hpp"
#include "feature/touched.hpp"
#include "feature/watchlist.hpp"
#include "feature/writing.hpp"

namespace crosswatch::plex::feature {
namespace {

SnapshotEnd end_of(const Reading& reading, std::string scope) {
  return {reading.defect.empty(), reading.defect, std::move(scope)};
}

FeatureHealth health_of(const Error& e) {
  if (e.status == CW_UNSUPPORTED) return {CW_NOT_OFFERED, e.code};
  const bool login = e.status == CW_NOT_LINKED || e.status == CW_AUTH || e.status == CW_SCOPE;
  return {static_cast<std::uint32_t>(login ? CW_NEEDS_LOGIN : CW_DOWN), e.code};
}

// Of items that were not found, what bears their title.
void guess(const Call& call, Finder& finder, const std::vector<const cw_fact*>& items, std::vector<Found>& found) {
  std::vector<const cw_fact*> open;
  std::vector<std::size_t> at;
  for (std::size_t i = 0; i < items.size(); ++i)
    if (found[i].copies.empty() && found[i].result == CW_NO_ENTITY) {
      open.push_back(items[i]);
      at.push_back(i);
    }
  std::vector<Found> guessed = finder.find_by_title(call, open);
  for (std::size_t i = 0; i < open.size(); ++i)
    if (!guessed[i].guessed.empty()) found[at[i]] = std::move(guessed[i]);
}

// What is there of the items now. One that is known by a ref is asked for by it alone.
void look_up(const Call& call, Feature feature, Finder& finder, bool by_title, Items items, Answers answers) {
  std::vector<const cw_fact*> wanted;
  for (std::size_t i = 0; i < items.size(); ++i) wanted.push_back(&items[i]);
  std::vector<Found> found = finder.find(call, wanted, false);
  if (by_title) guess(call, finder, wanted, found);
  for (std::size_t i = 0; i < items.size(); ++i) {
    cw_answer& answer = answers[i];
    if (CW_HAS(&answer, found)) copy_text(answer.found, found[i].guessed);
    if (found[i].copies.empty()) {
      answer.state = found[i].result == CW_AMBIGUOUS ? CW_AMBIGUOUS_TITLE : found[i].asked ? CW_NO_TITLE : CW_UNKNOWN;
      continue;
    }
    const auto has =
        std::find_if(found[i].copies.begin(), found[i].copies.end(), [](const Target& t) { return t.present; });
    const Target& there = has == found[i].copies.end() ? found[i].copies.front() : *has;
    answer.state = there.present ? CW_PRESENT : CW_NO_FACT;
    answer.value = there.value;
    // The item's own time may be that of a view that was broken off; a listing tells by the rows of plays.
    if (feature == Feature::history) answer.value.at = time_unknown;
    copy_text(answer.ref, finder.ref_of(there));
  }
}

using Places = std::map<std::string, std::string>;  // library key -> where its latest read is kept, or nothing

// Notes each item that is about to be changed beside the read that is kept of its library.
class NotingRule final : public WriteRule {
public:
  NotingRule(WriteRule& rule, Places places) : rule_(rule), places_(std::move(places)) {}
  void prepare(const Call& call) override { rule_.prepare(call); }
  std::optional<Change> next(const cw_op& op, const Target& now, unsigned sent, cw_outcome& out) override {
    std::optional<Change> change = rule_.next(op, now, sent, out);
    if (change && sent == 0) note(now);
    return change;
  }
  void done(const std::vector<const Target*>& targets) override { rule_.done(targets); }

private:
  void note(const Target& target) const {
    for (const auto& [library, path] : places_) {
      if (path.empty() || (!target.library.empty() && target.library != library)) continue;
      if (target.library.empty() || !Touched(path).add(target.key)) std::remove(path.c_str());
    }
  }
  WriteRule& rule_;
  Places places_;
};

}  // namespace

SyncAdapter::SyncAdapter(Host host, http::Transport& transport, ScopeSource& scopes, CloudHosts cloud)
    : host_(host), transport_(transport), scopes_(scopes), cloud_(std::move(cloud)), indexes_(host) {}

// The manifest says the same.
cw_capability SyncAdapter::capability(Feature feature) const noexcept {
  const std::uint32_t leaves = bit(Kind::movie) | bit(Kind::episode);
  switch (feature) {
    case Feature::watchlist:
      return {0, CW_READ | CW_ADD | CW_REMOVE, bit(Kind::movie) | bit(Kind::show), 0, 0, 0};
    case Feature::ratings:
      return {0, CW_READ | CW_ADD | CW_UPDATE | CW_REMOVE, leaves | bit(Kind::show) | bit(Kind::season), 5, 1, 0};
    case Feature::history:
      return {0, CW_READ | CW_ADD | CW_REMOVE, leaves, 0, 1, 0};
    case Feature::progress:
      return {0, CW_READ | CW_ADD | CW_UPDATE | CW_REMOVE, leaves, 0, 1, 0};
  }
  return {};
}

Health SyncAdapter::check(Call& call, std::uint32_t features) {
  Health health;
  const std::uint32_t cloud = bit(Feature::watchlist);
  const auto note = [&](std::uint32_t which, const Error& e) {
    for (const Feature f : all_features)
      if (features & which & bit(f)) health.features[static_cast<std::size_t>(f)] = health_of(e);
  };
  std::optional<Error> first;
  bool any = false;
  if (features & ~cloud) try {
      check_server(call, features, health);
      any = true;
    } catch (const Error& e) {
      note(~cloud, e);
      first = e;
    }
  if (features & cloud) try {
      const UserScope scope = scopes_.open(call, false, true);
      // The same text when the server does not answer, or is not asked: it is the same account and server all the same.
      const std::string server = host_.config("server_id");
      if (health.identity.empty()) health.identity = scope.identity() + (server.empty() ? "" : "@" + server);
      any = true;
    } catch (const Error& e) {
      note(cloud, e);
      if (!first) first = e;
    }
  if (!any && first) throw *first;
  return health;
}

void SyncAdapter::check_server(Call& call, std::uint32_t features, Health& health) {
  const UserScope scope = scopes_.open(call, true, false);
  const Source source = Source::server(transport_, scope.server);
  const std::vector<Section> sections = read_sections(call, source, scope.server.libraries);
  health.identity = scope.identity();
  for (const Feature f : {Feature::ratings, Feature::history, Feature::progress}) {
    if (!(features & bit(f))) continue;
    if (const auto problem = library_problem(f, sections, host_, source.name()))
      health.features[static_cast<std::size_t>(f)] = health_of(*problem);
  }
}

SnapshotEnd SyncAdapter::snapshot(Call& call, Feature feature, const Scope& scope, FactSink& sink) {
  if (feature == Feature::watchlist) return watchlist(call, sink);
  const UserScope user = scopes_.open(call, true, false);
  if (feature == Feature::history && user.server.account_id == 0)
    throw Error(CW_SCOPE, "account_unknown",
                "It is not known under which number " + user.username + " watches on this server.",
                "Choose the user again: crosswatch select plex --user " + user.username);
  const Source source = Source::server(transport_, user.server);
  const LibraryRule rule = LibraryRule::make(feature, read_sections(call, source, user.server.libraries),
                                             Whitelist::of(host_, feature), scope.libraries, source.name());
  const std::string folder = host_.data_dir();
  IdMemo memo(host_, folder);
  SnapshotEnd end;
  Relay relay(sink);
  relay.run([&](FactSink& relayed) {
    Reading reading{call, host_, source, relayed, memo, &relay};
    ItemsEnd items = read_items(reading, feature, user.server, user.identity(), rule, folder, scope.since);
    end = end_of(reading, rule.scope());
    if (!end.complete) return;
    end.state = std::move(items.state);
    end.unchanged = items.unchanged;
  });
  memo.save();
  return end;
}

SnapshotEnd SyncAdapter::watchlist(Call& call, FactSink& sink) {
  const std::uint64_t before = sink.count();
  for (int attempt = 1;; ++attempt) {
    const UserScope user = scopes_.open(call, false, true);
    try {
      return watchlist(call, user, sink);
    } catch (const Error& e) {
      // A Home user's login is made by a switch, and may have died since: another one is tried once.
      const bool died = e.http_status == 401 && user.kind != "owner" && sink.count() == before;
      if (!died || attempt > 1) throw watchlist_error(e, user);
    }
  }
}

SnapshotEnd SyncAdapter::watchlist(Call& call, const UserScope& user, FactSink& sink) {
  const std::uint64_t before = sink.count();
  IdMemo memo(host_, host_.data_dir());
  const auto read_from = [&](const std::string& base_url) {
    const Source source = Source::cloud(transport_, user.cloud, base_url);
    Reading reading{call, host_, source, sink, memo};
    read_watchlist(reading);
    memo.save();
    return end_of(reading, "watchlist");
  };
  try {
    return read_from(cloud_.discover);
  } catch (const Error& e) {
    if (e.http_status != 404 || cloud_.metadata.empty() || sink.count() != before) throw;
    host_.log(LogLevel::warning, "endpoint_moved: " + std::string(e.what()) + " Trying the host it was on before.");
  }
  return read_from(cloud_.metadata);
}

void SyncAdapter::apply(Call& call, Feature feature, const Scope& scope, Ops ops, Outcomes outcomes) {
  const std::uint32_t kinds = capability(feature).kinds;
  with_finder(call, feature, scope,
              [&](const Source& source, Finder& finder, const ServerAccess& access, Places places) {
                const auto rule = rule_of(feature, source, access, scope.write);
                NotingRule noting(*rule, std::move(places));
                const Reach reach{kinds, (scope.write & CW_ALL_COPIES) != 0, (scope.write & CW_EDITIONS) != 0};
                carry_out(call, source, finder, noting, reach, ops, outcomes);
              });
}

void SyncAdapter::lookup(Call& call, Feature feature, const Scope& scope, Items items, Answers answers) {
  with_finder(call, feature, scope, [&](const Source&, Finder& finder, const ServerAccess&, const Places&) {
    look_up(call, feature, finder, (scope.write & CW_BY_TITLE) != 0, items, answers);
  });
}

template <class F>
void SyncAdapter::with_finder(const Call& call, Feature feature, const Scope& scope, F&& use) {
  if (feature == Feature::watchlist) {
    const UserScope user = scopes_.open(call, false, true);
    const Source source = Source::cloud(transport_, user.cloud, cloud_.discover);
    const Source older = Source::cloud(transport_, user.cloud, cloud_.metadata);
    CloudFinder finder(source, cloud_.metadata.empty() ? nullptr : &older, titles_);
    try {
      return use(source, finder, user.server, Places{});
    } catch (const Error& e) {
      throw watchlist_error(e, user);
    }
  }
  const UserScope user = scopes_.open(call, true, false);
  const Source source = Source::server(transport_, user.server);
  const LibraryRule rule = LibraryRule::make(feature, read_sections(call, source, user.server.libraries),
                                             Whitelist::of(host_, feature), scope.libraries, source.name());
  ServerFinder finder(source, rule, feature, indexes_, user.identity());
  Places places;
  for (const Section& section : rule.libraries())
    places.emplace(section.key,
                   KeepPlace::of(host_, host_.data_dir(), user.identity(), user.server, feature, section).path);
  use(source, finder, user.server, std::move(places));
}

std::unique_ptr<WriteRule> SyncAdapter::rule_of(Feature feature, const Source& source, const ServerAccess& access,
                                                std::uint32_t write) {
  switch (feature) {
    case Feature::ratings:
      return rating_rule(host_);
    case Feature::history:
      return history_rule(host_, access);
    case Feature::progress:
      return progress_rule(host_, source, access, client_id_of(host_), (write & CW_REPLAY) != 0);
    case Feature::watchlist:
      break;
  }
  return watchlist_rule();
}

}  // namespace crosswatch::plex::feature
