// A loaded plugin library. The only code that maps libraries is plugin.cpp.
#pragma once

#include <crosswatch/abi.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace crosswatch::host {

// Why a file is not a usable plugin, as a sentence.
struct LoadError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Plugin {
public:
  // Maps the library, checks that it is a plugin of this ABI and carries that id. Throws LoadError.
  static std::shared_ptr<Plugin> load(const std::filesystem::path& library, const std::string& id);
  // A provider that is part of this program: for tests.
  static std::shared_ptr<Plugin> linked(const cw_entry& entry);
  ~Plugin();  // unmaps; terminates if instances are still alive: their code would be gone
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  const cw_entry& entry() const noexcept { return *entry_; }

private:
  struct Library;
  Plugin();
  std::unique_ptr<Library> library_;
  const cw_entry* entry_ = nullptr;
};

}  // namespace crosswatch::host
