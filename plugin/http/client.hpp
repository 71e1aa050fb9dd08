// The transport of the plugin: kept connections, TLS by name, politeness, retries.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/http.hpp"
#include "http/push.hpp"

namespace crosswatch::plex::http {

// A host that is limited in requests a second; every other host is a media server, limited in requests at a time.
struct CloudHost {
  std::string base_url{};
  double per_second = 2;
  unsigned burst = 4;
};

struct Options {
  // X-Plex-Client-Identifier: one for each profile, never derived from the machine. Asked for at the first request.
  std::function<std::string()> client_id{};
  std::string version{};
  std::string ca_file{};  // more roots, for every host that is not plex.tv or below it
  bool allow_insecure_http = false;
  std::uint32_t timeout_ms = 30'000;
  std::uint32_t tries = 3;
  std::vector<CloudHost> cloud{};
  PushTimes push{};
};

class Client final : public Transport, public PushSource {
public:
  explicit Client(Options options);
  ~Client() override;
  Response send(const Call& call, const Request& request, std::string& body) override;
  std::unique_ptr<Push> web_socket(const Call& call, const Request& request) override;
  std::unique_ptr<Push> events(const Call& call, const Request& request) override;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace crosswatch::plex::http
