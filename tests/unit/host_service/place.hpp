// A user's files and the service layer on them, with the real plugins.
#pragma once

#include "service/workspace.hpp"
#include "support.hpp"

namespace crosswatch::test {

struct Place {
  // What the configuration says at a dotted path, "absent" where it says nothing.
  std::string text(const std::string& path) const {
    const host::json::Value config = ws.config.read();
    const host::json::Value* v = host::json::find_path(config, path);
    return v ? host::json::dump(*v) : "absent";
  }

  TempFolder folder{};
  host::Workspace ws{host::Locations{folder / "config.json", folder / "state", PLUGINS}, LogLevel::error,
                     [](LogLevel, std::string_view) {}};
};

}  // namespace crosswatch::test
