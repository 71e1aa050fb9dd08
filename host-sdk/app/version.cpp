#include "commands.hpp"

namespace crosswatch::app {

ExitCode version(Context& c) {
  if (c.out.json())
    c.out.value(
        host::json::object({{"version", CROSSWATCH_VERSION}, {"abi", static_cast<std::int64_t>(CW_ABI_MAJOR)}}));
  else
    c.out.line("crosswatch " CROSSWATCH_VERSION " (plugin interface " + std::to_string(CW_ABI_MAJOR) + "." +
               std::to_string(CW_ABI_MINOR) + ")");
  return ExitCode::ok;
}

}  // namespace crosswatch::app
