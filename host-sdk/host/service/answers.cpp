#include "service/answers.hpp"

#include "config/values.hpp"
#include "service/library_use.hpp"
#include "time.hpp"

namespace crosswatch::host {
namespace {

using json::object;
using json::Value;

struct Ability {
  std::uint32_t flag;
  const char* name;
};
constexpr Ability abilities[] = {{CW_READ, "read"},     {CW_ADD, "add"},           {CW_UPDATE, "update"},
                                 {CW_REMOVE, "remove"}, {CW_BACKDATE, "backdate"}, {CW_EVENTS, "events"}};
constexpr const char* type_names[] = {"string", "integer", "number", "boolean", "list", "map"};

Value typed(const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return text;
}

std::vector<std::string> kinds_of(const cw_capability& c) {
  std::vector<std::string> out;
  for (const Kind k : {Kind::movie, Kind::show, Kind::season, Kind::episode})
    if ((c.kinds & bit(k)) != 0) out.emplace_back(name_of(k));
  return out;
}

Value key_json(const ConfigKey& k) {
  Value out = object({{"key", k.key},
                      {"type", type_names[static_cast<std::size_t>(k.type)]},
                      {"label", k.label},
                      {"help", k.help},
                      {"allowed", allowed(k)},
                      {"default", k.secret ? Value() : k.fallback},
                      {"secret", k.secret},
                      {"per_profile", k.per_profile},
                      {"advanced", k.advanced}});
  if (!k.choices.empty()) out["choices"] = json::array_of(k.choices);
  if (k.min) out["min"] = *k.min;
  if (k.max) out["max"] = *k.max;
  return out;
}

}  // namespace

Value manifest_json(const Manifest& m) {
  Value features = json::object();
  for (const Feature f : all_features) {
    const cw_capability& c = m.capability(f);
    if (c.can == 0) continue;
    Value entry = json::object();
    for (const Ability& a : abilities) entry[a.name] = (c.can & a.flag) != 0;
    entry["kinds"] = json::array_of(kinds_of(c));
    if (c.rating_step != 0) entry["rating_step"] = c.rating_step / 10.0;
    entry["time_precision_s"] = c.time_precision_s;
    features[name_of(f)] = std::move(entry);
  }
  Value keys = json::array();
  for (const ConfigKey& k : m.config) keys.push_back(key_json(k));
  Value events = json::array();
  for (const EventKind k : all_event_kinds)
    if ((m.watcher & bit(k)) != 0) events.push_back(std::string(name_of(k)));
  Value watcher = object({{"events", std::move(events)}, {"webhooks", (m.watcher & can_receive) != 0}});
  return json::object({{"id", m.id},
                       {"label", m.label},
                       {"version", m.version},
                       {"abi", m.abi},
                       {"auth", m.auth_flow},
                       {"directory", m.directory},
                       {"watcher", std::move(watcher)},
                       {"capabilities", std::move(features)},
                       {"config", std::move(keys)}});
}

Value plugin_json(const PluginRow& r) {
  return object({{"id", r.id},
                 {"version", r.version},
                 {"label", r.label},
                 {"enabled", r.enabled},
                 {"state", r.state},
                 {"why", r.why},
                 {"path", r.path.string()}});
}

Value profile_json(const ProfileRow& r) {
  return object({{"id", r.ref.profile},
                 {"provider", r.ref.provider},
                 {"label", r.label},
                 {"linked", r.linked},
                 {"username", r.username},
                 {"user_id", r.user_id},
                 {"server_id", r.server_id}});
}

Value user_json(const User& u) {
  return object({{"id", u.id},
                 {"uuid", u.uuid},
                 {"name", u.name},
                 {"kind", u.kind},
                 {"guest", u.guest},
                 {"protected", u.is_protected},
                 {"server_owner", u.server_owner},
                 {"selectable", u.selectable},
                 {"why", u.why}});
}

Value server_json(const Server& s) {
  Value addresses = json::array();
  for (const Address& a : s.addresses)
    addresses.push_back(object({{"url", a.url},
                                {"local", a.local},
                                {"relay", a.relay},
                                {"state", a.state},
                                {"ms", a.ms < 0 ? Value() : Value(a.ms)},
                                {"why", a.why}}));
  return object({{"id", s.id},
                 {"name", s.name},
                 {"owned", s.owned},
                 {"selected", s.selected},
                 {"addresses", std::move(addresses)}});
}

Value library_json(const Library& l) {
  Value features = object();
  for (const LibraryUse& use : library_uses) features[use.name] = (l.features & use.bit) != 0;
  return object(
      {{"id", l.id}, {"uuid", l.uuid}, {"title", l.title}, {"type", l.type}, {"features", std::move(features)}});
}

Value status_json(const ProfileStatus& p) {
  Value out = object({{"provider", p.ref.provider},
                      {"profile", p.ref.profile},
                      {"state", p.state},
                      {"checked_at", iso(p.checked_at)}});
  if (!p.message.empty()) out["message"] = p.message;
  if (!p.remedy.empty()) out["remedy"] = p.remedy;
  for (const ReportLine& line : p.report) {
    if (line.section.empty())
      out[line.key] = typed(line.value);
    else
      out[line.section][line.key] = typed(line.value);
  }
  Value features = object();
  for (const auto& f : p.features)
    features[name_of(f.feature)] = object({{"read", f.read}, {"write", f.write}, {"code", f.code}});
  out["features"] = std::move(features);
  return out;
}

Value status_json(const PairStatus& p) {
  return object({{"id", p.id},
                 {"enabled", p.enabled},
                 {"status", p.state.last_run == 0 ? "never ran" : std::string(name_of(p.state.status))},
                 {"last_run", p.state.last_run == 0 ? Value() : Value(iso(p.state.last_run_at))},
                 {"held", static_cast<std::int64_t>(p.state.held)},
                 {"parked", static_cast<std::int64_t>(p.state.parked)}});
}

Value pair_json(const PairConfig& p) {
  constexpr const char* conflict_names[] = {"newest", "source", "target", "none"};
  constexpr const char* removal_names[] = {"observed", "managed", "mirror"};
  Value features = object();
  for (const Feature f : all_features) {
    const FeatureConfig& lane = p.feature(f);
    if (!lane.options.is_null()) features[name_of(f)] = lane.options;
  }
  return object({{"id", p.id},
                 {"enabled", p.enabled},
                 {"source", p.source.provider},
                 {"source_instance", p.source.profile},
                 {"target", p.target.provider},
                 {"target_instance", p.target.profile},
                 {"mode", p.mode == PairMode::two_way ? "two-way" : "one-way"},
                 {"conflict", conflict_names[static_cast<std::size_t>(p.conflict)]},
                 {"removal", removal_names[static_cast<std::size_t>(p.removal)]},
                 {"schedule", p.schedule},
                 {"features", std::move(features)}});
}

}  // namespace crosswatch::host
