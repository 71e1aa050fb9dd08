#include "service/import_config.hpp"

#include <algorithm>

#include "config/profile.hpp"
#include "config/tables.hpp"
#include "config/values.hpp"
#include "files/files.hpp"
#include "time.hpp"

namespace crosswatch::host {
namespace {

using json::Value;

bool is_empty(const Value& v) {
  const auto* text = v.as<std::string>();
  const auto* list = v.as<Value::Array>();
  const auto* members = v.as<Value::Object>();
  return v.is_null() || (text && text->empty()) || (list && list->empty()) || (members && members->empty());
}

// Old files have empty texts where nothing was ever set; those hide no older name behind them.
const Value* set_value(const Value* block, const std::string& name) {
  const Value* const v = block ? json::find_path(*block, name) : nullptr;
  return v && !is_empty(*v) ? v : nullptr;
}

// CrossWatch keeps secrets readable by itself alone as "enc:v1:..".
bool is_encrypted(const Value& v) {
  const auto* text = v.as<std::string>();
  return text && text->starts_with("enc:");
}

class Import {
public:
  Import(const Value& old, const Value& now, const std::vector<Manifest>& manifests)
      : old_(old), after_(now), manifests_(manifests) {}

  void run() {
    for (const Manifest& m : manifests_) provider(m);
    if (const Value* const list = old_.find("pairs"); list && !is_empty(*list)) pairs(*list);
  }

  const Value& after() const { return after_; }
  const std::vector<Problem>& problems() const { return problems_; }
  ImportResult& result() { return result_; }

private:
  void note(std::string key, std::string message) { result_.notes.push_back({std::move(key), std::move(message)}); }

  void provider(const Manifest& m) {
    const Value* const block = old_.find(m.id);
    // An older place of a login, of the default profile only.
    const Value* const elsewhere = json::find_path(old_, "auth." + m.id);
    if ((block && block->is_object()) || elsewhere)
      profile(m, block, elsewhere, {m.id, std::string(default_profile)}, m.id);
    const Value* const instances = block ? block->find("instances") : nullptr;
    if (const auto* members = instances ? instances->as<Value::Object>() : nullptr)
      for (const json::Member& member : *members) {
        const ProfileRef ref{m.id, normal_profile(member.key)};
        const std::string path = m.id + ".instances." + member.key;
        if (ref.profile == default_profile || ref.profile.find('.') != std::string::npos || !member.value.is_object())
          note(path, "\"" + member.key + "\" cannot be the name of a profile here; it was not taken.");
        else
          profile(m, &member.value, nullptr, ref, path);
      }
  }

  void profile(const Manifest& m, const Value* old, const Value* elsewhere, const ProfileRef& ref,
               const std::string& path) {
    const bool base = ref.profile == default_profile;
    const std::string here = profile_path(m.id, ref.profile);
    const Value* const now = json::find_path(after_, here);
    const std::vector<ConfigKey> keys = provider_keys(m);
    // Who and where belong together: never some of the old file and some of here.
    const auto settled = [&](const ConfigKey& k) { return (k.secret || k.per_profile) && set_value(now, k.key); };
    if (std::any_of(keys.begin(), keys.end(), settled))
      return note(path, to_string(ref) + " is set up here already; it was left as it is.");
    ImportedProfile taken{ref, {}, false};
    Value block = now && now->is_object() ? *now : json::object();
    for (const ConfigKey& k : keys) {
      std::string name;
      const Value* const v = find(k, old, elsewhere, name);
      if (!v) continue;
      const std::string at = path + "." + name;
      if (k.obsolete) {
        note(at, k.help);
      } else if (k.secret && is_encrypted(*v)) {
        note(at, "It is encrypted and cannot be read here. " + remedy(m, ref, k));
      } else if (const auto typed = read_value(k, *v); !typed) {
        problems_.push_back(bad_value(k, at, *v));
      } else if (!typed->is_null() && !set_value(&block, k.key) && !(base && *typed == k.fallback)) {
        json::set_path(block, k.key, *typed);
        taken.keys.push_back(k.key);
        taken.linked = taken.linked || k.key == m.login_key();
      }
    }
    if (old) report_unknown(*old, keys, path);
    if (base && taken.keys.empty()) return;
    if (!base && !taken.linked && !m.auth_flow.empty())
      note(path, to_string(ref) + " has no login of its own, and none is inherited: " + command("connect", ref));
    if (taken.linked) json::set_path(after_, "plugins." + m.id + ".enabled", true);
    json::set_path(after_, here, std::move(block));
    result_.profiles.push_back(std::move(taken));
  }

  static const Value* find(const ConfigKey& k, const Value* old, const Value* elsewhere, std::string& name) {
    std::vector<std::string> names{k.key};
    names.insert(names.end(), k.aliases.begin(), k.aliases.end());
    for (const Value* const place : {old, elsewhere})
      for (const std::string& candidate : names)
        if (const Value* const v = set_value(place, candidate)) {
          name = candidate;
          return v;
        }
    return nullptr;
  }

  static bool is_login(const Manifest& m, const std::string& key) {
    return std::find(m.auth_writes.begin(), m.auth_writes.end(), key) != m.auth_writes.end();
  }

  static std::string remedy(const Manifest& m, const ProfileRef& ref, const ConfigKey& k) {
    if (is_login(m, k.key)) return "Link the profile anew: " + command("connect", ref);
    return "Set it again: " + profile_path(m.id, ref.profile) + "." + k.key;
  }

  // Names only: a value that nobody declared may be a secret.
  void report_unknown(const Value& old, const std::vector<ConfigKey>& keys, const std::string& path) {
    std::vector<std::string> names;
    for (const ConfigKey& k : keys) {
      names.push_back(k.key);
      names.insert(names.end(), k.aliases.begin(), k.aliases.end());
    }
    std::string unknown;
    leaves(old, "", [&](const std::string& leaf) {
      const auto known = [&](const std::string& n) { return leaf == n || leaf.starts_with(n + "."); };
      if (std::none_of(names.begin(), names.end(), known)) unknown += (unknown.empty() ? "" : ", ") + leaf;
    });
    if (!unknown.empty()) note(path, "There are no such settings here; they were not taken: " + unknown + ".");
  }

  template <class F>
  static void leaves(const Value& v, const std::string& prefix, F&& take) {
    for (const json::Member& m : *v.as<Value::Object>()) {
      if (is_empty(m.value) || (prefix.empty() && m.key == "instances")) continue;
      if (m.value.is_object())
        leaves(m.value, prefix + m.key + ".", take);
      else
        take(prefix + m.key);
    }
  }

  void pairs(const Value& list) {
    const auto* const all = list.as<Value::Array>();
    if (!all) return note("pairs", "It is no list; no pair was taken.");
    for (std::size_t i = 0; i < all->size(); ++i) pair((*all)[i], "pairs." + std::to_string(i));
  }

  void pair(Value raw, const std::string& path) {
    std::vector<Problem> problems;
    const auto read = read_pairs(json::object({{"pairs", json::array({raw})}}), problems);
    // The pair does without these: told, and no reason not to take it.
    for (const char* gone : {"providers", "profile_id"}) {
      const std::string place = "pairs.0." + std::string(gone);
      for (const Problem& p : problems)
        if (p.key.starts_with(place)) note(path, "Not taken: " + p.message.substr(std::string("pairs.0.").size()));
      std::erase_if(problems, [&](const Problem& p) { return p.key.starts_with(place); });
      raw.erase(gone);
    }
    const auto bad = std::find_if(problems.begin(), problems.end(), [](const Problem& p) { return p.error; });
    if (bad != problems.end()) return note(path, "The pair was not taken. " + bad->message);
    const PairConfig& p = read.front();
    const auto there = read_pairs(after_, problems);
    if (std::any_of(there.begin(), there.end(), [&](const PairConfig& other) { return other.id == p.id; }))
      return note(path, "There is a pair \"" + p.id + "\" here already; it was left as it is.");
    for (const ProfileRef& side : {p.source, p.target})
      if (!exists(side))
        return note(path, "The pair \"" + p.id + "\" was not taken: there is no " + to_string(side) + " here.");
    raw["source"] = p.source.provider;
    raw["target"] = p.target.provider;
    switch_removes_off(raw, p.id, path);
    for (const ProfileRef& side : {p.source, p.target})
      json::set_path(after_, "plugins." + side.provider + ".enabled", true);
    Value& pairs = after_["pairs"];
    if (!pairs.as<Value::Array>()) pairs = json::array();
    pairs.push_back(std::move(raw));
    result_.pairs.push_back(p.id);
  }

  bool exists(const ProfileRef& ref) const {
    const auto same = [&](const Manifest& m) { return m.id == ref.provider; };
    if (std::none_of(manifests_.begin(), manifests_.end(), same)) return false;
    const auto profiles = profiles_of(after_, ref.provider);
    return std::find(profiles.begin(), profiles.end(), ref.profile) != profiles.end();
  }

  // Whoever comes from another program decides anew what this one may delete.
  void switch_removes_off(Value& raw, const std::string& id, const std::string& path) {
    const Value* const usual = json::find_path(old_, "sync.enable_remove");
    const bool by_default = usual && read_boolean(*usual).value_or(false);
    std::string which;
    Value* const features = raw.find("features");
    if (auto* members = features ? features->as<Value::Object>() : nullptr)
      for (json::Member& m : *members) {
        if (!m.value.is_object()) continue;
        const Value* const remove = m.value.find("remove");
        if (remove && !remove->is_null() ? read_boolean(*remove).value_or(false) : by_default)
          which += (which.empty() ? "" : ", ") + m.key;
        m.value["remove"] = false;
      }
    if (!which.empty())
      note(path, "The pair \"" + id + "\" also removed (" + which +
                     "). That is off here until you switch it on: set remove to true in its features.");
  }

  const Value& old_;
  Value after_;
  const std::vector<Manifest>& manifests_;
  std::vector<Problem> problems_{};
  ImportResult result_{};
};

// In the state folder: like the configuration, it holds secrets.
std::filesystem::path keep_copies(const Workspace& ws, const std::string& old_text) {
  const std::string stamp = file_stamp(system_clock()() / 1000);
  const std::filesystem::path folder = ws.at.state / "imports";
  make_private_folder(folder);
  std::filesystem::path copy = folder / (stamp + "-imported.json");
  write_atomically(copy, old_text);
  if (const auto now = read_file(ws.config.file(), 4 * json::max_text))
    write_atomically(folder / (stamp + "-before.json"), *now);
  return copy;
}

}  // namespace

ImportResult import_config(Workspace& ws, const std::filesystem::path& file, bool dry_run) {
  std::error_code no_such_file;  // then they are not the same
  if (std::filesystem::equivalent(file, ws.config.file(), no_such_file))
    throw Error(CW_CONFIG, "own_config", file.string() + " is the configuration in use; older names in it are read.",
                "crosswatch config check");
  const auto text = read_file(file, 4 * json::max_text);
  if (!text)
    throw Error(CW_CONFIG, "no_such_file", "There is no file " + file.string() + ".",
                "Name the config.json of the other installation.");
  const Value old = json::parse(*text, file.string());
  const auto manifests = ws.plugins.manifests();
  const Value now = ws.config.read();
  Import trial(old, now, manifests);
  trial.run();
  throw_errors(trial.problems());
  ImportResult result = std::move(trial.result());
  if (result.profiles.empty() && result.pairs.empty() && result.notes.empty())
    throw Error(CW_CONFIG, "nothing_to_import", file.string() + " has no settings of an installed plugin.",
                "Name the config.json of the other installation; crosswatch plugins list shows the plugins.");
  if (dry_run || (result.profiles.empty() && result.pairs.empty())) return result;
  const std::filesystem::path copy = keep_copies(ws, *text);
  ws.config.update([&](Value& config) {
    Import import(old, config, manifests);  // somebody may have written since
    import.run();
    throw_errors(import.problems());
    config = import.after();
    result = std::move(import.result());
  });
  result.copy = copy;
  return result;
}

}  // namespace crosswatch::host
