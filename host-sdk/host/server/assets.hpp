// The files of the page, which are part of the program (host-sdk/web, built in by host/server/assets.cmake).
#pragma once

#include <string_view>

namespace crosswatch::host::server {

struct Asset {
  std::string_view path{}, type{}, content{};
  std::string_view etag{};  // with quotes
};
// Null: there is no such file. "/" is the page.
const Asset* find_asset(std::string_view path) noexcept;
std::string_view schemas_text() noexcept;  // server/schemas.json

}  // namespace crosswatch::host::server
