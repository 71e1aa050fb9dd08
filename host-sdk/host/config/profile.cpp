#include "config/profile.hpp"

#include <algorithm>

#include "config/secrets.hpp"

namespace crosswatch::host {
namespace {

using json::Value;

const Value* block_of(const Value& config, std::string_view provider, std::string_view profile) {
  const Value* const base = config.find(provider);
  if (profile == default_profile) return base;
  const Value* const instances = base ? base->find("instances") : nullptr;
  return instances ? instances->find(profile) : nullptr;
}

Error unknown_profile(const Value& config, std::string_view provider, std::string_view profile) {
  std::string names;
  for (const std::string& p : profiles_of(config, provider)) names += (names.empty() ? "" : ", ") + p;
  return Error(CW_NOT_FOUND, "profile_unknown",
               "The provider " + std::string(provider) + " has no profile \"" + std::string(profile) +
                   "\". It has: " + names + ".",
               "crosswatch profile list shows them, crosswatch profile add makes one.");
}

// What stands there under the key's name, else under the first alias that is there. Null counts as absent; an empty
// text hides no alias: older files have one wherever nothing was set.
const Value* stands(const Value& block, const ConfigKey& key, std::string* name = nullptr) {
  const auto at = [&](const std::string& candidate, bool empty_counts) {
    const Value* const v = find_path(block, candidate);
    const auto* const text = v ? v->as<std::string>() : nullptr;
    if (!v || v->is_null() || (text && text->empty() && !empty_counts)) return static_cast<const Value*>(nullptr);
    if (name) *name = candidate;
    return v;
  };
  if (const Value* const v = at(key.key, false)) return v;
  for (const std::string& alias : key.aliases)
    if (const Value* const v = at(alias, false)) return v;
  return at(key.key, true);
}

}  // namespace

std::string normal_profile(std::string_view id) {
  std::string out = trimmed(id);
  const auto colon = out.rfind(':');
  if (colon != std::string::npos && colon + 1 < out.size() &&
      out.find_first_not_of("0123456789", colon + 1) == std::string::npos)
    out.resize(colon);
  return out.empty() || lower_case(out) == default_profile ? std::string(default_profile) : out;
}

std::vector<std::string> profiles_of(const Value& config, std::string_view provider) {
  std::vector<std::string> out{std::string(default_profile)};
  const Value* const base = config.find(provider);
  const Value* const instances = base ? base->find("instances") : nullptr;
  if (const auto* members = instances ? instances->as<Value::Object>() : nullptr)
    for (const json::Member& m : *members)
      if (m.value.is_object()) out.push_back(m.key);
  return out;
}

ProfileView::ProfileView(const Value& config, const Manifest& manifest, std::string_view profile)
    : manifest_(&manifest), profile_(normal_profile(profile)) {
  const Value* const own = block_of(config, manifest.id, profile_);
  if (profile_ != default_profile) {
    if (!own || !own->is_object()) throw unknown_profile(config, manifest.id, profile_);
    base_ = *config.find(manifest.id);
    base_.erase("instances");
  }
  if (own) own_ = *own;
}

const Value* ProfileView::raw(const ConfigKey& key, Origin& from) const {
  from = Origin::own;
  if (const Value* const v = stands(own_, key)) return v;
  if (!key.inherits || base_.is_null()) return nullptr;
  if (!key.inherits_with.empty()) {
    const ConfigKey& other = *manifest_->find(key.inherits_with);
    const Value* const mine = stands(own_, other);
    const Value* const theirs = stands(base_, other);
    if (!mine || !theirs || to_texts(*mine) != to_texts(*theirs)) return nullptr;
  }
  from = Origin::base;
  return stands(base_, key);
}

std::string ProfileView::path_of(const ConfigKey& key, Origin from) const {
  const std::string_view profile = from == Origin::own ? std::string_view(profile_) : default_profile;
  std::string name = key.key;
  stands(from == Origin::own ? own_ : base_, key, &name);
  return profile_path(manifest_->id, profile) + "." + name;
}

std::string ProfileView::place(std::string_view name) const {
  const auto key = manifest_->setting(name);
  if (!key) return {};
  Origin from{};
  const bool stands_there = raw(*key, from) != nullptr;
  return path_of(*key, stands_there ? from : Origin::own);
}

std::optional<Setting> ProfileView::find(const ConfigKey& key, std::vector<Problem>& problems) const {
  Origin from{};
  if (const Value* const v = raw(key, from)) {
    auto typed = read_value(key, *v);
    if (!typed) {
      problems.push_back(bad_value(key, path_of(key, from), *v));
      return std::nullopt;
    }
    if (!typed->is_null()) return Setting{std::move(*typed), from};
  }
  if (key.fallback.is_null()) return std::nullopt;
  return Setting{key.fallback, Origin::fallback};
}

std::optional<Setting> ProfileView::find(std::string_view name) const {
  const auto key = manifest_->setting(name);
  if (!key)
    throw Error(CW_INTERNAL, "undeclared_setting",
                "The plugin " + manifest_->id + " asks for the setting \"" + std::string(name) +
                    "\", which its manifest lacks.",
                "Tell the plugin's author.");
  std::vector<Problem> problems;
  auto setting = find(*key, problems);
  throw_errors(problems);
  return setting;
}

void ProfileView::validate() const {
  std::vector<Problem> problems;
  for (const ConfigKey& key : manifest_->config) static_cast<void>(find(key, problems));
  throw_errors(problems);
}

std::string profile_path(std::string_view provider, std::string_view profile) {
  std::string path(provider);
  return profile == default_profile ? path : path.append(".instances.").append(profile);
}

bool unset(Value& config, std::string_view path) {
  const bool was_set = json::erase_path(config, path);
  constexpr std::string_view mark = ".instances.";
  const std::size_t at = path.find(mark);
  const std::size_t end = at == std::string_view::npos ? at : path.find('.', at + mark.size());
  if (!was_set || end == std::string_view::npos) return was_set;
  const std::string_view profile = path.substr(0, end);
  if (!json::find_path(config, profile)) json::set_path(config, profile, json::object());
  return true;
}

Value& profile_block(Value& config, std::string_view provider, std::string_view profile) {
  const std::string id = normal_profile(profile);
  Value* block = &config[provider];
  if (!block->is_null() && !block->is_object())
    throw Error(CW_CONFIG, "bad_config",
                std::string(provider) + " is " + std::string(kind_of(*block)) + "; allowed is an object {..}.",
                "Correct the configuration.");
  if (id == default_profile) {
    if (block->is_null()) *block = json::object();
    return *block;
  }
  Value* const instances = block->find("instances");
  Value* const own = instances ? instances->find(id) : nullptr;
  if (!own || !own->is_object()) throw unknown_profile(config, provider, id);
  return *own;
}

}  // namespace crosswatch::host
