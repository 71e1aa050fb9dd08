#include "output.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "exit_code.hpp"

namespace crosswatch::app {
namespace {

constexpr const char* code_cannot_print = "cannot_print";
constexpr int bar_width = 24;
constexpr std::int64_t bar_interval_ms = 100;

// Width on a terminal: bytes that begin a character.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

void merge_members(host::json::Value& to, const host::json::Value& from) {
  if (const auto* members = from.as<host::json::Value::Object>())
    for (const host::json::Member& m : *members) to[m.key] = m.value;
}

Output::Output(const host::Redactor& redactor, bool json, bool quiet_progress)
    : redactor_(redactor), json_(json), stderr_is_terminal_(!quiet_progress && ::isatty(STDERR_FILENO) == 1) {}

void Output::write(std::FILE* to, const std::string& masked, bool newline) {
  const std::lock_guard lock(mutex_);
  if (bar_) {
    std::fputs("\r\033[K", stderr);
    bar_ = false;
  }
  std::fwrite(masked.data(), 1, masked.size(), to);
  if (newline) std::fputc('\n', to);
  // The stream remembers a failure that an earlier, larger write has met already.
  if ((std::fflush(to) != 0 || std::ferror(to) != 0) && to == stdout)
    throw Error(CW_STORAGE, code_cannot_print, "Standard output cannot be written: what was printed is not complete.",
                "Is the program that reads it still running, and the disk not full?");
}

void Output::line(std::string_view text) {
  write(stdout, redactor_.mask_data(text), true);
}
void Output::value(const host::json::Value& v) {
  write(stdout, redactor_.mask_data(host::json::dump(v)), true);
}
void Output::raw(std::string_view lines) {
  write(stdout, redactor_.mask_data(lines), false);
}
void Output::note(std::string_view text) {
  write(stderr, redactor_.mask(text), true);
}

void Output::table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return;
  std::vector<std::size_t> widths(head.size(), 0);
  const auto measure = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  };
  measure(head);
  std::for_each(rows.begin(), rows.end(), measure);
  const auto print = [&](const std::vector<std::string>& row) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - width(row[i]) + 2, ' ');
    }
    line(text);
  };
  print(head);
  std::for_each(rows.begin(), rows.end(), print);
}

void Output::progress(std::string_view what, std::uint64_t done, std::uint64_t total) {
  if (!stderr_is_terminal_) return;
  const std::lock_guard lock(mutex_);
  const std::int64_t now = now_ms();
  if (now - last_bar_ms_ < bar_interval_ms && !(total != 0 && done >= total)) return;
  last_bar_ms_ = now;
  std::string text = "\r\033[K" + std::string(what) + " ";
  if (total != 0) {
    const auto full = static_cast<std::size_t>(bar_width * std::min(done, total) / total);
    text += "[" + std::string(full, '#') + std::string(bar_width - full, '.') + "] " + std::to_string(done) + " of " +
            std::to_string(total);
  } else {
    text += std::to_string(done);
  }
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
  bar_ = true;
}

void Output::end_progress() {
  const std::lock_guard lock(mutex_);
  if (bar_) std::fputs("\r\033[K", stderr);
  bar_ = false;
}

void Output::error(const Error& e) {
  if (json_ && e.code != code_cannot_print) {
    // Masked before it becomes JSON, of which a short secret could be a part.
    host::json::Value error = host::json::object(
        {{"code", e.code}, {"message", redactor_.mask(e.what())}, {"remedy", redactor_.mask(e.remedy)}});
    try {
      value(host::json::object({{"error", std::move(error)}}));
      return;
    } catch (const Error&) {
      // Then a person shall see at least the cause.
    }
  }
  note("crosswatch: " + std::string(e.what()));
  if (!e.remedy.empty()) note("  " + e.remedy);
}

}  // namespace crosswatch::app
