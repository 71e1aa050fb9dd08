#include <iostream>

#include "commands.hpp"
#include "config/values.hpp"
#include "service/answers.hpp"
#include "service/profiles.hpp"

namespace crosswatch::app {

using host::json::object;
using host::json::Value;

ExitCode profile_list(Context& c, const std::string& provider) {
  const auto rows = host::list_profiles(c.ws, provider);
  if (c.out.json()) {
    Value list = host::json::array();
    for (const auto& r : rows) list.push_back(host::profile_json(r));
    c.out.value(list);
    return ExitCode::ok;
  }
  std::vector<std::vector<std::string>> table;
  for (const auto& r : rows)
    table.push_back({to_string(r.ref), r.label, r.linked ? "linked" : "not linked", r.username, r.server_id});
  c.out.table({"PROFILE", "LABEL", "", "USER", "SERVER"}, table);
  return ExitCode::ok;
}

ExitCode profile_add(Context& c, const ProfileRef& ref, const std::string& label, const std::string& copy_from) {
  host::add_profile(c.ws, ref, label, copy_from);
  if (c.out.json())
    c.out.value(object({{"provider", ref.provider}, {"id", ref.profile}}));
  else
    c.out.line("Profile " + to_string(ref) + " is made.");
  if (!c.out.json() && !c.ws.plugins.manifest(ref.provider)->auth_flow.empty())
    c.out.note("Next: " + host::command("connect", ref));
  return ExitCode::ok;
}

ExitCode profile_rename(Context& c, const ProfileRef& ref, const std::string& new_id) {
  host::rename_profile(c.ws, ref, new_id);
  if (c.out.json())
    c.out.value(object({{"provider", ref.provider}, {"id", new_id}}));
  else
    c.out.line(to_string(ref) + " is now " + to_string(ProfileRef{ref.provider, new_id}) + ".");
  return ExitCode::ok;
}

ExitCode profile_remove(Context& c, const ProfileRef& ref) {
  host::remove_profile(c.ws, ref);
  if (c.out.json())
    c.out.value(object({{"provider", ref.provider}, {"id", ref.profile}, {"removed", true}}));
  else
    c.out.line("Profile " + to_string(ref) + " is removed.");
  return ExitCode::ok;
}

ExitCode select(Context& c, const ProfileRef& ref, const SelectOptions& o) {
  std::string pin;
  if (o.pin_stdin) std::getline(std::cin, pin);
  pin = host::trimmed(pin);
  if (o.pin_stdin && pin.empty())
    throw Error(CW_CONFIG, host::code_usage, "--pin-stdin was given, but standard input holds no PIN.",
                "echo PIN | crosswatch select PROVIDER --user NAME --pin-stdin");
  const auto settings = host::select_user(c.ws, ref, o.user, pin, o.server);
  if (c.out.json()) {
    Value out = object({{"provider", ref.provider}, {"profile", ref.profile}});
    for (const auto& [key, text] : settings) out[key] = text;
    c.out.value(out);
    return ExitCode::ok;
  }
  c.out.line(to_string(ref) + " is set:");
  for (const auto& [key, text] : settings) c.out.line("  " + key + ": " + text);
  return ExitCode::ok;
}

}  // namespace crosswatch::app
