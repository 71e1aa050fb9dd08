// Where everything lies.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace crosswatch::host {

using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();  // an empty variable counts as unset

struct Locations {
  std::filesystem::path config{};   // file
  std::filesystem::path state{};    // folder
  std::filesystem::path plugins{};  // folder with <id>/manifest.json
};

// `given` holds what the command line says, empty paths for the rest. Makes nothing. Throws Error CONFIG when there
// is no home folder to fall back to. Results are absolute.
Locations find_locations(const Locations& given, const Environment& env, const std::filesystem::path& executable);

std::filesystem::path executable_path();

}  // namespace crosswatch::host
