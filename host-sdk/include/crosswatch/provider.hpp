// For provider authors: derive from these classes, throw crosswatch::Error, and write CW_PROVIDER(..).
// docs/writing-a-provider.md walks through a whole provider.
#pragma once

#include <crosswatch/call.hpp>
#include <crosswatch/watcher.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crosswatch {

struct Challenge {
  std::string code{};
  std::string verify_url{};  // where the user enters the code
  std::string state{};       // opaque, holds no token, at most 1023 bytes; handed to poll
  std::int64_t expires_at = 0;
  std::uint32_t interval_ms = 2000;
};
enum class LinkState { linked, pending, expired, denied };

// Links an account by a code that the user enters on the service's page. Keeps nothing between calls: what
// belongs to a flow is in its state, what belongs to a login is in the settings.
class AuthProvider {
public:
  virtual ~AuthProvider() = default;
  virtual Challenge begin(Call& call) = 0;
  // `linked`: what was put into `settings` is stored, in one write, in place of the old login.
  virtual LinkState poll(Call& call, std::string_view state, Settings& settings) = 0;
  virtual void cancel(Call& call, std::string_view state) = 0;
  virtual void disconnect(Call& call, Settings& settings) = 0;
  // Reports as far as it gets; throws what keeps the profile from being used.
  virtual void status(Call& call, Report& report) = 0;
};

struct User {
  std::string id{}, uuid{}, name{}, kind{}, why{};
  bool guest = false, is_protected = false, server_owner = false, selectable = false;
};
struct UserList {
  std::vector<User> users{};
  std::optional<Error> missing{};  // why some are not among them; those who are there are told all the same
};
struct Address {
  std::string url{}, state{"untried"}, why{};
  bool local = false, relay = false;
  std::int64_t ms = -1;
};
struct Server {
  std::string id{}, name{};
  bool owned = false, selected = false;
  std::vector<Address> addresses{};
};
inline constexpr std::uint32_t takes_part_live = CW_TAKES_PART_LIVE;  // in what the watcher tells

struct Library {
  std::string id{}, uuid{}, title{}, type{};
  std::uint32_t features = 0;  // bit(Feature) of each feature that it takes part in, and takes_part_live
};

// What can be chosen in a profile.
class Directory {
public:
  virtual ~Directory() = default;
  virtual UserList users(Call& call) = 0;
  virtual std::vector<Server> servers(Call& call) = 0;
  virtual std::vector<Library> libraries(Call& call) = 0;
  // Resolves and proves the choice before anything is put into `settings`; an empty text is no choice.
  // `pin` protects the user where there is one.
  virtual void select(Call& call, std::string_view user, std::string_view pin, std::string_view server,
                      Settings& settings) = 0;
};

struct FeatureHealth {
  std::uint32_t state = CW_READY;
  std::string code{};
};
struct Health {
  std::string identity{};  // of account and server; another text means other facts
  std::array<FeatureHealth, CW_FEATURE_COUNT> features{};
};
struct SnapshotEnd {
  bool complete = false;
  std::string reason{};  // why it is not complete
  std::string scope{};   // which libraries were read; another text, another scope
  // Optional, at most 127 bytes: names what was read, so that the same text always means the same facts. A provider
  // that is asked for a snapshot with this text in Scope::since, and would send the same facts again, may send none
  // and say `unchanged` and `complete`. When in doubt it sends them.
  std::string state{};
  bool unchanged = false;
};

// The operations of one batch; walk with [i]. Strings live until the call returns.
class Ops {
public:
  explicit Ops(const cw_ops* raw) noexcept : raw_(raw) {}
  std::size_t size() const noexcept { return static_cast<std::size_t>(raw_->count); }
  const cw_op& operator[](std::size_t i) const noexcept {
    return *reinterpret_cast<const cw_op*>(reinterpret_cast<const char*>(raw_->first) + i * raw_->stride);
  }

private:
  const cw_ops* raw_;
};

class Items {
public:
  explicit Items(const cw_facts* raw) noexcept : raw_(raw) {}
  std::size_t size() const noexcept { return static_cast<std::size_t>(raw_->count); }
  const cw_fact& operator[](std::size_t i) const noexcept {
    return *reinterpret_cast<const cw_fact*>(reinterpret_cast<const char*>(raw_->first) + i * raw_->stride);
  }

private:
  const cw_facts* raw_;
};

// One result an operation, in order; what is not set stays "not attempted".
template <class T>
class Results {
public:
  Results(void* first, std::uint32_t stride) noexcept : first_(static_cast<char*>(first)), stride_(stride) {}
  T& operator[](std::size_t i) const noexcept { return *reinterpret_cast<T*>(first_ + i * stride_); }

private:
  char* first_;
  std::uint32_t stride_;
};
using Outcomes = Results<cw_outcome>;
using Answers = Results<cw_answer>;

inline void settle(cw_outcome& out, std::uint32_t result, std::string_view reason = {}) noexcept {
  out.result = result;
  copy_text(out.reason, reason);
}

// Reads and writes facts.
class SyncAdapter {
public:
  virtual ~SyncAdapter() = default;
  virtual cw_capability capability(Feature feature) const noexcept = 0;  // [any]; struct_size is filled in for you
  virtual Health check(Call& call, std::uint32_t features) = 0;
  // Every fact in scope goes to the sink. Complete, or it throws, or it ends with complete = false.
  virtual SnapshotEnd snapshot(Call& call, Feature feature, const Scope& scope, FactSink& sink) = 0;
  virtual void apply(Call& call, Feature feature, const Scope& scope, Ops ops, Outcomes outcomes) = 0;
  virtual void lookup(Call& call, Feature feature, const Scope& scope, Items items, Answers answers) = 0;
};

// One profile. Made with its settings, without I/O; made anew when they change.
class Provider {
public:
  virtual ~Provider() = default;
  virtual AuthProvider* auth() noexcept { return nullptr; }
  virtual Directory* directory() noexcept { return nullptr; }
  virtual SyncAdapter* sync() noexcept { return nullptr; }
  virtual Watcher* watcher() noexcept { return nullptr; }
};

}  // namespace crosswatch

#include <crosswatch/detail/entry.hpp>

// Defines the plugin's entry: CW_PROVIDER(MyProvider, "my", "1.0.0"); MyProvider(crosswatch::Host) is constructible.
#define CW_PROVIDER(Class, Id, Version)                                                            \
  extern "C" CW_EXPORT const cw_entry cw_plugin_entry;                                             \
  const cw_entry cw_plugin_entry {                                                                 \
    sizeof(cw_entry), CW_ABI_MAJOR, CW_ABI_MINOR, Id, Version, &crosswatch::detail::create<Class>, \
        []() noexcept -> uint32_t { return crosswatch::detail::live.load(); }                      \
  }
