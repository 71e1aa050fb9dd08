// Typed settings: the only code that decides whether "yes" is true and "12" a number.
#pragma once

#include <crosswatch/call.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.hpp"
#include "manifest/manifest.hpp"

namespace crosswatch::host {

// True: true, a number other than 0, "1 true yes on"; false: false, 0, "0 false no off"; else nullopt.
std::optional<bool> read_boolean(const json::Value& v);

// What is allowed, for messages: "a whole number from 1 to 64", "one of newest, source, target, none".
std::string allowed(const ConfigKey& key);

// `v` in the type of the key: a list of texts for lists (numbers become texts), a number for "12", ..; null when it
// says "not set" (null, or an empty text for anything but a text). Nullopt: not allowed.
std::optional<json::Value> read_value(const ConfigKey& key, const json::Value& v);

// A value typed at a prompt or handed over by a plugin; lists are separated by commas. As read_value otherwise.
std::optional<json::Value> from_text(const ConfigKey& key, std::string_view text);

// What a plugin sees of a value that read_value made: one text, or one an element.
std::vector<std::string> to_texts(const json::Value& v);

// Error CONFIG "bad_setting" for a value that is not allowed; `path` is the full dotted path. Never shows a secret.
Error bad_setting(const ConfigKey& key, std::string_view path, const json::Value& v);

std::string lower_case(std::string_view text);  // ASCII

}  // namespace crosswatch::host
