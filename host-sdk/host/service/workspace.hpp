// What every command and the server work with: one configuration, one state folder, one set of plugins.
#pragma once

#include "config/config_store.hpp"
#include "config/secrets.hpp"
#include "files/locations.hpp"
#include "log/log.hpp"
#include "plugin/operation.hpp"
#include "plugin/plugin_manager.hpp"

namespace crosswatch::host {

struct Workspace {
  // Opens nothing but the log file; reads the configuration only for that. Throws what find_locations throws.
  Workspace(const Locations& given, LogLevel screen_level, Log::Sink screen = {});

  Locations at;
  ConfigStore config;
  Redactor redactor{};
  Log log;
  Cancellation cancel{};
  PluginManager plugins;

  HostContext context() { return {config, log, redactor, at.state}; }
};

}  // namespace crosswatch::host
