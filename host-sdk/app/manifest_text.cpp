#include "manifest_text.hpp"

#include "config/values.hpp"

namespace crosswatch::app {
namespace {

std::vector<std::string> kinds_of(const cw_capability& c) {
  std::vector<std::string> out;
  for (const Kind k : {Kind::movie, Kind::show, Kind::season, Kind::episode})
    if ((c.kinds & bit(k)) != 0) out.emplace_back(name_of(k));
  return out;
}

struct Ability {
  std::uint32_t flag;
  const char* name;
};
constexpr Ability abilities[] = {{CW_READ, "read"},     {CW_ADD, "add"},           {CW_UPDATE, "update"},
                                 {CW_REMOVE, "remove"}, {CW_BACKDATE, "backdate"}, {CW_EVENTS, "events"}};

std::string joined(const std::vector<std::string>& parts, const char* separator = ", ") {
  std::string out;
  for (const std::string& p : parts) out += (out.empty() ? "" : separator) + p;
  return out;
}

std::string rating_step(std::uint32_t tenths) {
  return std::to_string(tenths / 10) + (tenths % 10 != 0 ? "." + std::to_string(tenths % 10) : "");
}

std::string can(const cw_capability& c) {
  std::vector<std::string> parts;
  for (const Ability& a : abilities)
    if ((c.can & a.flag) != 0) parts.emplace_back(a.name);
  if (c.rating_step != 0) parts.push_back("steps of " + rating_step(c.rating_step));
  return joined(parts);
}

}  // namespace

std::string manifest_text(const host::Manifest& m) {
  std::string out = m.label + " (" + m.id + ") " + m.version + "\n";
  out +=
      "  login: " + (m.auth_flow.empty() ? std::string("none needed") : "by a code, crosswatch connect " + m.id) + "\n";
  for (const Feature f : all_features)
    if (const cw_capability& c = m.capability(f); c.can != 0)
      out += "  " + std::string(name_of(f)) + ": " + can(c) + " (" + joined(kinds_of(c)) + ")\n";
  std::vector<std::string> live;
  for (const EventKind k : all_event_kinds)
    if ((m.watcher & bit(k)) != 0) live.emplace_back(name_of(k));
  if ((m.watcher & can_receive) != 0) live.emplace_back("webhooks (crosswatch webhook " + m.id + ")");
  if (!live.empty()) out += "  live: " + joined(live) + "\n";
  out += "\nSettings (crosswatch config set " + m.id + ".KEY VALUE):\n";
  for (const host::ConfigKey& k : m.config) {
    out += "  " + k.key + ": " + k.label + "\n";
    if (!k.help.empty()) out += "      " + k.help + "\n";
    out += "      " + host::allowed(k);
    if (!k.fallback.is_null() && !k.secret) out += ", default " + host::json::dump(k.fallback);
    if (k.secret) out += ", secret";
    out += "\n";
  }
  return out;
}

}  // namespace crosswatch::app
