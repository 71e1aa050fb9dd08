// A host for tests of a provider: what the provider asks for is scripted, what it says is kept, waiting takes no
// time. Drive the provider's class directly with host(), call() and the sinks, or an Instance across the boundary.
// Header only, needs no test framework.
#pragma once

#include <atomic>
#include <condition_variable>
#include <crosswatch/provider.hpp>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace crosswatch {

// The services of one profile, in memory. Fill the maps before the provider runs; it may ask from any thread.
class FakeHost {
public:
  struct LogLine {
    LogLevel level = LogLevel::debug;
    std::string text{};
  };
  FakeHost();
  ~FakeHost();  // removes the data folder
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  std::map<std::string, std::vector<std::string>, std::less<>> settings{};
  std::map<std::string, std::string, std::less<>> secrets{};
  std::map<std::string, std::string, std::less<>> kv{};
  // What the provider stored by itself (CW_SETTINGS_IID), in order; it is found among the secrets from then on.
  std::vector<std::pair<std::string, std::string>> stored{};
  std::atomic<std::int64_t> clock_ms{1'700'000'000'000};
  std::atomic<cw_status> kv_set_answer{CW_OK};    // another: the store refuses, as when the disk is full
  std::atomic<cw_status> data_dir_answer{CW_OK};  // another: there is no folder

  Host host() const noexcept { return Host(&raw_); }
  const cw_host& raw() const noexcept { return raw_; }
  std::vector<LogLine> log_lines() const;
  bool logged(std::string_view part) const;
  std::filesystem::path data_dir();  // made at the first use

private:
  template <class F>
  static cw_status served(void* ctx, F&& body) noexcept;

  mutable std::mutex mutex_{};
  std::vector<LogLine> lines_{};
  std::filesystem::path data_dir_{};
  cw_host raw_{};
};

// One running operation. wait() moves the host's clock and returns.
class FakeCall {
public:
  explicit FakeCall(FakeHost& host);
  Call call() const noexcept { return Call(&raw_); }
  const cw_call& raw() const noexcept { return raw_; }

  void cancel();  // from any thread; runs the wake-ups, once
  bool cancelled() const;
  std::function<void()> on_wait{};  // runs in every wait(ms > 0): to cancel, or to change the world meanwhile
  std::atomic<std::uint64_t> waited_ms{0};
  std::atomic<std::uint64_t> done{0}, total{0};  // the last progress

private:
  static FakeCall& of(void* ctx) noexcept { return *static_cast<FakeCall*>(ctx); }
  static cw_status wait(void* ctx, std::uint32_t ms) noexcept;
  static void watch(void* ctx, cw_watch* w) noexcept;
  static void unwatch(void* ctx, cw_watch* w) noexcept;

  FakeHost& host_;
  mutable std::mutex mutex_{};
  std::condition_variable changed_{};
  std::vector<cw_watch*> watches_{};
  cw_watch* running_ = nullptr;
  std::thread::id runner_{};
  bool cancelled_ = false;
  cw_call raw_{};
};

// Keeps what a snapshot sends. `answer` may stop it: called with each page, after it was kept.
struct FactCollector {
  FactCollector();
  FactCollector(const FactCollector&) = delete;
  FactCollector& operator=(const FactCollector&) = delete;
  FactSink sink() const noexcept { return FactSink(&raw); }

  std::vector<Fact> facts{};
  std::vector<std::size_t> pages{};  // their sizes
  std::function<cw_status()> answer{};
  cw_fact_sink raw{};
};

struct SettingCollector {
  SettingCollector();
  SettingCollector(const SettingCollector&) = delete;
  SettingCollector& operator=(const SettingCollector&) = delete;
  Settings settings() const noexcept { return Settings(&raw); }

  std::vector<std::pair<std::string, std::string>> entries{};  // empty value: removed
  cw_setting_sink raw{};
};

struct ReportCollector {
  ReportCollector();
  ReportCollector(const ReportCollector&) = delete;
  ReportCollector& operator=(const ReportCollector&) = delete;
  Report report() const noexcept { return Report(&raw); }

  std::map<std::string, std::string> lines{};  // "server.url": value
  cw_report_sink raw{};
};

// Keeps what a watch tells. `on_event` may stop it: called with each event, after it was kept.
struct EventCollector {
  EventCollector();
  EventCollector(const EventCollector&) = delete;
  EventCollector& operator=(const EventCollector&) = delete;
  EventSink sink() const noexcept { return EventSink(&raw); }

  std::vector<Event> events{};
  std::string cursor{};  // the last one
  std::vector<std::pair<Link, std::string>> links{};
  std::map<std::string, std::uint64_t> dropped{};
  std::function<cw_status()> on_event{};
  cw_event_sink raw{};
};

}  // namespace crosswatch

#include <crosswatch/detail/fake_host.hpp>
#include <crosswatch/instance.hpp>
