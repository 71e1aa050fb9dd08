#include <csignal>

#include "commands.hpp"
#include "server/server.hpp"

namespace crosswatch::app {

ExitCode serve(Context& c, const std::string& listen) {
  std::signal(SIGPIPE, SIG_IGN);  // a browser that closes its connection ends nothing here
  const auto options =
      host::server::read_options(c.ws.config.read(), listen, c.ws.redactor, host::process_environment());
  const host::server::Server server(c.ws, options, CROSSWATCH_VERSION);
  if (c.out.json())
    c.out.value(host::json::object({{"event", "listening"}, {"url", server.url()}}));
  else
    c.out.line("Open " + server.url() + " in a browser. Ctrl-C ends it.");
  host::Operation op(c.ws.cancel);
  try {
    for (const Call call(&op.call());;) call.wait(3600 * 1000);
  } catch (const Stopped&) {
    return ExitCode::ok;  // being asked to end is how it ends
  }
}

}  // namespace crosswatch::app
