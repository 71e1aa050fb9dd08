#include <cstdlib>

#include "commands.hpp"
#include "config/profile.hpp"
#include "service/link.hpp"
#include "time.hpp"

namespace crosswatch::app {
namespace {

using host::LinkEnd;
using host::LinkFlow;
using host::json::object;
using host::json::Value;

void show_code(Context& c, const ConnectOptions& o, const Challenge& challenge) {
  if (c.out.json()) {
    Value event = object({{"event", "code"},
                          {"code", challenge.code},
                          {"verify_url", challenge.verify_url},
                          {"expires_at", host::iso(challenge.expires_at)}});
    if (o.no_wait) event["state"] = challenge.state;
    c.out.value(event);
    return;
  }
  c.out.line("Open " + challenge.verify_url + " and enter this code:");
  c.out.line("");
  c.out.line("    " + challenge.code);
  c.out.line("");
  c.out.line("It is valid until " + host::iso(challenge.expires_at) + ".");
  if (o.no_wait) c.out.line("Then run: " + host::command("connect", o.ref) + " --resume");
}

// Who and where the profile is now, also what the login left as it was; never a secret.
Value settings_of_login(Context& c, const ProfileRef& ref) {
  const Value config = c.ws.config.read();
  const auto manifest = c.ws.plugins.manifest(ref.provider);
  const host::ProfileView view(config, *manifest, ref.profile);
  Value out = object();
  for (const std::string& key : manifest->auth_writes) {
    const auto setting = view.find(key);
    if (setting && !manifest->find(key)->secret) out[key] = setting->value;
  }
  return out;
}

ExitCode report_end(Context& c, const ConnectOptions& o, LinkFlow& flow, LinkEnd end) {
  const char* const names[] = {"linked", "expired", "denied", "cancelled"};
  const char* const reasons[] = {"", "The code has expired.", "The service refused the login.", "Cancelled."};
  const char* const name = names[static_cast<std::size_t>(end)];
  const std::string why = std::string(reasons[static_cast<std::size_t>(end)]) + " Nothing was changed.";
  const std::string remedy = host::command("connect", o.ref);
  if (c.out.json()) {
    Value event = object({{"event", name}});
    if (end == LinkEnd::linked) merge_members(event, settings_of_login(c, o.ref));
    // In the event, which is the last line and ends in failure.
    if (end == LinkEnd::expired || end == LinkEnd::denied)
      event["error"] = object({{"code", name}, {"message", why}, {"remedy", remedy}});
    c.out.value(event);
  }
  switch (end) {
    case LinkEnd::linked:
      if (!c.out.json()) {
        std::string who;
        for (const auto& [key, text] : flow.stored())
          if (key == "username") who = " as " + text;
        c.out.line("Linked" + who + ".");
        c.out.note("");
        // What is still to be chosen is told, and is no failure of the login.
        static_cast<void>(status(c, o.ref.provider, o.ref.profile));
      }
      return ExitCode::ok;
    case LinkEnd::cancelled:
      if (!c.out.json()) c.out.note(why);
      return ExitCode::cancelled;
    case LinkEnd::expired:
    case LinkEnd::denied:
      if (!c.out.json()) c.out.note(why + "\n  " + remedy);
      return ExitCode::login;
  }
  return ExitCode::error;
}

}  // namespace

ExitCode connect(Context& c, const ConnectOptions& o) {
  if (o.cancel) {
    const bool there_was = LinkFlow::cancel(c.ws, o.ref);
    if (c.out.json())
      c.out.value(object({{"event", "cancelled"}, {"was_waiting", there_was}}));
    else
      c.out.line(there_was ? "Cancelled. A code that is entered now has no effect." : "There was nothing to cancel.");
    return ExitCode::ok;
  }
  LinkFlow flow = o.resume ? LinkFlow::resume(c.ws, o.ref, o.state) : LinkFlow::begin(c.ws, o.ref);
  if (!o.resume) show_code(c, o, flow.challenge());
  if (o.no_wait) return ExitCode::ok;
  try {
    return report_end(c, o, flow, flow.wait());
  } catch (const Error& e) {
    if (c.out.json()) c.out.value(object({{"event", "failed"}, {"code", e.code}}));
    throw;
  }
}

ExitCode disconnect(Context& c, const ProfileRef& ref) {
  host::disconnect_profile(c.ws, ref);
  if (c.out.json())
    c.out.value(object({{"provider", ref.provider}, {"profile", ref.profile}, {"linked", false}}));
  else
    c.out.line(to_string(ref) + " is disconnected. Pairs, libraries and state are kept.");
  return ExitCode::ok;
}

}  // namespace crosswatch::app
