#include "service/webhook.hpp"

#include "commands.hpp"
#include "server/options.hpp"

namespace crosswatch::app {

// The one command that shows the secret: whoever asks for it can read the configuration as well.
ExitCode webhook(Context& c, const ProfileRef& ref, const WebhookOptions& o) {
  if (o.off) {
    const bool was_there = host::remove_webhook(c.ws, ref);
    if (c.out.json())
      c.out.value(host::json::object({{"profile", to_string(ref)}, {"removed", was_there}}));
    else
      c.out.line(was_there ? "Nothing is taken there any more." : "There was none.");
    return ExitCode::ok;
  }
  const auto options = host::server::read_options(c.ws.config.read(), {}, c.ws.redactor, host::process_environment());
  const std::string path = host::webhook_path(c.ws, ref, o.anew);
  const std::string url = options.url(options.port) + path;
  if (c.out.json()) {
    c.out.value(host::json::object({{"profile", to_string(ref)}, {"url", url}, {"path", path}}));
    return ExitCode::ok;
  }
  c.out.line(url);
  c.out.note(
      "Give this address to the service; it works while crosswatch serve runs. From another machine the host in it has "
      "to be this machine's address, or a name that server.hosts lists. Keep it secret: crosswatch webhook " +
      to_string(ref) + " --renew makes another one.");
  return ExitCode::ok;
}

}  // namespace crosswatch::app
