// What a command tells its caller: the one place where errors become exit codes.
#pragma once

#include <crosswatch/call.hpp>

namespace crosswatch::host {

enum class ExitCode : int {
  ok = 0,           // also: nothing to do
  error = 1,        // also: invalid configuration or whitelist, unreadable state
  usage = 2,        // the command line
  unreachable = 3,  // network, name, TLS, server trouble
  login = 4,        // not linked, expired, denied, user unknown or ambiguous, scope
  unknown = 5,      // no such profile, pair, plugin or server
  busy = 6,         // another process is at work
  held = 7,         // operations wait for approval, or a lane is blocked
  failed = 8,       // finished, with failed operations
  cancelled = 130
};

// Codes of Error that decide the exit code whatever the status is.
inline constexpr char code_busy[] = "busy";
inline constexpr char code_usage[] = "usage";

ExitCode exit_code(cw_status status) noexcept;
ExitCode exit_code(const Error& error) noexcept;

// Of several parts of one command the code that needs a person most: cancelled, login, error, unknown, usage,
// busy, unreachable, failed, held, ok.
ExitCode worst(ExitCode a, ExitCode b) noexcept;

}  // namespace crosswatch::host
