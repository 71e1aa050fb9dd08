// A provider instance (one profile) as the host uses it: the C tables behind a C++ interface that throws
// crosswatch::Error. Strings and rows are copies and may be kept.
#pragma once

#include <crosswatch/provider.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugin/operation.hpp"
#include "plugin/plugin.hpp"

namespace crosswatch::host {

// What the host does for an instance. Called from any thread, so implementations lock; must outlive the session.
class Services {
public:
  using Visit = std::function<void(std::string_view)>;
  virtual ~Services() = default;
  virtual void log(LogLevel level, std::string_view message) = 0;
  virtual bool config(std::string_view key, const Visit& visit) = 0;  // false: neither a value nor a default
  virtual bool secret(std::string_view key, const Visit& visit) = 0;
  virtual bool kv_get(std::string_view key, const Visit& visit) = 0;
  virtual void kv_set(std::string_view key, std::string_view value) = 0;
  // A setting, at once; an empty value removes it. Error UNSUPPORTED where there is nothing to store it in.
  virtual void store(std::string_view key, std::string_view value);
  virtual std::string data_dir() = 0;
  virtual std::int64_t now_ms() = 0;
  // What the provider says to a person, as it is right for the profile. Never throws.
  virtual std::string advice(std::string text) { return text; }

  // Only a status passes the boundary. The reason waits here for the operation that fails because of it.
  void keep_refusal(const Error& e);
  std::optional<Error> take_refusal();

private:
  std::mutex mutex_{};
  std::optional<Error> refusal_{};
};

using SettingList = std::vector<std::pair<std::string, std::string>>;  // empty value: remove
struct ReportLine {
  std::string section{}, key{}, value{};
};

// Sections of a report that are about something in trouble have its code as "state" and a sentence as "why".
// The sentence for `code`; "" when there is none.
std::string why_in(const std::vector<ReportLine>& report, std::string_view code);

struct SnapshotResult {
  bool complete = false;
  std::uint64_t count = 0;
  std::string reason{};
  std::string scope{};
  std::string state{};     // empty: the provider gives what it read no name
  bool unchanged = false;  // as it was when it was read with the state that was asked for; no fact was sent
};
// Takes the events of a watch, on its thread. What it throws ends the watch and goes on to who called.
class Listener {
public:
  virtual ~Listener() = default;
  virtual void event(const Event& event) = 0;  // returns when the event is kept, come what may
  virtual void cursor(std::string_view text) = 0;
  virtual void link(Link state, std::string_view reason) = 0;
  virtual void dropped(std::string_view reason, std::uint64_t count) = 0;
};

// What the provider reported about a batch before it stopped, if it stopped.
struct ApplyResult {
  std::vector<cw_outcome> outcomes{};
  std::optional<Error> error{};
};

class Session {
public:
  Session(std::shared_ptr<Plugin> plugin, Services& services);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  bool offers_auth() const noexcept { return auth_ != nullptr; }
  bool offers_directory() const noexcept { return directory_ != nullptr; }
  bool offers_sync() const noexcept { return sync_ != nullptr; }

  Challenge begin(Operation& op);
  LinkState poll(Operation& op, std::string_view state, SettingList& settings);
  void cancel(Operation& op, std::string_view state);
  SettingList disconnect(Operation& op);
  // Fills the report also when it throws: how far the provider got is what a person wants to see.
  void status(Operation& op, std::vector<ReportLine>& report);

  UserList users(Operation& op);
  std::vector<Server> servers(Operation& op);
  std::vector<Library> libraries(Operation& op);
  SettingList select(Operation& op, std::string_view user, std::string_view pin, std::string_view server);

  cw_capability capability(Feature feature);
  cw_health check(Operation& op, std::uint32_t features);
  using Page = std::function<void(const cw_facts&)>;
  // `since`: the state of an earlier complete one of the same feature and libraries.
  SnapshotResult snapshot(Operation& op, Feature feature, const std::vector<std::string>& libraries, const Page& page,
                          std::string_view since = {});
  // One outcome an operation, whatever happens. `write`: CW_ALL_COPIES | ..
  ApplyResult apply(Operation& op, Feature feature, const std::vector<std::string>& libraries,
                    const std::vector<cw_op>& ops, std::uint32_t write = 0);
  // One answer an item. `flags`: CW_BY_TITLE.
  std::vector<cw_answer> lookup(Operation& op, Feature feature, const std::vector<std::string>& libraries,
                                const std::vector<cw_fact>& items, std::uint32_t flags = 0);

  // 0 when it tells nothing live; else bit(EventKind) of what it tells, and can_receive.
  std::uint32_t watcher_can() const noexcept;
  // Returns by throwing: CANCELLED when the operation is cancelled. On a session of its own.
  void watch(Operation& op, const std::vector<std::string>& libraries, std::string_view cursor, Listener& listener);
  void receive(Operation& op, const std::vector<std::string>& libraries, std::string_view content_type,
               std::string_view body, Listener& listener);

  // What the conformance suite drives; valid as long as the session.
  const cw_entry& entry() const noexcept { return plugin_->entry(); }
  const cw_host& host_tables() const noexcept { return host_; }

private:
  Services& services() const noexcept { return *static_cast<Services*>(host_.ctx); }
  const cw_auth& auth() const;
  const cw_directory& directory() const;
  const cw_sync& sync() const;
  const cw_watcher& watcher() const;

  std::shared_ptr<Plugin> plugin_;  // first: outlives the instance
  cw_host host_{};
  cw_provider raw_{};
  const cw_auth* auth_ = nullptr;
  const cw_directory* directory_ = nullptr;
  const cw_sync* sync_ = nullptr;
  const cw_watcher* watcher_ = nullptr;
};

}  // namespace crosswatch::host
