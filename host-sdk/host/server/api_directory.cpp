#include "config/profile.hpp"
#include "server/api.hpp"
#include "service/answers.hpp"
#include "service/pairs.hpp"

namespace crosswatch::host::server {
namespace {

using json::object;
using json::Value;

// Asks the session of the profile, and lists what it answers under that name.
template <class Ask, class ToJson>
Value listed(Workspace& ws, const ProfileRef& ref, const char* name, Ask&& ask, ToJson&& to_json) {
  OpenProfile profile = ws.plugins.open(ref.provider, ref.profile);
  Operation op(ws.cancel);
  Value list = json::array();
  for (const auto& row : ask(*profile.session, op)) list.push_back(to_json(row));
  return object({{name, std::move(list)}});
}

Value users_json(Workspace& ws, const ProfileRef& ref) {
  std::optional<Error> missing;
  Value out = listed(
      ws, ref, "users",
      [&](Session& s, Operation& op) {
        UserList found = s.users(op);
        missing = std::move(found.missing);
        return std::move(found.users);
      },
      user_json);
  if (missing) out["missing"] = error_json(*missing);
  return out;
}

// The libraries that the profile is restricted to, by what for; no member for what cannot be restricted.
Value chosen_libraries(Workspace& ws, const ProfileRef& ref) {
  const auto manifest = ws.plugins.manifest(ref.provider);
  const ProfileView view(ws.config.read(), *manifest, ref.profile);
  Value out = object();
  for (const LibraryUse& use : library_uses) {
    const std::string key = std::string(use.name) + ".libraries";
    if (!manifest->find(key)) continue;
    Value ids = json::array();
    if (const auto setting = view.find(key))
      for (const std::string& id : to_texts(setting->value)) ids.push_back(id);
    out[use.name] = std::move(ids);
  }
  return out;
}

Value libraries_json(Workspace& ws, const ProfileRef& ref) {
  Value out = listed(
      ws, ref, "libraries", [](Session& s, Operation& op) { return s.libraries(op); }, library_json);
  out["chosen"] = chosen_libraries(ws, ref);
  return out;
}

Value choose(Workspace& ws, const Call& c) {
  std::vector<LibraryChoice> choices;
  for (const LibraryUse& use : library_uses)
    if (c.body.find(use.name)) choices.push_back({use, c.texts(use.name)});
  choose_libraries(ws, profile_of(c), choices);
  return libraries_json(ws, profile_of(c));
}

Value select(Workspace& ws, const Call& c) {
  Value out = object();
  for (const auto& [key, text] : select_user(ws, profile_of(c), c.text("user"), c.text("pin"), c.text("server")))
    out[key] = text;
  return out;
}

}  // namespace

void add_directory_routes(Router& router, Parts& parts) {
  Workspace& ws = parts.ws;
  const std::string at = "/api/profiles/{provider}/{profile}";
  router.add({"GET", at + "/link", "How the login stands", {}, "LinkState", {}, [&parts](const Call& c) {
                return parts.links.state(profile_of(c));
              }});
  router.add({"POST", at + "/link", "Asks for a code to link an account", {}, "LinkState", {}, [&parts](const Call& c) {
                return parts.links.begin(profile_of(c));
              }});
  router.add({"DELETE", at + "/link", "Gives the code up", {}, "LinkState", {}, [&parts](const Call& c) {
                return parts.links.cancel(profile_of(c));
              }});
  router.add({"POST",
              at + "/disconnect",
              "Unlinks the account; pairs and libraries are kept",
              {},
              "Done",
              {},
              [&ws](const Call& c) {
                disconnect_profile(ws, profile_of(c));
                return object();
              }});
  router.add({"GET", at + "/users", "Who can be chosen", {}, "Users", {}, [&ws](const Call& c) {
                return users_json(ws, profile_of(c));
              }});
  router.add(
      {"GET", at + "/servers", "The servers, and how each address answers", {}, "Servers", {}, [&ws](const Call& c) {
         return listed(
             ws, profile_of(c), "servers", [](Session& s, Operation& op) { return s.servers(op); }, server_json);
       }});
  router.add(
      {"GET", at + "/libraries", "The libraries, and which were chosen", {}, "Libraries", {}, [&ws](const Call& c) {
         return libraries_json(ws, profile_of(c));
       }});
  router.add({"PUT",
              at + "/libraries",
              "Chooses libraries by feature",
              "LibraryChoice",
              "Libraries",
              {},
              [&ws](const Call& c) { return choose(ws, c); }});
  router.add({"POST",
              at + "/select",
              "Chooses user and server, proven before they are stored",
              "Selection",
              "Done",
              {},
              [&ws](const Call& c) { return select(ws, c); }});
}

}  // namespace crosswatch::host::server
