#include "manifest/manifest.hpp"

#include <algorithm>
#include <cmath>
#include <crosswatch/call.hpp>

#include "config/values.hpp"
#include "files/files.hpp"
#include "json/schema.hpp"

namespace crosswatch::host {
namespace {

namespace fs = std::filesystem;
using json::Value;

// Names at the top of the configuration that belong to the host.
constexpr std::string_view reserved[] = {"plugins", "pairs", "safety", "runtime", "schedule", "web", "default"};

class Parser {
public:
  Parser(const Value& root, const fs::path& file) : root_(root), file_(file) {}

  Manifest parse() {
    Manifest m;
    m.id = text(root_, "id");
    if (std::find(std::begin(reserved), std::end(reserved), m.id) != std::end(reserved))
      throw bad("uses the id \"" + m.id + "\", which CrossWatch keeps for itself");
    m.label = text(root_, "label");
    m.version = text(root_, "version");
    m.abi = static_cast<int>(*root_.find("abi")->as<std::int64_t>());
    m.library = file_.parent_path() / text(root_, "library");
    m.directory = flag(root_, "directory");
    if (const Value* const live = root_.find("watcher")) {
      const std::vector<std::string> told = texts(*live, "events");
      for (const EventKind k : all_event_kinds)
        if (std::find(told.begin(), told.end(), name_of(k)) != told.end()) m.watcher |= bit(k);
      if (flag(*live, "webhooks")) m.watcher |= can_receive;
    }
    for (const Feature f : all_features) {
      cw_capability& c = m.capabilities[static_cast<std::size_t>(f)];
      c.struct_size = sizeof c;
      const Value* const features = root_.find("capabilities");
      if (const Value* const about = features ? features->find(name_of(f)) : nullptr) {
        capability(*about, f, c);
        m.sync = true;
      }
    }
    if (const Value* const settings = root_.find("config"))
      for (const Value& s : *settings->as<Value::Array>()) m.config.push_back(setting(s));
    check_names(m);
    if (const Value* const auth = root_.find("auth")) {
      m.auth_flow = text(*auth, "flow");
      m.auth_writes = texts(*auth, "writes");
      for (const std::string& key : m.auth_writes)
        if (!m.find(key)) throw bad("says that a login writes \"" + key + "\", which is no setting of its own");
    }
    return m;
  }

  Error bad(const std::string& what) const {
    return Error(CW_CONFIG, "bad_manifest", "The manifest " + file_.string() + " " + what + ".",
                 "Install the plugin again, or tell its author.");
  }

private:
  static std::string text(const Value& object, std::string_view key) {
    const Value* const v = object.find(key);
    return v ? *v->as<std::string>() : std::string();
  }
  static std::vector<std::string> texts(const Value& object, std::string_view key) {
    const Value* const v = object.find(key);
    return v ? to_texts(*v) : std::vector<std::string>();
  }
  static bool flag(const Value& object, std::string_view key) {
    const Value* const v = object.find(key);
    return v && *v->as<bool>();
  }
  static std::optional<double> number(const Value& object, std::string_view key) {
    const Value* const v = object.find(key);
    if (!v) return std::nullopt;
    const auto* const i = v->as<std::int64_t>();
    return i ? static_cast<double>(*i) : *v->as<double>();
  }

  void capability(const Value& about, Feature f, cw_capability& c) const {
    const auto can = [&](const char* name, std::uint32_t one) { return flag(about, name) ? one : 0u; };
    c.can = can("read", CW_READ) | can("add", CW_ADD) | can("update", CW_UPDATE) | can("remove", CW_REMOVE) |
            can("backdate", CW_BACKDATE) | can("events", CW_EVENTS);
    if (c.can == 0) throw bad("names " + std::string(name_of(f)) + " and can do nothing with it");
    for (const std::string& kind : texts(about, "kinds")) c.kinds |= bit(*kind_named(kind));
    const double step = number(about, "rating_step").value_or(0) * 10;
    c.rating_step = static_cast<std::uint32_t>(std::lround(step));
    if (std::abs(step - std::round(step)) > 1e-6) throw bad("has a rating_step that is no multiple of 0.1");
    if ((f == Feature::ratings) != (c.rating_step != 0))
      throw bad(f == Feature::ratings ? "lacks rating_step in capabilities.ratings"
                                      : "has a rating_step in capabilities." + std::string(name_of(f)));
    c.time_precision_s = static_cast<std::uint32_t>(number(about, "time_precision").value_or(0));
  }

  ConfigKey setting(const Value& about) const {
    ConfigKey k;
    k.key = text(about, "key");
    const std::string type = text(about, "type");
    k.type = type == "integer"   ? ValueType::integer
             : type == "number"  ? ValueType::number
             : type == "boolean" ? ValueType::boolean
             : type == "list"    ? ValueType::list
             : type == "map"     ? ValueType::map
                                 : ValueType::text;
    k.aliases = texts(about, "aliases");
    k.label = text(about, "label");
    k.help = text(about, "help");
    k.min = number(about, "min");
    k.max = number(about, "max");
    k.choices = texts(about, "choices");
    k.secret = flag(about, "secret");
    k.per_profile = flag(about, "per_profile");
    k.advanced = flag(about, "advanced");
    k.obsolete = flag(about, "obsolete");
    inheritance(about, k);

    const bool numeric = k.type == ValueType::integer || k.type == ValueType::number;
    if ((k.min || k.max) && !numeric) throw bad(about_setting(k) + "has a range, but is no number");
    if (k.min && k.max && *k.min > *k.max) throw bad(about_setting(k) + "has an empty range");
    if (!k.choices.empty() && k.type != ValueType::text && k.type != ValueType::list)
      throw bad(about_setting(k) + "has choices, but is neither a string nor a list");
    if (k.secret && k.type != ValueType::text) throw bad(about_setting(k) + "is secret, but no string");
    if (const Value* const fallback = about.find("default")) {
      if (k.type == ValueType::map) throw bad(about_setting(k) + "is a map and has a default");
      if (k.secret) throw bad(about_setting(k) + "is secret and has a default");
      const auto typed = read_value(k, *fallback);
      if (!typed)
        throw bad(about_setting(k) + "has the default " + json::dump(*fallback) + "; allowed is " + allowed(k));
      k.fallback = *typed;
    }
    return k;
  }

  void inheritance(const Value& about, ConfigKey& k) const {
    k.inherits = !k.secret && !k.per_profile;
    const Value* const v = about.find("inherits");
    if (!v) return;
    if (const auto* other = v->as<std::string>())
      k.inherits_with = *other;
    else if (*v->as<bool>() && !k.inherits)
      throw bad(about_setting(k) + "is secret or per_profile, so it cannot inherit");
    else
      k.inherits = *v->as<bool>();
  }

  static std::string about_setting(const ConfigKey& k) { return "has the setting \"" + k.key + "\", which "; }

  void check_names(const Manifest& m) const {
    std::vector<std::string> names;
    for (const ConfigKey& k : m.config) {
      names.push_back(k.key);
      names.insert(names.end(), k.aliases.begin(), k.aliases.end());
      if (!k.inherits_with.empty() && !m.find(k.inherits_with))
        throw bad(about_setting(k) + "inherits with \"" + k.inherits_with + "\", which is no setting of its own");
    }
    std::sort(names.begin(), names.end());
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == "instances" || names[i].starts_with("instances."))
        throw bad("has the setting \"" + names[i] + "\", where the profiles stand");
      if (i != 0 && names[i] == names[i - 1]) throw bad("has the setting \"" + names[i] + "\" twice");
      for (const std::string& other : names)
        if (names[i].starts_with(other + "."))
          throw bad("has the setting \"" + names[i] + "\" inside the setting \"" + other + "\"");
    }
  }

  const Value& root_;
  const fs::path& file_;
};

}  // namespace

const ConfigKey* Manifest::find(std::string_view key) const noexcept {
  const auto it = std::find_if(config.begin(), config.end(), [&](const ConfigKey& k) { return k.key == key; });
  return it == config.end() ? nullptr : &*it;
}

std::string Manifest::login_key() const {
  const auto is_secret = [&](const std::string& key) { return find(key)->secret; };
  const auto it = std::find_if(auth_writes.begin(), auth_writes.end(), is_secret);
  return it == auth_writes.end() ? std::string() : *it;
}

std::optional<ConfigKey> Manifest::setting(std::string_view name) const {
  if (const ConfigKey* const key = find(name)) return *key;
  for (const ConfigKey& key : config)
    if (key.type == ValueType::map && name.starts_with(key.key + ".")) {
      ConfigKey member = key;
      member.key = name;
      member.aliases.clear();
      member.type = ValueType::text;
      return member;
    }
  return std::nullopt;
}

Manifest parse_manifest(std::string_view text, const fs::path& file) {
  static const Value schema = json::parse(manifest_schema(), "The manifest schema");
  Value root;
  try {
    root = json::parse(text, "The manifest " + file.string());
  } catch (const Error& e) {
    throw Error(CW_CONFIG, "bad_manifest", e.what(), "Install the plugin again, or tell its author.");
  }
  Parser parser(root, file);
  if (const auto problem = json::violation(root, schema)) throw parser.bad("does not hold: " + *problem);
  return parser.parse();
}

Manifest load_manifest(const fs::path& file) {
  const fs::path path = fs::absolute(file);
  const auto text = read_file(path, 4 * json::max_text);
  if (!text)
    throw Error(CW_CONFIG, "bad_manifest", "The manifest " + path.string() + " is missing.",
                "Install the plugin again, or remove its folder.");
  return parse_manifest(*text, path);
}

}  // namespace crosswatch::host
