#include "files/random.hpp"

#include <sys/random.h>

#include <crosswatch/call.hpp>

namespace crosswatch::host {

std::string random_hex() {
  unsigned char bytes[32];
  if (::getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes))
    throw Error(CW_INTERNAL, "no_randomness", "The system gives no random numbers.");
  static constexpr char hex[] = "0123456789abcdef";
  std::string out;
  for (const unsigned char b : bytes) {
    out += hex[b >> 4];
    out += hex[b & 15];
  }
  return out;
}

}  // namespace crosswatch::host
