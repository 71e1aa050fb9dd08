#include "config/secrets.hpp"

#include <algorithm>
#include <crosswatch/call.hpp>

#include "config/values.hpp"
#include "files/files.hpp"

namespace crosswatch::host {
namespace {

constexpr std::string_view by_env = "env:";
constexpr std::string_view by_file = "file:";
constexpr const char* mask_text = "***";

std::string url_encoded(std::string_view text, const char* hex) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    if (plain)
      out += c;
    else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
  return out;
}

std::string json_escaped(std::string_view text) {
  std::string out;
  json::append_quoted(out, text);
  return out.substr(1, out.size() - 2);
}

// Blocks of other programs' providers have no manifest that says what is secret.
bool sounds_secret(std::string_view key) {
  const std::string name = lower_case(key);
  for (const char* word : {"token", "secret", "password", "passwd", "api_key", "apikey", "_pin"})
    if (name.find(word) != std::string::npos) return true;
  return name == "pin" || name == "key";
}

void hide(json::Value& v) {
  if (const auto* s = v.as<std::string>(); s && (s->empty() || is_reference(*s))) return;
  if (!v.is_null()) v = mask_text;
}

void hide_by_sound(json::Value& v) {
  if (auto* members = v.as<json::Value::Object>()) {
    for (json::Member& m : *members)
      if (sounds_secret(m.key))
        hide(m.value);
      else
        hide_by_sound(m.value);
  } else if (auto* list = v.as<json::Value::Array>()) {
    for (json::Value& element : *list) hide_by_sound(element);
  }
}

void hide_members(json::Value& v, const Manifest& manifest, const std::string& prefix) {
  auto* const members = v.as<json::Value::Object>();
  if (!members) return;
  for (json::Member& m : *members) {
    const std::string name = prefix + m.key;
    const ConfigKey* const key = find_key(manifest.config, name);
    if (key && key->secret)
      hide(m.value);
    else if (prefix.empty() && m.key == "instances" && m.value.is_object()) {
      for (json::Member& profile : *m.value.as<json::Value::Object>()) hide_members(profile.value, manifest, "");
    } else if (key)
      continue;
    else if (sounds_secret(m.key))
      hide(m.value);
    else if (m.value.is_object())
      hide_members(m.value, manifest, name + ".");
    else
      hide_by_sound(m.value);
  }
}

}  // namespace

bool is_reference(std::string_view stored) noexcept {
  return stored.starts_with(by_env) || stored.starts_with(by_file);
}

std::string reference_source(std::string_view stored) {
  if (stored.starts_with(by_env)) return "the environment variable " + std::string(stored.substr(by_env.size()));
  return "the file " + std::string(stored.substr(by_file.size()));
}

ResolvedSecret resolve_secret(std::string_view key, std::string_view stored, const Environment& env) {
  if (!is_reference(stored)) return {std::string(stored), {}};
  const auto missing = [&](const std::string& how) {
    return Error(
        CW_CONFIG, "secret_missing",
        "The secret " + std::string(key) + " is to come from " + reference_source(stored) + ", which " + how + ".",
        "Provide it there, or change " + std::string(key) + " in the configuration.");
  };
  if (stored.starts_with(by_env)) {
    auto value = env(std::string(stored.substr(by_env.size())));
    if (!value) throw missing("is not set");
    return {std::move(*value), {}};
  }
  const std::filesystem::path file(stored.substr(by_file.size()));
  if (!file.is_absolute()) throw missing("has no absolute path");
  auto text = read_file(file, 64 * 1024);
  if (!text) throw missing("does not exist");
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  if (text->empty()) throw missing("is empty");
  ResolvedSecret out{std::move(*text), {}};
  // Container secrets are mounted readable for all inside their container.
  if (!file.string().starts_with("/run/secrets/")) out.warning = exposure(file);
  return out;
}

void Redactor::add(std::string_view secret) {
  if (secret.size() < 4) return;
  const std::lock_guard lock(mutex_);
  const auto keep = [&](std::string needle) {
    if (std::find(needles_.begin(), needles_.end(), needle) == needles_.end()) needles_.push_back(std::move(needle));
  };
  keep(std::string(secret));
  keep(json_escaped(secret));
  for (const char* hex : {"0123456789ABCDEF", "0123456789abcdef"}) {
    const std::string once = url_encoded(secret, hex);
    keep(once);
    keep(url_encoded(once, hex));
  }
  std::stable_sort(needles_.begin(), needles_.end(),
                   [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
}

std::string Redactor::mask(std::string_view text) const {
  return mask(text, 0);
}

std::string Redactor::mask_data(std::string_view text) const {
  return mask(text, 8);
}

std::string Redactor::mask(std::string_view text, std::size_t shortest) const {
  std::string out(text);
  const std::lock_guard lock(mutex_);
  for (const std::string& needle : needles_) {
    if (needle.size() < shortest) break;
    for (auto at = out.find(needle); at != std::string::npos; at = out.find(needle, at + 3))
      out.replace(at, needle.size(), mask_text);
  }
  return out;
}

json::Value redacted(const json::Value& config, const std::vector<Manifest>& manifests) {
  json::Value out = config;
  auto* const blocks = out.as<json::Value::Object>();
  if (!blocks) return out;
  for (json::Member& block : *blocks) {
    const auto manifest =
        std::find_if(manifests.begin(), manifests.end(), [&](const Manifest& m) { return m.id == block.key; });
    if (manifest == manifests.end())
      hide_by_sound(block.value);
    else
      hide_members(block.value, *manifest, "");
  }
  return out;
}

}  // namespace crosswatch::host
