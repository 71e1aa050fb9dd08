// Who may ask what. Four gates, in this order: the name the browser used (against DNS rebinding), the page the request
// came from, the session, and the token that only our own page knows.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "server/message.hpp"
#include "server/options.hpp"
#include "time.hpp"

namespace crosswatch::host::server {

// [any]
class Access {
public:
  explicit Access(const Options& options, Clock clock = system_clock());

  // The refusal, or nullopt: the request may go on.
  std::optional<Reply> refuse(const Request& request);

  // Whether whoever made the request is still let in. Does not count as use of the session.
  bool still_in(const Request& request);

  // The value of Set-Cookie for somebody who opens the page; empty when the cookie at hand will do, or when the
  // session begins with the password.
  std::string welcome(const Request& request);
  // Answers a request with the password: a session, or a refusal. After five wrong ones, or tokens, an address waits a
  // minute.
  Reply login(const Request& request, const std::string& password);
  Reply logout(const Request& request);
  // What the page must send with every change.
  std::string csrf_of(const Request& request);

private:
  struct Session {
    std::string csrf{};
    std::int64_t used = 0;  // ms
  };
  struct Attempts {
    int failed = 0;
    std::int64_t since = 0;  // ms
  };

  bool host_allowed(std::string_view host) const;
  bool is_program(const Request& request) const;
  // mutex_ is held for these.
  std::optional<Reply> too_many(const std::string& peer);  // the refusal when this address has guessed too often
  void guessed_wrong(const std::string& peer);
  Session* find(const std::string& id);
  std::string open_session();  // the id
  std::string cookie(const Request& request, const std::string& id) const;

  const Options options_;
  const Clock clock_;
  std::mutex mutex_{};
  std::map<std::string, Session> sessions_{};
  std::map<std::string, Attempts> attempts_{};
};

// Its name. Browsers keep the cookies of all ports of a host together, and another CrossWatch may have one of them.
std::string session_cookie(std::string_view host);

}  // namespace crosswatch::host::server
