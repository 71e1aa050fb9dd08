// How the server is reached, and what it takes to be let in.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/secrets.hpp"
#include "json/json.hpp"

namespace crosswatch::host::server {

struct Options {
  std::string address{"127.0.0.1"};
  std::uint16_t port = 8787;                           // 0: any that is free
  std::string password{};                              // asked for on the page; empty: none
  std::string token{};                                 // of programs, as "Authorization: Bearer .."; empty: none
  std::vector<std::string> hosts{};                    // names by which browsers reach it, beside addresses
  std::filesystem::path certificate{}, private_key{};  // PEM files; both or none
  bool plain_http = false;                             // allowed beyond this machine
  std::chrono::milliseconds patience{10000};           // for a request to arrive, head and body

  bool loopback() const;
  bool tls() const noexcept { return !certificate.empty(); }
  // "http://127.0.0.1:8787" on that port: one address by which it can be reached from this machine.
  std::string url(std::uint16_t on_port) const;
};

// The block "server" of the configuration; `listen` of the command line counts more when it is not empty.
// Errors CONFIG: "bad_config", "bad_listen", and "server_open" when anybody in the network could use it.
Options read_options(const json::Value& config, const std::string& listen, Redactor& redactor, const Environment& env);

// Whether it is an address of this machine only.
bool is_loopback(std::string_view address);

}  // namespace crosswatch::host::server
