#include "identity/title.hpp"

#include <array>
#include <cstdint>

namespace crosswatch::plex::identity {
namespace {

// The letters U+00C0 to U+017F without their marks; a space stands for what is no letter.
constexpr std::array<std::string_view, 0x180 - 0xC0> plain{
    "a", "a", "a",  "a", "a", "a", "ae", "c",  "e", "e", "e",  "e",  "i", "i", "i",  "i",  "d", "n", "o",  "o",
    "o", "o", "o",  " ", "o", "u", "u",  "u",  "u", "y", "th", "ss", "a", "a", "a",  "a",  "a", "a", "ae", "c",
    "e", "e", "e",  "e", "i", "i", "i",  "i",  "d", "n", "o",  "o",  "o", "o", "o",  " ",  "o", "u", "u",  "u",
    "u", "y", "th", "y", "a", "a", "a",  "a",  "a", "a", "c",  "c",  "c", "c", "c",  "c",  "c", "c", "d",  "d",
    "d", "d", "e",  "e", "e", "e", "e",  "e",  "e", "e", "e",  "e",  "g", "g", "g",  "g",  "g", "g", "g",  "g",
    "h", "h", "h",  "h", "i", "i", "i",  "i",  "i", "i", "i",  "i",  "i", "i", "ij", "ij", "j", "j", "k",  "k",
    "k", "l", "l",  "l", "l", "l", "l",  "l",  "l", "l", "l",  "n",  "n", "n", "n",  "n",  "n", "n", "n",  "n",
    "o", "o", "o",  "o", "o", "o", "oe", "oe", "r", "r", "r",  "r",  "r", "r", "s",  "s",  "s", "s", "s",  "s",
    "s", "s", "t",  "t", "t", "t", "t",  "t",  "u", "u", "u",  "u",  "u", "u", "u",  "u",  "u", "u", "u",  "u",
    "w", "w", "y",  "y", "y", "z", "z",  "z",  "z", "z", "z",  "s"};

bool digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// "Dumbo (2019)" -> "Dumbo": a year that only tells two titles of one name apart.
std::string_view without_year(std::string_view t) noexcept {
  while (!t.empty() && t.back() == ' ') t.remove_suffix(1);
  const std::size_t n = t.size();
  if (n < 8 || t[n - 1] != ')' || t[n - 6] != '(') return t;
  for (std::size_t i = n - 5; i < n - 1; ++i)
    if (!digit(t[i])) return t;
  return t.substr(0, n - 6);
}

}  // namespace

std::string folded_title(std::string_view title) {
  title = without_year(title);
  std::string out;
  bool gap = false;
  const auto put = [&](std::string_view letters) {
    if (gap && !out.empty()) out += ' ';
    gap = false;
    out += letters;
  };
  for (std::size_t i = 0; i < title.size(); ++i) {
    const auto c = static_cast<unsigned char>(title[i]);
    const auto next = static_cast<unsigned char>(i + 1 < title.size() ? title[i + 1] : 0);
    if (c >= 'A' && c <= 'Z') {
      const char lower = static_cast<char>(c - 'A' + 'a');
      put({&lower, 1});
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      put(title.substr(i, 1));
    } else if (c == '&') {
      gap = true;
      put("and");
      gap = true;
    } else if (c == '\'' || c == '`') {
      continue;  // "Ocean's" and "Oceans"
    } else if (c < 0x80) {
      gap = true;
    } else if (c >= 0xC3 && c <= 0xC5 && next >= 0x80 && next < 0xC0) {
      const std::string_view letters = plain[((c & 0x1Fu) << 6 | (next & 0x3Fu)) - 0xC0];
      letters == " " ? void(gap = true) : put(letters);
      ++i;
    } else if ((c == 0xCC && next >= 0x80) || (c == 0xCD && next >= 0x80 && next < 0xB0)) {
      ++i;  // an accent that stands by itself
    } else if (c == 0xC2) {
      gap = true;
      ++i;
    } else if (c == 0xE2 && next == 0x80) {  // dashes, quotation marks, an ellipsis
      const auto last = static_cast<unsigned char>(i + 2 < title.size() ? title[i + 2] : 0);
      gap = gap || (last != 0x98 && last != 0x99);
      i += 2;
    } else {
      put(title.substr(i, 1));
    }
  }
  return out;
}

}  // namespace crosswatch::plex::identity
