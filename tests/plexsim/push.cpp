#include "push.hpp"

#include <openssl/evp.h>

#include "media.hpp"

namespace plexsim {
namespace {

std::string accept_of(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[EVP_MAX_MD_SIZE] = {};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
  unsigned char out[64] = {};
  const int length = EVP_EncodeBlock(out, digest, static_cast<int>(size));
  return {reinterpret_cast<char*>(out), static_cast<std::size_t>(length)};
}

}  // namespace

void Push::add(std::string text) {
  std::lock_guard lock(mutex_);
  texts_.push_back(std::move(text));
}
void Push::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
}
void Push::fall_silent() {
  std::lock_guard lock(mutex_);
  silent_ = true;
}
bool Push::closed() const {
  std::lock_guard lock(mutex_);
  return closed_;
}
bool Push::silent() const {
  std::lock_guard lock(mutex_);
  return silent_;
}

std::string Push::greeting(const Request& request) const {
  if (web_socket_)
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
           accept_of(request.header("sec-websocket-key").value_or("")) + "\r\n\r\n";
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" +
         frame(1, "event: ping\ndata: {}\n\n");
}

std::string Push::frame(unsigned opcode, const std::string& text) const {
  if (!web_socket_) {
    char size[20] = {};
    std::snprintf(size, sizeof size, "%zx\r\n", text.size());
    return size + text + "\r\n";
  }
  std::string out(1, static_cast<char>(0x80U | opcode));
  if (text.size() < 126) {
    out += static_cast<char>(text.size());
  } else {
    out += static_cast<char>(126);
    out += static_cast<char>(text.size() >> 8U & 0xFFU);
    out += static_cast<char>(text.size() & 0xFFU);
  }
  return out + text;
}

std::string Push::take() {
  std::lock_guard lock(mutex_);
  std::string out;
  if (silent_) return out;
  for (const std::string& text : texts_) out += frame(1, web_socket_ ? text : "event: playing\ndata: " + text + "\n\n");
  texts_.clear();
  return out;
}

std::string Push::answer(std::string& bytes) {
  std::string out;
  while (web_socket_ && bytes.size() >= 6) {
    const auto size = static_cast<std::size_t>(static_cast<unsigned char>(bytes[1]) & 0x7FU);
    if (bytes.size() < 6 + size) break;
    if ((static_cast<unsigned char>(bytes[0]) & 0x0FU) == 9 && !silent()) out += frame(10, "");
    bytes.erase(0, 6 + size);
  }
  return out;
}

bool handle_push(MediaServer& server, std::size_t person, const Request& request, Response& response) {
  const bool socket = request.path == "/:/websockets/notifications" || request.path == "/:/websocket/notifications";
  if (!socket && request.path != "/:/eventsource/notifications") return false;
  if (socket && lower(request.header("upgrade").value_or("")) != "websocket") {
    response.status = 400;
    return true;
  }
  response.push = std::make_shared<Push>(socket, person, person == server.owner);
  std::erase_if(server.pushes, [](const auto& p) { return p.expired(); });
  server.pushes.push_back(response.push);
  return true;
}

void notify(const MediaServer& server, std::size_t person, int session, const std::string& key,
            const std::string& state, std::int64_t offset, const std::string& player) {
  const std::string text = R"({"NotificationContainer":{"type":"playing","size":1,"PlaySessionStateNotification":[{)"
                           R"("sessionKey":")" +
                           std::to_string(session) + R"(","clientIdentifier":")" + player +
                           R"(","guid":"","ratingKey":")" + key + R"(","url":"","key":"/library/metadata/)" + key +
                           R"(","viewOffset":)" + std::to_string(offset) + R"(,"state":")" + state + R"("}]}})";
  for (const auto& listener : server.pushes)
    if (const auto push = listener.lock(); push && push->concerns(person)) push->add(text);
}

}  // namespace plexsim
