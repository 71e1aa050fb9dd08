// What the host lends to a plugin, as C++: errors, the running call, services, sinks.
#pragma once

#include <algorithm>
#include <crosswatch/item.hpp>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crosswatch {

// The one exception whose meaning reaches the host; any other is reported as a defect of the plugin.
// `code` is stable and for machines ("pin_required"); message and remedy are for a person.
struct Error : std::runtime_error {
  Error(cw_status status_, std::string code_, const std::string& message, std::string remedy_ = {})
      : std::runtime_error(message), status(status_), code(std::move(code_)), remedy(std::move(remedy_)) {}
  Error& retry_after(std::uint32_t ms) { return retry_after_ms = ms, *this; }
  Error& http(std::uint32_t answer) { return http_status = answer, *this; }

  cw_status status;
  std::string code;
  std::string remedy;
  std::uint32_t retry_after_ms = 0;
  std::uint32_t http_status = 0;
};

// Unwinds the plugin when the host said stop. Not derived from std::exception, so that nothing catches it
// by accident on the way out.
struct Stopped {
  cw_status status;
};

// Copies text into a fixed array, cut at a character boundary. Returns the size; the rest is zeroed.
template <std::size_t N>
std::uint32_t copy_text(char (&to)[N], std::string_view from, bool terminate = true) noexcept {
  std::size_t n = std::min(from.size(), terminate ? N - 1 : N);
  if (n < from.size())
    while (n > 0 && (static_cast<unsigned char>(from[n]) & 0xC0u) == 0x80u) --n;
  from.copy(to, n);  // unlike memcpy, takes the null of an empty text
  std::memset(to + n, 0, N - n);
  return static_cast<std::uint32_t>(n);
}

// The running operation. A wake-up registered with Watch interrupts what blocks.
class Call {
public:
  explicit Call(const cw_call* raw) noexcept : raw_(raw) {}
  // Sleeps; throws Stopped at once when the operation is cancelled. [any]
  void wait(std::uint32_t ms) const {
    if (const cw_status s = raw_->wait(raw_->ctx, ms); s != CW_OK) throw Stopped{s};
  }
  void check() const { wait(0); }
  bool cancelled() const noexcept { return raw_->wait(raw_->ctx, 0) != CW_OK; }
  void progress(std::uint64_t done, std::uint64_t total) const noexcept { raw_->progress(raw_->ctx, done, total); }

  // Runs `wake` when the operation is cancelled while this object lives; as std::stop_callback.
  template <class F>
  class Watch {
  public:
    Watch(const Call& call, F wake) : raw_(call.raw_), wake_(std::move(wake)) {
      watch_.wake = [](void* self) { static_cast<Watch*>(self)->wake_(); };
      watch_.user = this;
      raw_->watch(raw_->ctx, &watch_);
    }
    ~Watch() { raw_->unwatch(raw_->ctx, &watch_); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

  private:
    const cw_call* raw_;
    F wake_;
    cw_watch watch_{};
  };

private:
  const cw_call* raw_;
};

enum class LogLevel : std::int32_t { debug = 0, info = 1, warning = 2, error = 3 };

// The host's services for one profile. A copy is as good as the original; valid as long as the provider. [any]
class Host {
public:
  explicit Host(const cw_host* raw) noexcept : raw_(raw) {}

  void log(LogLevel level, std::string_view message) const noexcept {
    raw_->log(raw_->ctx, static_cast<std::int32_t>(level), str(message));
  }
  std::string config(std::string_view key, std::string_view fallback = {}) const {
    const auto values = config_list(key);
    return values.empty() ? std::string(fallback) : values.front();
  }
  std::vector<std::string> config_list(std::string_view key) const { return collect(raw_->config, key, "setting"); }
  std::int64_t config_number(std::string_view key, std::int64_t fallback) const {
    const std::string text = config(key);
    return text.empty() ? fallback : std::stoll(text);
  }
  bool config_flag(std::string_view key, bool fallback) const {
    const std::string text = config(key);
    return text.empty() ? fallback : text == "true";
  }
  // Empty when not set. Keep it no longer than needed, and never in a message.
  std::string secret(std::string_view key) const { return first(collect(raw_->secret, key, "secret")); }

  std::string kv_get(std::string_view key) const { return first(collect(raw_->kv_get, key, "stored value")); }
  void kv_set(std::string_view key, std::string_view value) const {
    if (const cw_status s = raw_->kv_set(raw_->ctx, str(key), str(value)); s != CW_OK)
      throw Error(s, "kv_write_failed", "The host could not store \"" + std::string(key) + "\".");
  }
  // Stores one setting at once (CW_SETTINGS_IID). Error UNSUPPORTED when the host does not offer that.
  void store(std::string_view key, std::string_view value) const {
    const auto* service = static_cast<const cw_settings*>(raw_->query(raw_->ctx, CW_SETTINGS_IID));
    const cw_status s = service ? service->store(raw_->ctx, str(key), str(value)) : CW_UNSUPPORTED;
    if (s != CW_OK)
      throw Error(s, "setting_not_stored", "The host could not store the setting \"" + std::string(key) + "\".");
  }
  std::string data_dir() const {
    std::string path;
    if (const cw_status s = raw_->data_dir(raw_->ctx, &assign, &path); s != CW_OK)
      throw Error(s, "no_data_dir", "The host could not provide a data folder for this profile.");
    return path;
  }
  std::int64_t now_ms() const noexcept { return raw_->now_ms(raw_->ctx); }
  std::int64_t now() const noexcept { return now_ms() / 1000; }

private:
  using Visit = cw_status (*)(void*, cw_str, cw_str_visitor, void*);
  static void assign(void* user, cw_str v) { static_cast<std::string*>(user)->assign(v.data, v.size); }
  static void append(void* user, cw_str v) {
    static_cast<std::vector<std::string>*>(user)->emplace_back(v.data, v.size);
  }
  static std::string first(std::vector<std::string> v) { return v.empty() ? std::string() : std::move(v.front()); }
  std::vector<std::string> collect(Visit visit, std::string_view key, const char* what) const {
    std::vector<std::string> out;
    const cw_status s = visit(raw_->ctx, str(key), &append, &out);
    if (s != CW_OK && s != CW_NOT_FOUND)
      throw Error(s, "host_refused",
                  "The host could not read the " + std::string(what) + " \"" + std::string(key) + "\".");
    return out;
  }

  const cw_host* raw_;
};

// Where a snapshot goes. [call]
class FactSink {
public:
  explicit FactSink(const cw_fact_sink* raw) noexcept : raw_(raw) {}
  void accept(std::span<const cw_fact> page) {
    const cw_facts facts{sizeof(cw_facts), sizeof(cw_fact), page.size(), page.data()};
    if (const cw_status s = raw_->accept(raw_->ctx, &facts); s != CW_OK) throw Stopped{s};
    count_ += page.size();
  }
  void accept(const Fact& fact) { accept({&lender_.lend(fact), 1}); }
  std::uint64_t count() const noexcept { return count_; }

private:
  const cw_fact_sink* raw_;
  FactLender lender_{};
  std::uint64_t count_ = 0;
};

// Settings for the host to store in one write if the call succeeds. Empty value: remove. [call]
class Settings {
public:
  explicit Settings(const cw_setting_sink* raw) noexcept : raw_(raw) {}
  void set(std::string_view key, std::string_view value) {
    if (const cw_status s = raw_->set(raw_->ctx, str(key), str(value)); s != CW_OK) throw Stopped{s};
  }
  void clear(std::string_view key) { set(key, {}); }

private:
  const cw_setting_sink* raw_;
};

// Lines of a status report: section "server", key "url". [call]
class Report {
public:
  explicit Report(const cw_report_sink* raw) noexcept : raw_(raw) {}
  void put(std::string_view section, std::string_view key, std::string_view value) {
    if (const cw_status s = raw_->put(raw_->ctx, str(section), str(key), str(value)); s != CW_OK) throw Stopped{s};
  }

private:
  const cw_report_sink* raw_;
};

// What an operation is limited to.
struct Scope {
  std::vector<std::string_view> libraries{};  // empty: what the profile's own settings allow
  std::uint32_t write = 0;                    // of apply: CW_ALL_COPIES | ..; of lookup: CW_BY_TITLE
  std::string_view since{};                   // of snapshot: the state of an earlier one, or empty
};

// Walks an array by the producer's stride, so that longer elements of a newer producer still work.
template <class T, class F>
void for_each(const void* first, std::uint64_t count, std::uint32_t stride, F&& f) {
  const char* at = static_cast<const char*>(first);
  for (std::uint64_t i = 0; i < count; ++i, at += stride) f(*reinterpret_cast<const T*>(at));
}

}  // namespace crosswatch
