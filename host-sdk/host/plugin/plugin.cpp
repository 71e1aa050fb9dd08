#include "plugin/plugin.hpp"

#include <boost/dll/shared_library.hpp>
#include <exception>

namespace crosswatch::host {

struct Plugin::Library {
  boost::dll::shared_library file{};
};

Plugin::Plugin() : library_(std::make_unique<Library>()) {}

Plugin::~Plugin() {
  if (entry_ && entry_->live() != 0) std::terminate();
}

std::shared_ptr<Plugin> Plugin::load(const std::filesystem::path& library, const std::string& id) {
  namespace dll = boost::dll;
  const std::filesystem::path path = std::filesystem::absolute(library);  // a bare name would be searched in the cwd
  if (!std::filesystem::exists(path)) throw LoadError("The plugin file " + path.string() + " is missing.");
  auto self = std::shared_ptr<Plugin>(new Plugin);
  try {
    // Now, not lazily: a missing symbol shall fail here and not in the middle of a sync.
    self->library_->file.load(path, dll::load_mode::rtld_now | dll::load_mode::rtld_local);
  } catch (const std::exception& e) {
    throw LoadError("The plugin file " + path.string() + " cannot be loaded: " + e.what() + ".");
  }
  if (!self->library_->file.has(CW_ENTRY_SYMBOL))
    throw LoadError("The file " + path.string() + " is not a CrossWatch plugin (it lacks " CW_ENTRY_SYMBOL ").");
  const auto& entry = self->library_->file.get<const cw_entry>(CW_ENTRY_SYMBOL);
  if (entry.abi_major != CW_ABI_MAJOR)
    throw LoadError("The plugin " + path.string() + " speaks version " + std::to_string(entry.abi_major) +
                    " of the plugin interface, this CrossWatch speaks version " + std::to_string(CW_ABI_MAJOR) +
                    ". Install the plugin that belongs to this CrossWatch.");
  if (!CW_HAS(&entry, live) || !entry.id || !entry.version || !entry.create || !entry.live)
    throw LoadError("The plugin " + path.string() + " has an incomplete entry table.");
  if (id != entry.id)
    throw LoadError("The plugin file " + path.string() + " says it is \"" + entry.id + "\", its manifest says \"" + id +
                    "\".");
  self->entry_ = &entry;
  return self;
}

std::shared_ptr<Plugin> Plugin::linked(const cw_entry& entry) {
  auto self = std::shared_ptr<Plugin>(new Plugin);
  self->entry_ = &entry;
  return self;
}

}  // namespace crosswatch::host
