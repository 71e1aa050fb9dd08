#include <algorithm>

#include "commands.hpp"
#include "config/check.hpp"
#include "config/profile.hpp"
#include "config/values.hpp"
#include "files/files.hpp"
#include "service/import_config.hpp"
#include "service/settings.hpp"

namespace crosswatch::app {
namespace {

using host::json::object;
using host::json::Value;

// The declared setting that a dotted path means: "tracker.path", "tracker.instances.friend.path".
const host::ConfigKey* declared(const std::vector<host::Manifest>& manifests, const std::string& path) {
  for (const host::Manifest& m : manifests) {
    if (!path.starts_with(m.id + ".")) continue;
    std::string key = path.substr(m.id.size() + 1);
    if (key.starts_with("instances.")) {
      const std::size_t dot = key.find('.', sizeof("instances.") - 1);
      key = dot == std::string::npos ? std::string() : key.substr(dot + 1);
    }
    if (const host::ConfigKey* k = m.find(key)) return k;
  }
  return nullptr;
}

// JSON where it is JSON, else a text: config set pairs.0.enabled false, config set runtime.log_file /tmp/x.
Value parse_loose(const std::string& text) {
  try {
    return host::json::parse(text);
  } catch (const Error&) {
    return Value(text);  // not JSON is what most texts are
  }
}

}  // namespace

ExitCode config_get(Context& c, const std::string& key) {
  const Value all = host::redacted(c.ws.config.read(), c.ws.plugins.manifests());
  const Value* v = key.empty() ? &all : host::json::find_path(all, key);
  if (!v)
    throw Error(CW_CONFIG, "not_set", "\"" + key + "\" is not set in " + c.ws.config.file().string() + ".",
                "crosswatch config get shows what is set.");
  if (c.out.json()) {
    c.out.value(*v);
  } else {
    const std::string* text = v->as<std::string>();
    c.out.line(text ? *text : host::json::dump(*v, 2));
  }
  return ExitCode::ok;
}

ExitCode config_set(Context& c, const std::string& key, const std::string& text) {
  const auto manifests = c.ws.plugins.manifests();
  const host::ConfigKey* k = declared(manifests, key);
  Value value = parse_loose(text);
  if (k) {
    if (k->secret && !host::is_reference(text)) c.ws.redactor.add(text);
    const auto typed = host::from_text(*k, text);
    if (!typed) host::throw_errors({host::bad_value(*k, key, value)});
    value = typed.value_or(Value());
  }
  std::vector<host::Problem> warnings;
  c.ws.config.update([&](Value& config) {
    Value changed = config;
    host::json::set_path(changed, key, value);
    warnings = host::expect_no_new_error(config, changed, manifests);
    config = std::move(changed);
  });
  for (const host::Problem& w : warnings) c.out.note(w.message);
  if (c.out.json()) {
    const Value stored = host::redacted(c.ws.config.read(), manifests);
    const Value* const shown = host::json::find_path(stored, key);
    c.out.value(object({{"key", key}, {"value", shown ? *shown : Value()}}));
  }
  return ExitCode::ok;
}

ExitCode config_unset(Context& c, const std::string& key) {
  bool was_set = false;
  c.ws.config.update([&](Value& config) { was_set = host::unset(config, key); });
  if (c.out.json())
    c.out.value(object({{"key", key}, {"was_set", was_set}}));
  else if (!was_set)
    c.out.note("\"" + key + "\" was not set.");
  return ExitCode::ok;
}

ExitCode config_check(Context& c) {
  const Value config = c.ws.config.read();
  const auto manifests = c.ws.plugins.manifests();
  auto problems = host::check_config(config, manifests);
  if (const std::string exposed = host::exposure(c.ws.config.file());
      !exposed.empty() && host::redacted(config, manifests) != config)
    problems.push_back({false, {}, {}, exposed + "."});
  bool errors = false;
  Value list = host::json::array();
  for (const host::Problem& p : problems) {
    errors = errors || p.error;
    if (c.out.json())
      list.push_back(object({{"severity", p.error ? "error" : "warning"}, {"key", p.key}, {"message", p.message}}));
    else
      c.out.line(std::string(p.error ? "error    " : "warning  ") + p.message);
  }
  if (c.out.json())
    c.out.value(list);
  else if (problems.empty())
    c.out.line(c.ws.config.file().string() + " is in order.");
  return errors ? ExitCode::error : ExitCode::ok;
}

ExitCode config_import(Context& c, const std::string& file, bool dry_run) {
  const host::ImportResult r = host::import_config(c.ws, file, dry_run);
  if (c.out.json()) {
    Value profiles = host::json::array(), pairs = host::json::array(), notes = host::json::array();
    for (const auto& p : r.profiles) {
      Value keys = host::json::array();
      for (const std::string& key : p.keys) keys.push_back(key);
      profiles.push_back(object(
          {{"provider", p.ref.provider}, {"profile", p.ref.profile}, {"linked", p.linked}, {"keys", std::move(keys)}}));
    }
    for (const std::string& id : r.pairs) pairs.push_back(id);
    for (const auto& n : r.notes) notes.push_back(object({{"key", n.key}, {"message", n.message}}));
    c.out.value(object({{"dry_run", dry_run},
                        {"profiles", std::move(profiles)},
                        {"pairs", std::move(pairs)},
                        {"notes", std::move(notes)},
                        {"copy", r.copy.empty() ? Value() : Value(r.copy.string())}}));
    return ExitCode::ok;
  }
  const std::string done = dry_run ? "would be taken" : "is taken";
  for (const auto& p : r.profiles) {
    std::string keys;
    for (const std::string& key : p.keys) keys += (keys.empty() ? "" : ", ") + key;
    c.out.line("profile " + to_string(p.ref) + " " + done + ": " + (keys.empty() ? "no settings" : keys));
  }
  for (const std::string& id : r.pairs) c.out.line("pair " + id + " " + done);
  for (const auto& n : r.notes) c.out.line(n.key + ": " + n.message);
  if (r.profiles.empty() && r.pairs.empty()) c.out.line("Nothing was taken.");
  if (!r.copy.empty()) c.out.note("A copy of the file is " + r.copy.string() + ". Next: crosswatch status");
  return ExitCode::ok;
}

ExitCode config_path(Context& c) {
  const std::string config = c.ws.at.config.string(), state = c.ws.at.state.string(),
                    plugins = c.ws.at.plugins.string();
  if (c.out.json()) {
    c.out.value(object({{"config", config}, {"state", state}, {"plugins", plugins}}));
    return ExitCode::ok;
  }
  c.out.line("config   " + config);
  c.out.line("state    " + state);
  c.out.line("plugins  " + plugins);
  return ExitCode::ok;
}

}  // namespace crosswatch::app
