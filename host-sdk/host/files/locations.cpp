#include "files/locations.hpp"

#include <crosswatch/call.hpp>
#include <cstdlib>

namespace crosswatch::host {
namespace fs = std::filesystem;

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* const value = std::getenv(name.c_str());
    if (!value || !*value) return std::nullopt;
    return value;
  };
}

Locations find_locations(const Locations& given, const Environment& env, const fs::path& executable) {
  // The XDG rules: a path that is not absolute counts as unset.
  const auto base = [&](const char* variable, const char* below_home) -> fs::path {
    if (const auto value = env(variable); value && fs::path(*value).is_absolute()) return *value;
    if (const auto home = env("HOME")) return fs::path(*home) / below_home;
    throw Error(CW_CONFIG, "no_home", "There is no home folder to keep files in: HOME is not set.",
                "Set HOME, or say where with --config FILE and --state DIR.");
  };
  const auto pick = [&](const fs::path& option, const char* variable, const auto& otherwise) {
    if (!option.empty()) return fs::absolute(option).lexically_normal();
    if (const auto value = env(variable)) return fs::absolute(*value).lexically_normal();
    return fs::path(otherwise());
  };
  Locations out;
  out.config = pick(given.config, "CROSSWATCH_CONFIG",
                    [&] { return base("XDG_CONFIG_HOME", ".config") / "crosswatch" / "config.json"; });
  out.state =
      pick(given.state, "CROSSWATCH_STATE", [&] { return base("XDG_STATE_HOME", ".local/state") / "crosswatch"; });
  out.plugins = given.plugins.empty() ? executable.parent_path().parent_path() / "lib" / "crosswatch" / "plugins"
                                      : fs::absolute(given.plugins).lexically_normal();
  return out;
}

fs::path executable_path() {
  std::error_code error;
  fs::path path = fs::read_symlink("/proc/self/exe", error);
  if (error)
    throw Error(CW_STORAGE, "no_executable", "Cannot find out where this program lies: " + error.message() + ".",
                "Say where the plugins are with --plugins DIR.");
  return path;
}

}  // namespace crosswatch::host
