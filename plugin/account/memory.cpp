#include "account/memory.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <span>

namespace crosswatch::plex {

namespace {

std::string hex(std::span<const unsigned char> bytes) {
  std::string out;
  for (const unsigned char b : bytes) out += {"0123456789abcdef"[b >> 4], "0123456789abcdef"[b & 15]};
  return out;
}

std::string random_id() {
  std::array<unsigned char, 12> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw Error(CW_INTERNAL, "no_random", "The system gave no random numbers.");
  return hex(bytes);
}

std::string format(const Record& record) {
  std::string out;
  for (const auto& [key, value] : record) {
    out += key + "=";
    for (const char c : value) out += c == '\n' ? ' ' : c;
    out += "\n";
  }
  return out;
}

Record parse(std::string_view text) {
  Record out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (const std::size_t at = line.find('='); at != std::string_view::npos)
      out.emplace(line.substr(0, at), line.substr(at + 1));
  }
  return out;
}

void store(const Host& host, std::string_view name, const std::string& text) {
  try {
    host.kv_set(name, text);
  } catch (const Error& e) {
    host.log(LogLevel::warning, e.what());
  }
}

}  // namespace

Record recall(const Host& host, std::string_view name) {
  return parse(host.kv_get(name));
}

void remember(const Host& host, std::string_view name, const Record& record) {
  if (const std::string text = format(record); text != host.kv_get(name)) store(host, name, text);
}

void forget(const Host& host, std::string_view name) {
  if (!host.kv_get(name).empty()) store(host, name, {});
}

namespace {

Record of(const Person& p) {
  const auto flag = [](bool b) { return std::string(b ? "1" : "0"); };
  return {{"id", std::to_string(p.id)},
          {"uuid", p.uuid},
          {"username", p.username},
          {"title", p.title},
          {"home", flag(p.home)},
          {"restricted", flag(p.restricted)},
          {"protected", flag(p.is_protected)},
          {"guest", flag(p.guest)}};
}

std::optional<Person> person_in(const Record& record) {
  const auto text = [&](const char* key) { return record.count(key) ? record.at(key) : std::string(); };
  Person p;
  p.id = wire::to_int(text("id")).value_or(0);
  p.uuid = text("uuid");
  p.username = text("username");
  p.title = text("title");
  p.home = text("home") == "1";
  p.restricted = text("restricted") == "1";
  p.is_protected = text("protected") == "1";
  p.guest = text("guest") == "1";
  return p.id == 0 ? std::nullopt : std::optional(p);
}

}  // namespace

std::string client_id_of(const Host& host) {
  std::string id = host.config("client_id");
  if (id.empty()) id = host.kv_get("client_id");
  if (id.empty()) host.kv_set("client_id", id = random_id());
  return id;
}

void remember_identity(const Host& host, const AccountToken& token, const Person& person) {
  Record record = of(person);
  record["token"] = fingerprint({token.text()});
  remember(host, "identity", record);
}

std::optional<Person> recall_identity(const Host& host, const AccountToken& token) {
  const Record record = recall(host, "identity");
  if (!record.count("token") || record.at("token") != fingerprint({token.text()})) return std::nullopt;
  return person_in(record);
}

void remember_member(const Host& host, const Person& person) {
  remember(host, "member", of(person));
}

std::optional<Person> recall_member(const Host& host, std::int64_t id) {
  const auto person = person_in(recall(host, "member"));
  return person && person->id == id ? person : std::nullopt;
}

std::string server_proof(const ServerToken& token, const std::string& machine_id, std::int64_t user_id) {
  return fingerprint({token.text(), machine_id, std::to_string(user_id)});
}

void remember_server(const Host& host, const ServerAccess& server, const Device& device, std::int64_t user_id,
                     bool own) {
  Record record{
      {"machine", server.machine_id}, {"url", server.base_url}, {"name", server.name}, {"direct", device.direct}};
  std::string& listed = record["listed"];
  for (const Connection& c : device.connections)
    if (!c.relay) listed += (listed.empty() ? "" : " ") + c.uri;
  if (const Record known = recall(host, "server");
      device.connections.empty() && known.count("listed") && known.at("machine") == server.machine_id)
    listed = known.at("listed");
  if (own) {
    record["owner"] = server.owner ? "1" : "0";
    record["token"] = server_proof(server.token, server.machine_id, user_id);
  }
  remember(host, "server", record);
}

std::string fingerprint(std::initializer_list<std::string_view> texts) {
  std::string all;
  for (const std::string_view text : texts) all += std::to_string(text.size()) + ":" + std::string(text);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(all.data(), all.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw Error(CW_INTERNAL, "no_digest", "SHA-256 is not available.");
  return hex({digest.data(), size});
}

}  // namespace crosswatch::plex
