#include "config/check.hpp"
#include "server/api.hpp"
#include "service/answers.hpp"
#include "service/settings.hpp"

namespace crosswatch::host::server {
namespace {

using json::object;
using json::Value;

Value provider_json(Workspace& ws, const PluginRow& row) {
  Value out = object();
  if (row.state != "broken") out = manifest_json(*ws.plugins.manifest(row.id));
  const Value plugin = plugin_json(row);
  for (const json::Member& m : *plugin.as<Value::Object>())
    if (m.key != "path") out[m.key] = m.value;  // where files lie is nobody's business in a browser
  Value profiles = json::array();
  if (row.state != "broken")
    for (const ProfileRow& p : list_profiles(ws, row.id)) profiles.push_back(profile_json(p));
  out["profiles"] = std::move(profiles);
  return out;
}

Value list_providers(Workspace& ws) {
  Value list = json::array();
  for (const PluginRow& row : ws.plugins.list()) list.push_back(provider_json(ws, row));
  return object({{"providers", std::move(list)}});
}

Value problems_json(Workspace& ws) {
  Value list = json::array();
  for (const Problem& p : check_config(ws.config.read(), ws.plugins.manifests()))
    list.push_back(object({{"severity", p.error ? "error" : "warning"}, {"key", p.key}, {"message", p.message}}));
  return object({{"problems", std::move(list)}});
}

Value values_json(Workspace& ws, const ProfileRef& ref) {
  return object({{"settings", settings_json(ws, ref)}});
}

}  // namespace

ProfileRef profile_of(const Call& call) {
  return {normal_provider(call.param("provider")), call.param("profile")};
}

void add_provider_routes(Router& router, Parts& parts) {
  Workspace& ws = parts.ws;
  router.add(
      {"GET", "/api/providers", "Providers with their settings and profiles", {}, "Providers", {}, [&ws](const Call&) {
         return list_providers(ws);
       }});
  router.add(
      {"POST", "/api/providers/{provider}/enable", "Switches a plugin on", {}, "Providers", {}, [&ws](const Call& c) {
         ws.plugins.enable(c.param("provider"));
         return list_providers(ws);
       }});
  router.add(
      {"POST", "/api/providers/{provider}/disable", "Switches a plugin off", {}, "Providers", {}, [&ws](const Call& c) {
         ws.plugins.disable(c.param("provider"));
         return list_providers(ws);
       }});
  router.add(
      {"POST", "/api/profiles", "Makes a profile", "NewProfile", "Providers", {}, [&ws](const Call& c) {
         add_profile(ws, {normal_provider(c.text("provider")), c.text("id")}, c.text("label"), c.text("copy_from"));
         return list_providers(ws);
       }});
  router.add({"DELETE",
              "/api/profiles/{provider}/{profile}",
              "Removes a profile that nothing uses",
              {},
              "Providers",
              {},
              [&ws](const Call& c) {
                remove_profile(ws, profile_of(c));
                return list_providers(ws);
              }});
  router.add({"GET",
              "/api/profiles/{provider}/{profile}/status",
              "Whether a profile works, and what to do next",
              {},
              "ProfileStatus",
              {},
              [&ws](const Call& c) {
                const ProfileRef ref = profile_of(c);
                return status_json(profile_states(ws, ref.provider, ref.profile).at(0));
              }});
  router.add({"GET",
              "/api/profiles/{provider}/{profile}/settings",
              "The settings of a profile as they count",
              {},
              "Values",
              {},
              [&ws](const Call& c) { return values_json(ws, profile_of(c)); }});
  router.add({"PATCH",
              "/api/profiles/{provider}/{profile}/settings",
              "Changes settings, all or none",
              "Changes",
              "Values",
              {},
              [&ws](const Call& c) {
                change_settings(ws, profile_of(c), c.body);
                return values_json(ws, profile_of(c));
              }});
  router.add({"GET", "/api/problems", "What is wrong with the configuration", {}, "Problems", {}, [&ws](const Call&) {
                return problems_json(ws);
              }});
  router.add({"GET", "/api/log", "The last lines of the log", {}, "Log", {"after"}, [&parts](const Call& c) {
                return parts.log.after(c.number("after", 0));
              }});
}

}  // namespace crosswatch::host::server
