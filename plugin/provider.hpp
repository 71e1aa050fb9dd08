// One Plex profile: the transport, the account, and what the host can ask of them.
#pragma once

#include <crosswatch/provider.hpp>
#include <string>

#include "account/account.hpp"
#include "account/directory.hpp"
#include "account/login.hpp"
#include "feature/sync_adapter.hpp"
#include "http/client.hpp"
#include "watch/watcher.hpp"

namespace crosswatch::plex {

inline constexpr const char* version = "0.1.0";  // the manifest says the same

class PlexProvider final : public Provider {
public:
  explicit PlexProvider(Host host);
  AuthProvider* auth() noexcept override { return &login_; }
  Directory* directory() noexcept override { return &directory_; }
  crosswatch::SyncAdapter* sync() noexcept override { return &sync_; }
  crosswatch::Watcher* watcher() noexcept override { return &watcher_; }
  Account& account() noexcept { return account_; }  // for tests

private:
  // A token that its server rejects is not used again, nor an address that died: the next operation opens its scope
  // anew.
  class Watchful final : public http::Transport, public http::PushSource {
  public:
    Watchful(http::Transport& inner, http::PushSource& push, Account& account)
        : inner_(inner), push_(push), account_(account) {}
    http::Response send(const Call& call, const http::Request& request, std::string& body) override;
    std::unique_ptr<http::Push> web_socket(const Call& call, const http::Request& request) override;
    std::unique_ptr<http::Push> events(const Call& call, const http::Request& request) override;

  private:
    template <class Ask>
    auto heed(const http::Request& request, Ask&& ask);

    http::Transport& inner_;
    http::PushSource& push_;
    Account& account_;
  };
  class Scopes final : public feature::ScopeSource {
  public:
    explicit Scopes(Account& account) : account_(account) {}
    UserScope open(const Call& call, bool server, bool cloud) override {
      return account_.open_scope(call, {server, cloud});
    }

  private:
    Account& account_;
  };

  http::Client client_;
  Account account_;
  Watchful watchful_{account_.transport(), client_, account_};
  Scopes scopes_{account_};
  Login login_{account_};
  PlexDirectory directory_{account_};
  feature::SyncAdapter sync_;
  watch::Watcher watcher_;
};

}  // namespace crosswatch::plex
