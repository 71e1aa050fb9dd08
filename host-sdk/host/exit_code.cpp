#include "exit_code.hpp"

#include <algorithm>
#include <array>

namespace crosswatch::host {

ExitCode exit_code(cw_status status) noexcept {
  switch (status) {
    case CW_OK:
      return ExitCode::ok;
    case CW_EXPIRED:
    case CW_DENIED:
    case CW_NOT_LINKED:
    case CW_AUTH:
    case CW_SCOPE:
      return ExitCode::login;
    case CW_NOT_FOUND:
      return ExitCode::unknown;
    case CW_THROTTLED:
    case CW_UNREACHABLE:
      return ExitCode::unreachable;
    case CW_CANCELLED:
      return ExitCode::cancelled;
    default:
      return ExitCode::error;
  }
}

ExitCode exit_code(const Error& error) noexcept {
  if (error.code == code_busy) return ExitCode::busy;
  if (error.code == code_usage) return ExitCode::usage;
  return exit_code(error.status);
}

ExitCode worst(ExitCode a, ExitCode b) noexcept {
  constexpr std::array order{ExitCode::ok,    ExitCode::held,     ExitCode::failed,  ExitCode::unreachable,
                             ExitCode::busy,  ExitCode::usage,    ExitCode::unknown, ExitCode::error,
                             ExitCode::login, ExitCode::cancelled};
  const auto rank = [&](ExitCode c) { return std::find(order.begin(), order.end(), c); };
  return rank(a) < rank(b) ? b : a;
}

}  // namespace crosswatch::host
