#include "server/options.hpp"

#include <charconv>

#include "config/block.hpp"
#include "config/tables.hpp"
#include "exit_code.hpp"

namespace crosswatch::host::server {
namespace {

// `code` of the error that says that it is no address.
void set_listen(Options& o, const std::string& listen, const char* code) {
  const std::size_t colon = listen.rfind(':');
  std::string address = listen.substr(0, colon == std::string::npos ? 0 : colon);
  if (address.size() > 1 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  const char* const end = listen.data() + listen.size();
  const char* const begin = colon == std::string::npos ? listen.data() : listen.data() + colon + 1;
  const auto [at, error] = std::from_chars(begin, end, o.port);
  if (error != std::errc{} || at != end)
    throw Error(CW_CONFIG, code, "\"" + listen + "\" is no address to listen on.",
                "Use one like 127.0.0.1:8787, [::1]:8787 or 8787.");
  if (!address.empty()) o.address = address == "localhost" ? "127.0.0.1" : address;
}

std::string secret(const json::Value* block, const char* key, Redactor& redactor, const Environment& env) {
  const json::Value* const v = block ? block->find(key) : nullptr;
  const std::string* const stored = v ? v->as<std::string>() : nullptr;
  if (!stored || stored->empty()) return {};
  std::string value = resolve_secret(std::string("server.") + key, *stored, env).value;
  redactor.add(value);
  return value;
}

void expect_safe(const Options& o) {
  if (o.certificate.empty() != o.private_key.empty())
    throw Error(CW_CONFIG, "bad_config", "server.certificate and server.private_key belong together; one is missing.",
                "Set both, or neither: crosswatch config set server.private_key PATH.");
  if (o.loopback()) return;
  const std::string where = "Listening on " + o.address + " lets other machines in";
  if (o.password.empty() && o.token.empty())
    throw Error(CW_CONFIG, "server_open", where + ", and there is no password.",
                "crosswatch config set server.password file:/path/of/a/file, or listen on 127.0.0.1.");
  if (!o.tls() && !o.plain_http)
    throw Error(CW_CONFIG, "server_open", where + ", and without a certificate the password would travel readable.",
                "Set server.certificate and server.private_key; or, behind a proxy that encrypts, set "
                "server.plain_http to true.");
}

}  // namespace

bool is_loopback(std::string_view address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

bool Options::loopback() const {
  return is_loopback(address);
}

std::string Options::url(std::uint16_t on_port) const {
  std::string name = address == "0.0.0.0" || address == "::" ? "localhost" : address;
  if (name.find(':') != std::string::npos) name = "[" + name + "]";
  return (tls() ? "https://" : "http://") + name + ":" + std::to_string(on_port);
}

Options read_options(const json::Value& config, const std::string& listen, Redactor& redactor, const Environment& env) {
  std::vector<Problem> problems;
  const json::Value* const raw = config.find("server");
  const Block block(raw, "server", server_keys(), problems);
  throw_errors(problems);
  Options o;
  if (listen.empty())
    set_listen(o, block.text("listen"), "bad_listen");
  else
    set_listen(o, listen, code_usage);
  o.password = secret(raw, "password", redactor, env);
  o.token = secret(raw, "token", redactor, env);
  const json::Value all = block.all();
  if (const json::Value* hosts = all.find("hosts")) o.hosts = to_texts(*hosts);
  o.certificate = block.text("certificate");
  o.private_key = block.text("private_key");
  o.plain_http = block.flag("plain_http");
  expect_safe(o);
  return o;
}

}  // namespace crosswatch::host::server
