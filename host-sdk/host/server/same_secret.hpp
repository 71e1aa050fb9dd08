// Comparing what somebody sent with what is secret.
#pragma once

#include <string_view>

namespace crosswatch::host::server {

// Takes the same time whatever the first difference is. An empty secret equals nothing.
inline bool same_secret(std::string_view given, std::string_view wanted) noexcept {
  unsigned different = given.size() == wanted.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i)
    different |= static_cast<unsigned char>(given[i]) ^
                 static_cast<unsigned char>(wanted.empty() ? 0 : wanted[i % wanted.size()]);
  return different == 0 && !wanted.empty();
}

}  // namespace crosswatch::host::server
