// A simulated Plex and a host with one profile of it.
#pragma once

#include <crosswatch/fake_host.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plexsim/plexsim.hpp"
#include "provider.hpp"

struct World {
  explicit World(plexsim::Options options = small());
  ~World();  // checks that no token went where it must not go, and that nothing secret was logged

  static plexsim::Options small();  // one server with a few items

  // The provider, made anew when settings have changed, as the host does.
  crosswatch::plex::PlexProvider& provider();
  void restart() { provider_.reset(); }
  void store(const crosswatch::SettingCollector& settings);
  crosswatch::SettingCollector& collect();  // a fresh one

  crosswatch::Challenge begin();
  // Enters the code as `user` and polls to the end; stores what a login brings.
  crosswatch::LinkState link(const std::string& user);
  void select(const std::string& user, const std::string& pin = {}, const std::string& server = {});
  crosswatch::plex::UserScope open(bool server = true, bool cloud = true);

  // The code of the error that `body` throws; "" when it does not.
  std::string failure(const std::function<void()>& body);
  std::optional<crosswatch::Error> last_error{};

  std::string setting(const std::string& key) const;
  int asked(const std::string& host, const std::string& path_part = {}) const;  // how many requests
  void fault(plexsim::FaultKind kind, const std::string& host, const std::string& path = {}, int status = 500,
             int count = 0);

  plexsim::Simulator sim;
  crosswatch::FakeHost host{};
  crosswatch::FakeCall call{host};
  // Which person's tokens may be seen by media servers and Discover.
  std::vector<std::string> wanted{};
  std::string pin{};
  bool jwt_on_servers = false;  // a media server may be tried with the login of the kind JWT

  void check_tokens() const;  // of the requests since the last clear_requests()

private:
  void check_silence() const;

  std::unique_ptr<crosswatch::plex::PlexProvider> provider_{};
  std::unique_ptr<crosswatch::SettingCollector> settings_{};
};
