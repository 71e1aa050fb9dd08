// Typed settings: the only code that decides whether "yes" is true and "12" a number.
#pragma once

#include <crosswatch/call.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.hpp"
#include "manifest/manifest.hpp"

namespace crosswatch::host {

// True: true, a number other than 0, "1 true yes on"; false: false, 0, "0 false no off"; else nullopt.
std::optional<bool> read_boolean(const json::Value& v);

// By name or alias.
const ConfigKey* find_key(std::span<const ConfigKey> keys, std::string_view name) noexcept;

// What is allowed, for messages: "a whole number from 1 to 64", "one of newest, source, target, none".
std::string allowed(const ConfigKey& key);

// `v` in the type of the key: a list of texts for lists (numbers become texts), a number for "12", ..; null when it
// says "not set" (null, or an empty text for anything but a free text). Nullopt: not allowed.
std::optional<json::Value> read_value(const ConfigKey& key, const json::Value& v);

// A value typed at a prompt or handed over by a plugin; a list is JSON or separated by commas. As read_value otherwise.
std::optional<json::Value> from_text(const ConfigKey& key, std::string_view text);

// What a plugin sees of a value that read_value made: one text, or one an element.
std::vector<std::string> to_texts(const json::Value& v);

// Something wrong with the configuration.
struct Problem {
  bool error = true;      // false: a warning, such as a key that nobody knows
  std::string key{};      // full dotted path
  std::string value{};    // as JSON, shortened; "***" for a secret
  std::string message{};  // a sentence with key, value and what is allowed
};
Problem bad_value(const ConfigKey& key, std::string path, const json::Value& v);
// Error CONFIG "bad_config" of all errors among the problems; nothing when there are none.
void throw_errors(const std::vector<Problem>& problems);

std::string lower_case(std::string_view text);  // ASCII
std::string trimmed(std::string_view text);

}  // namespace crosswatch::host
