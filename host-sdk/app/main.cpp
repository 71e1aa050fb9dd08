// From start to exit code: signals, the workspace of the command, and how an error is told.
#include <csignal>
#include <iostream>
#include <thread>

#include "command_line.hpp"

namespace crosswatch::app {
namespace {

// SIGINT and SIGTERM end the running operation; a second one ends the process. The signals are blocked in every
// thread, so that no library call is ever interrupted half way, and one thread waits for them.
void watch_signals(host::Cancellation cancel) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::thread([set, cancel]() mutable {
    for (int seen = 0, signal = 0; sigwait(&set, &signal) == 0; ++seen) {
      if (seen > 0) ::_exit(static_cast<int>(ExitCode::cancelled));
      cancel.request();
    }
  }).detach();
}

// Without its log file a command still works, also the one that mends that setting, or says where the configuration is
// that cannot be read.
std::string log_file(const host::Workspace& ws) {
  std::vector<host::Problem> told_by_who_needs_them;
  try {
    return host::read_runtime(ws.config.read(), told_by_who_needs_them).log_file;
  } catch (const Error&) {
    return {};  // told by who needs it
  }
}

void open_log(host::Workspace& ws) {
  const std::string file = log_file(ws);
  if (file.empty()) return;
  try {
    ws.log.open_file(file);
  } catch (const Error& e) {
    ws.log.warning(std::string(e.what()) + " There is no log of this command.");
  }
}

int perform(const Request& request) {
  std::optional<host::Workspace> ws;
  std::optional<Output> out;
  const host::Redactor none;
  try {
    ws.emplace(request.where, request.verbose ? LogLevel::debug : LogLevel::warning);
    watch_signals(ws->cancel);
    out.emplace(ws->redactor, request.json, request.no_input);
    open_log(*ws);
    Context context{*ws, *out, request.yes, request.no_input};
    return static_cast<int>(request.action(context));
  } catch (const Error& e) {
    if (!out) out.emplace(none, request.json, true);
    out->error(e);
    return static_cast<int>(host::exit_code(e));
  } catch (const Stopped&) {
    if (out) out->error(Error(CW_CANCELLED, "cancelled", "Cancelled.", "Run the command again; nothing is half done."));
    return static_cast<int>(ExitCode::cancelled);
  } catch (const std::exception& e) {
    if (!out) out.emplace(none, request.json, true);
    out->error(Error(CW_INTERNAL, "defect", std::string("A defect of CrossWatch: ") + e.what() + ".",
                     "Tell the authors what you did, with the log of crosswatch -v."));
    return static_cast<int>(ExitCode::error);
  }
}

}  // namespace
}  // namespace crosswatch::app

int main(int argc, char** argv) {
  // Both would end the process without a word; ignored, the write that caused them fails, and the error says so.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  return crosswatch::app::with_command_line(argc, argv, &crosswatch::app::perform);
}
