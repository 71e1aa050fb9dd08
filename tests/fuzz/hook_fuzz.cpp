// Anything may be posted to a webhook: its content type, a newline, its body.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "watch/hook.hpp"

using namespace crosswatch;
using namespace crosswatch::plex::watch;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  try {
    const Hook hook = read_hook(payload_of(input.substr(0, end), input.substr(std::min(end + 1, input.size()))));
    for (const std::string& key : {hook.item, hook.show})
      if (key.find_first_not_of("0123456789") != std::string::npos) std::abort();
    if (hook.rating > 100) std::abort();
  } catch (const Error& e) {
    if (e.status != CW_PROTOCOL || e.remedy.empty()) std::abort();
  }
  return 0;
}
