#include "plugin/advice.hpp"

#include <array>

namespace crosswatch::host {
namespace {

constexpr std::array<std::string_view, 8> with_profile{"connect", "disconnect", "status", "users",
                                                       "servers", "libraries",  "select", "snapshot"};

bool in_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool ends_word(const std::string& text, std::size_t at) noexcept {
  return at >= text.size() || !in_word(text[at]);
}

void name_in_commands(std::string& text, const ProfileRef& ref) {
  for (const std::string_view verb : with_profile) {
    const std::string wanted = "crosswatch " + std::string(verb) + " " + ref.provider, flag = " --profile ";
    for (std::size_t at = 0; (at = text.find(wanted, at)) != std::string::npos;) {
      at += wanted.size();
      const bool other = !ends_word(text, at) || text.compare(at, flag.size(), flag) == 0;
      if (!other) text.insert(at, flag + ref.profile);
    }
  }
}

void name_in_settings(std::string& text, const std::string& provider,
                      const std::function<std::string(std::string_view)>& place) {
  const std::string prefix = provider + ".";
  for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;) {
    const std::size_t key = at + prefix.size();
    std::size_t end = key;
    while (end < text.size() && (in_word(text[end]) || text[end] == '.')) ++end;
    const bool begins = at == 0 || (!in_word(text[at - 1]) && text[at - 1] != '.' && text[at - 1] != '/');
    std::string there;
    // The longest part of the word that is a setting: a sentence may end after it.
    for (std::size_t cut = end; begins && cut != std::string::npos && cut > key; cut = text.rfind('.', cut - 1)) {
      there = place(std::string_view(text).substr(key, cut - key));
      if (there.empty()) continue;
      text.replace(at, cut - at, there);
      break;
    }
    at = there.empty() ? key : at + there.size();
  }
}

}  // namespace

std::string advice_for(const ProfileRef& ref, std::string text,
                       const std::function<std::string(std::string_view)>& place) {
  name_in_commands(text, ref);
  name_in_settings(text, ref.provider, place);
  return text;
}

}  // namespace crosswatch::host
