// Small answers of plex.tv as a tree in which JSON and XML look alike.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/text.hpp"

namespace crosswatch::plex::wire {

// An XML element or a JSON object. Scalar members and XML attributes are attributes. A member that is an object
// is one child of that name, and a member that is an array one child of that name for each element.
struct Node {
  std::string name{};  // "" for elements of a root array
  std::string text{};  // character data; the value of a scalar inside an array
  std::vector<std::pair<std::string, std::string>> attributes{};
  std::vector<Node> children{};

  // Absent, null and "" are the same. Booleans are "1" and "0".
  std::string_view attr(std::string_view key) const noexcept;
  std::optional<std::int64_t> number(std::string_view key) const noexcept { return to_int(attr(key)); }
  bool flag(std::string_view key, bool fallback = false) const noexcept { return to_flag(attr(key), fallback); }
  std::int64_t time(std::string_view key) const noexcept { return to_time(attr(key)); }

  const Node* child(std::string_view child_name) const noexcept;  // the first of that name, or null

  // The elements of a list, however it is written: children called `one` or `many` ("users":[{..}]), and the
  // children called `one` of a wrapping child called `many` (<users><user/></users>). Case does not matter.
  // With `many` empty: the children called `one`, and those without a name (a root array).
  std::vector<const Node*> list(std::string_view one, std::string_view many = {}) const;
};

// The root of the answer: the root element of XML, the root value of JSON. A root object with "MediaContainer"
// as its only member is replaced by that. Destroys `body`. Throws Error CW_PROTOCOL as parse_rows does, and
// above 8 MiB. [any]
Node parse_tree(std::string& body, std::string_view what);

// The message that an error answer carries ({"errors":[..]}, <Response status=..>, HTML title), else "". Never
// throws. For messages to a person, together with the HTTP status. [any]
std::string error_text(std::string body) noexcept;

}  // namespace crosswatch::plex::wire
