// The one configuration file.
#pragma once

#include <filesystem>
#include <functional>
#include <utility>

#include "json/json.hpp"

namespace crosswatch::host {

// [any], and safe between processes.
class ConfigStore {
public:
  explicit ConfigStore(std::filesystem::path file) : file_(std::move(file)) {}
  const std::filesystem::path& file() const noexcept { return file_; }

  // What the file holds now; an empty object when there is none. Error CONFIG with line and column, or STORAGE.
  json::Value read() const;

  // Lock, read, mutate, write: no change of anybody else is lost. When `mutate` throws, or changes nothing, nothing is
  // written. `mutate` must be quick: other processes wait. Error "busy" when they wait in vain.
  void update(const std::function<void(json::Value& config)>& mutate);

private:
  std::filesystem::path file_;
};

}  // namespace crosswatch::host
