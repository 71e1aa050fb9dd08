// Everything behind the listeners, and the handler of each host.
#pragma once

#include <atomic>
#include <condition_variable>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "accounts.hpp"
#include "answers.hpp"
#include "jwt.hpp"
#include "kept_answers.hpp"
#include "listener.hpp"
#include "media.hpp"
#include "selection.hpp"

namespace plexsim {

struct Universe {
  explicit Universe(Options wanted) : options(std::move(wanted)), accounts(options), log(options.log_limit) {}

  Options options;
  Accounts accounts;
  JwtDesk jwt{};
  std::vector<std::unique_ptr<MediaServer>> servers{};
  std::vector<std::unique_ptr<SelectionCache>> selections{};
  KeptAnswers kept{};
  Faults faults{};
  RequestLog log;
  Authority authority{};
  std::uint64_t movie_limit{5000};  // titles with a smaller number exist on Discover
  std::uint64_t show_limit{500};
  std::atomic<std::int64_t> clock_offset{0};
  std::unique_ptr<Listener> plex_tv{};
  std::unique_ptr<Listener> clients{};
  std::unique_ptr<Listener> discover{};
  std::unique_ptr<Listener> metadata{};
  std::vector<std::unique_ptr<Listener>> media{};
  std::unique_ptr<Listener> control{};
  std::mutex stop_mutex{};
  std::condition_variable stop_signal{};
  bool stopping{false};

  std::int64_t now() const { return static_cast<std::int64_t>(std::time(nullptr)) + clock_offset; }
  bool exists(const EntityId& id) const {
    return (id.kind == Kind::movie && id.number < movie_limit) || (id.kind == Kind::show && id.number < show_limit);
  }
  std::string server_token(std::size_t person, int server);
  std::int64_t pms_account_id(const MediaServer& server, std::size_t person) const {
    return person == server.owner ? 1 : accounts.people()[person].options.id;
  }
};

void handle_plextv(Universe& u, const Request& request, Response& response);     // plextv.cpp
bool handle_plextv_v1(Universe& u, const Request& request, Response& response);  // plextv_v1.cpp; false: no such path
void handle_resources(Universe& u, const Request& request, Response& response, std::size_t person,
                      bool v1);                                                 // resources.cpp
void handle_discover(Universe& u, const Request& request, Response& response);  // discover.cpp
void handle_media(Universe& u, const Request& request, Response& response);     // media_server.cpp
// media_actions.cpp, media_history.cpp; false: no such path
bool handle_action(Universe& u, MediaServer& server, std::size_t person, const Request& request, Response& response);
bool handle_status(Universe& u, MediaServer& server, std::size_t person, const Request& request, Response& response);
void handle_control(Simulator& simulator, Universe& u, const Request& request, Response& response);  // control.cpp

// The person an account or Home token belongs to, else an error is answered.
std::optional<std::size_t> cloud_person(Universe& u, const Request& request, Response& response);
void write_user(Writer& w, Universe& u, std::size_t person,
                const std::string& token);  // the attributes of a plex.tv user

}  // namespace plexsim
