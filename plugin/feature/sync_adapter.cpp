#include "feature/sync_adapter.hpp"

#include <optional>
#include <unordered_map>

#include "feature/item_sink.hpp"
#include "feature/items.hpp"
#include "feature/watchlist.hpp"

namespace crosswatch::plex::feature {
namespace {

SnapshotEnd end_of(const Reading& reading, std::string scope) {
  return {reading.defect.empty(), reading.defect, std::move(scope)};
}

FeatureHealth health_of(const Error& e) {
  const bool login = e.status == CW_NOT_LINKED || e.status == CW_AUTH || e.status == CW_SCOPE;
  return {static_cast<std::uint32_t>(login ? CW_NEEDS_LOGIN : CW_DOWN), e.code};
}

// Rating key -> which of the items asked for.
using Wanted = std::unordered_multimap<std::string_view, std::size_t>;

class AnswerTaker : public RowTaker {
public:
  AnswerTaker(const LibraryRule& rule, Feature feature, Items items, Answers answers, const Wanted& wanted)
      : rule_(rule), feature_(feature), items_(items), answers_(answers), wanted_(wanted) {}
  void take(const wire::Row& row) override {
    using wire::Field;
    if (row.has(Field::library_id) && !rule_.allows(row.text(Field::library_id))) return;
    const auto [first, last] = wanted_.equal_range(row.text(Field::rating_key));
    for (auto at = first; at != last; ++at) {
      cw_answer& answer = answers_[at->second];
      if (row.text(Field::type) == name_of(static_cast<Kind>(items_[at->second].kind)))
        answer.state = read_value(row, feature_, answer.value) ? CW_PRESENT : CW_NO_FACT;
    }
  }

private:
  const LibraryRule& rule_;
  Feature feature_;
  Items items_;
  Answers answers_;
  const Wanted& wanted_;
};

}  // namespace

SyncAdapter::SyncAdapter(Host host, http::Transport& transport, ScopeSource& scopes, CloudHosts cloud)
    : host_(host), transport_(transport), scopes_(scopes), cloud_(std::move(cloud)) {}

// The manifest says the same.
cw_capability SyncAdapter::capability(Feature feature) const noexcept {
  const std::uint32_t leaves = bit(Kind::movie) | bit(Kind::episode);
  switch (feature) {
    case Feature::watchlist:
      return {0, CW_READ, bit(Kind::movie) | bit(Kind::show), 0, 0, 0};
    case Feature::ratings:
      return {0, CW_READ, leaves | bit(Kind::show) | bit(Kind::season), 5, 1, 0};
    case Feature::history:
      return {0, CW_READ, leaves, 0, 1, 0};
    case Feature::progress:
      return {0, CW_READ, leaves, 0, 1, 0};
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
      if (health.identity.empty()) health.identity = scope.identity();
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
  const std::vector<Section> sections = read_sections(call, source);
  health.identity = scope.identity();
  for (const Feature f : {Feature::ratings, Feature::history, Feature::progress}) {
    if (!(features & bit(f))) continue;
    try {
      LibraryRule::make(f, sections, Whitelist::of(host_, f), {}, source.name());
    } catch (const Error& e) {
      if (e.status != CW_CONFIG) throw;
      health.features[static_cast<std::size_t>(f)] = health_of(e);
    }
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
  const LibraryRule rule = LibraryRule::make(feature, read_sections(call, source), Whitelist::of(host_, feature),
                                             scope.libraries, source.name());
  const std::string folder = host_.data_dir();
  IdMemo memo(host_, folder);
  Reading reading{call, host_, source, sink, memo};
  read_items(reading, feature, user.server, rule, folder);
  memo.save();
  return end_of(reading, rule.scope());
}

SnapshotEnd SyncAdapter::watchlist(Call& call, FactSink& sink) {
  const UserScope user = scopes_.open(call, false, true);
  const std::uint64_t before = sink.count();
  IdMemo memo(host_, host_.data_dir());
  try {
    const Source source = Source::cloud(transport_, user.cloud, cloud_.discover);
    Reading reading{call, host_, source, sink, memo};
    read_watchlist(reading);
    memo.save();
    return end_of(reading, "watchlist");
  } catch (const Error& e) {
    if (e.http_status != 404 || cloud_.metadata.empty() || sink.count() != before) throw;
    host_.log(LogLevel::warning, "endpoint_moved: " + std::string(e.what()) + " Trying the host it was on before.");
  }
  const Source source = Source::cloud(transport_, user.cloud, cloud_.metadata);
  Reading reading{call, host_, source, sink, memo};
  read_watchlist(reading);
  memo.save();
  return end_of(reading, "watchlist");
}

void SyncAdapter::apply(Call&, Feature, const Scope&, Ops, Outcomes) {
  throw Error(CW_UNSUPPORTED, "read_only", "This version of the Plex plugin does not write.",
              "Use Plex as the source of the pair.");
}

void SyncAdapter::lookup(Call& call, Feature feature, const Scope& scope, Items items, Answers answers) {
  if (feature == Feature::watchlist)
    throw Error(CW_UNSUPPORTED, "no_lookup", "Single items of the watchlist cannot be looked up yet.");
  const UserScope user = scopes_.open(call, true, false);
  const Source source = Source::server(transport_, user.server);
  const LibraryRule rule = LibraryRule::make(feature, read_sections(call, source), Whitelist::of(host_, feature),
                                             scope.libraries, source.name());
  const std::string prefix = user.server.machine_id + '/';
  Wanted wanted;
  std::vector<std::string_view> keys;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string_view ref = view(items[i].ref);
    if (ref.substr(0, prefix.size()) != prefix) continue;
    const std::string_view key = ref.substr(prefix.size());
    if (wanted.find(key) == wanted.end()) keys.push_back(key);
    wanted.emplace(key, i);
    answers[i].state = CW_NO_TITLE;
    copy_text(answers[i].ref, ref);
  }
  AnswerTaker taker(rule, feature, items, answers, wanted);
  unsigned budget = static_cast<unsigned>(2 * keys.size() + 1);
  ask_for_rows(call, source, keys, budget, taker);
}

}  // namespace crosswatch::plex::feature
