#include "service/workspace.hpp"

#include "config/pairs.hpp"

namespace crosswatch::host {

Workspace::Workspace(const Locations& given, LogLevel screen_level, Log::Sink screen)
    : at(find_locations(given, process_environment(), executable_path())),
      config(at.config),
      log(redactor, screen_level, std::move(screen)),
      plugins(at.plugins, HostContext{config, log, redactor, at.state}) {}

}  // namespace crosswatch::host
