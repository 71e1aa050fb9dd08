#include "plugin/plugin_manager.hpp"

#include <algorithm>

#include "config/values.hpp"
#include "files/files.hpp"

namespace crosswatch::host {
namespace {

namespace fs = std::filesystem;

// What a plugin finds that is made only to be looked at: its defaults.
class CheckServices : public Services {
public:
  CheckServices(const Manifest& manifest, Log& log) : manifest_(manifest), log_(log) {}
  void log(LogLevel, std::string_view message) override { log_.debug(manifest_.id + ": " + std::string(message)); }
  bool config(std::string_view key, const Visit& visit) override {
    const ConfigKey* const known = manifest_.find(key);
    if (!known || known->fallback.is_null()) return false;
    for (const std::string& text : to_texts(known->fallback)) visit(text);
    return true;
  }
  bool secret(std::string_view, const Visit&) override { return false; }
  bool kv_get(std::string_view, const Visit&) override { return false; }
  void kv_set(std::string_view, std::string_view) override { no_io(); }
  std::string data_dir() override {
    no_io();
    return {};
  }
  std::int64_t now_ms() override { return 0; }

private:
  [[noreturn]] void no_io() const {
    throw Error(CW_INTERNAL, "io_in_create", "The plugin " + manifest_.id + " stores files while it is being made.");
  }
  const Manifest& manifest_;
  Log& log_;
};

std::string difference(Feature f, const cw_capability& says, const cw_capability& offers) {
  const std::string name(name_of(f));
  constexpr std::pair<std::uint32_t, const char*> abilities[] = {{CW_READ, "read"},         {CW_ADD, "add"},
                                                                 {CW_UPDATE, "update"},     {CW_REMOVE, "remove"},
                                                                 {CW_BACKDATE, "backdate"}, {CW_EVENTS, "events"}};
  for (const auto& [bit, what] : abilities)
    if ((says.can & bit) != (offers.can & bit))
      return name + "." + what + " is " +
             ((says.can & bit) != 0 ? "declared and not offered" : "offered and not declared");
  if (says.can == 0) return {};
  const auto differ = [&](const char* what, std::uint32_t a, std::uint32_t b) {
    return name + "." + what + " is declared as " + std::to_string(a) + " and offered as " + std::to_string(b);
  };
  for (const Kind k : {Kind::movie, Kind::show, Kind::season, Kind::episode})
    if ((says.kinds & bit(k)) != (offers.kinds & bit(k)))
      return name + ".kinds: " + std::string(name_of(k)) + " is " +
             ((says.kinds & bit(k)) != 0 ? "declared and not offered" : "offered and not declared");
  if (says.rating_step != offers.rating_step)
    return differ("rating_step (in tenths)", says.rating_step, offers.rating_step);
  if (says.time_precision_s != offers.time_precision_s)
    return differ("time_precision", says.time_precision_s, offers.time_precision_s);
  return {};
}

std::string difference_live(std::uint32_t says, std::uint32_t offers) {
  const auto differ = [&](std::uint32_t one, std::string_view what) {
    if ((says & one) == (offers & one)) return std::string();
    return "watcher." + std::string(what) +
           ((says & one) != 0 ? " is declared and not offered" : " is offered and not declared");
  };
  std::string problem = differ(can_receive, "webhooks");
  for (const EventKind k : all_event_kinds)
    if (problem.empty()) problem = differ(bit(k), name_of(k));
  return problem;
}

// Why the library is not what its manifest says; empty when it is.
std::string lie(const Manifest& manifest, const std::shared_ptr<Plugin>& plugin, Log& log) {
  if (manifest.version != plugin->entry().version)
    return "the manifest is of version " + manifest.version + " and the library of version " + plugin->entry().version;
  CheckServices services(manifest, log);
  Session session(plugin, services);
  const auto differs = [](const char* what, bool declared, bool offered) {
    if (declared == offered) return std::string();
    return std::string(what) + (declared ? " is declared and not offered" : " is offered and not declared");
  };
  for (const std::string& problem : {differs("a login", !manifest.auth_flow.empty(), session.offers_auth()),
                                     differs("a directory", manifest.directory, session.offers_directory()),
                                     differs("sync", manifest.sync, session.offers_sync()),
                                     difference_live(manifest.watcher, session.watcher_can())})
    if (!problem.empty()) return problem;
  if (manifest.sync)
    for (const Feature f : all_features)
      if (std::string problem = difference(f, manifest.capability(f), session.capability(f)); !problem.empty())
        return problem;
  return {};
}

void set_enabled(json::Value& config, std::string_view id, bool on) {
  json::set_path(config, "plugins." + std::string(id) + ".enabled", on);
}

Error broken(const std::string& id, const std::string& why) {
  return Error(CW_CONFIG, "plugin_broken", "The plugin " + id + " cannot be used: " + why,
               "Install it again, or disable it: crosswatch plugins disable " + id);
}

}  // namespace

PluginManager::PluginManager(fs::path folder, HostContext context)
    : folder_(std::move(folder)), context_(std::move(context)) {}

std::vector<std::string> PluginManager::folders() const {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;  // what cannot be looked at is no folder of a plugin
    const std::string name = it->path().filename().string();
    if (!name.starts_with('.') && it->is_directory(ignored)) names.push_back(name);
  }
  if (error && error != std::errc::no_such_file_or_directory)
    throw storage_error("list the plugins in", folder_, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

std::shared_ptr<const Manifest> PluginManager::manifest(std::string_view id) const {
  const auto names = folders();
  if (std::find(names.begin(), names.end(), id) == names.end()) {
    std::string known;
    for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
    throw Error(CW_NOT_FOUND, "plugin_unknown",
                "There is no plugin \"" + std::string(id) + "\" in " + folder_.string() +
                    (known.empty() ? ", which holds none." : "; there are: " + known + "."),
                "crosswatch plugins list shows them; --plugins DIR names another folder.");
  }
  auto found = std::make_shared<Manifest>(load_manifest(folder_ / id / "manifest.json"));
  if (found->id != id)
    throw Error(CW_CONFIG, "bad_manifest",
                "The folder " + (folder_ / id).string() + " holds the plugin \"" + found->id + "\".",
                "Rename the folder to " + found->id + ".");
  return found;
}

std::vector<Manifest> PluginManager::manifests() const {
  std::vector<Manifest> out;
  for (const std::string& id : folders()) try {
      out.push_back(*manifest(id));
    } catch (const Error& e) {
      context_.log.debug(e.what());  // list() is where a broken one shows
    }
  return out;
}

bool PluginManager::enabled(const json::Value& config, std::string_view id) {
  const json::Value* const plugins = config.find("plugins");
  const json::Value* const block = plugins ? plugins->find(id) : nullptr;
  const json::Value* const flag = block ? block->find("enabled") : nullptr;
  return flag && read_boolean(*flag).value_or(false);
}

std::vector<PluginRow> PluginManager::list() {
  std::vector<PluginRow> rows;
  const json::Value config = context_.config.read();
  for (const std::string& id : folders()) {
    PluginRow row;
    row.id = id;
    row.path = folder_ / id;
    row.enabled = enabled(config, id);
    try {
      const auto about = manifest(id);
      row.version = about->version;
      row.label = about->label;
      if (row.enabled)
        static_cast<void>(load(about));
      else if (!fs::exists(about->library))
        throw broken(id, "its file " + about->library.string() + " is missing.");
      row.state = row.enabled ? "ok" : "disabled";
    } catch (const std::exception& e) {
      row.state = "broken";
      row.why = e.what();
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::shared_ptr<Plugin> PluginManager::load(const std::shared_ptr<const Manifest>& manifest) {
  const std::lock_guard lock(mutex_);
  if (const auto it = loaded_.find(manifest->id); it != loaded_.end()) return it->second;
  if (manifest->abi != static_cast<int>(CW_ABI_MAJOR))
    throw broken(manifest->id, "it is made for version " + std::to_string(manifest->abi) +
                                   " of the plugin interface, this CrossWatch speaks version " +
                                   std::to_string(CW_ABI_MAJOR) +
                                   ". Install the plugin that belongs to this CrossWatch.");
  std::shared_ptr<Plugin> plugin;
  std::string why;
  try {
    plugin = Plugin::load(manifest->library, manifest->id);
    why = lie(*manifest, plugin, context_.log);
    if (!why.empty()) why = "it is not what its manifest says: " + why + ".";
  } catch (const LoadError& e) {
    why = e.what();
  } catch (const Error& e) {
    why = e.what();
  }
  if (!why.empty()) throw broken(manifest->id, why);
  return loaded_[manifest->id] = plugin;
}

void PluginManager::enable(std::string_view id) {
  static_cast<void>(load(manifest(id)));
  context_.config.update([&](json::Value& config) { set_enabled(config, id, true); });
}

void PluginManager::disable(std::string_view id) {
  const auto names = folders();
  const bool installed = std::find(names.begin(), names.end(), id) != names.end();
  if (!installed && !enabled(context_.config.read(), id)) static_cast<void>(manifest(id));  // says that it is unknown
  context_.config.update([&](json::Value& config) {
    if (enabled(config, id)) set_enabled(config, id, false);
  });
}

OpenProfile PluginManager::open(std::string_view provider, std::string_view profile, std::vector<std::string> unset) {
  OpenProfile out;
  out.manifest = manifest(provider);
  if (!enabled(context_.config.read(), provider))
    throw Error(CW_CONFIG, "plugin_disabled", "The plugin " + std::string(provider) + " is disabled.",
                "crosswatch plugins enable " + std::string(provider));
  const auto plugin = load(out.manifest);
  out.services = std::make_unique<ProfileServices>(context_, *out.manifest, profile, std::move(unset));
  out.ref = out.services->ref();
  out.session = std::make_unique<Session>(plugin, *out.services);
  return out;
}

}  // namespace crosswatch::host
