// What the sources of routes tell, as it stands: who is connected, and what is being played.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "json/json.hpp"
#include "route/router.hpp"
#include "server/feed.hpp"

namespace crosswatch::host::server {

// [any]
class LiveNews final : public route::Audience {
public:
  LiveNews(Feed& feed, Clock now) : feed_(feed), now_(std::move(now)), told_(now_()) {}

  void begun() override;
  void event(const ProfileRef& from, const Event& e) override;
  void link(const ProfileRef& from, Link state, std::string_view reason) override;
  void dropped(const ProfileRef& from, std::string_view reason, std::uint64_t count) override;
  void delivered(const Delivery& d) override;
  void failed(const ProfileRef& where, const Error& e) override;

  // An event that its service posted: it counts where nobody watches live, who would tell it as well.
  void posted(const ProfileRef& from, const Event& e);
  // How the routes as such do: "off", "running", "busy" or "failed"; with an error in the latter two. False: as before.
  bool running(const std::string& state, const Error* why = nullptr);
  json::Value state();  // the schema "Live"

private:
  struct Playing {
    std::string state{};  // playing, paused
    ProfileRef from{};
    Event last{};
    std::int64_t since = 0, told = 0;  // epoch ms
  };
  struct Source {
    json::Value link{}, error{};
    std::map<std::string, std::uint64_t, std::less<>> dropped{};
  };
  // With the mutex held:
  bool is_live(const ProfileRef& from) const;
  bool is_gone(const Playing& playing, std::int64_t now) const;
  json::Value state_locked();
  void tell();

  Feed& feed_;
  Clock now_;
  std::mutex mutex_{};  // of everything below
  std::int64_t told_;   // newer than whatever a server before this one told
  json::Value routes_ = json::object({{"state", "off"}});
  std::map<std::string, Source> sources_{};   // by profile
  std::map<std::string, Playing> playing_{};  // by profile and session
};

}  // namespace crosswatch::host::server
