#include "server/hooks.hpp"

#include <algorithm>

#include "config/routes.hpp"
#include "exit_code.hpp"
#include "server/router.hpp"
#include "server/same_secret.hpp"
#include "service/webhook.hpp"
#include "state/route_queue.hpp"

namespace crosswatch::host::server {
namespace {

constexpr int most_at_work = 4;
constexpr double burst = 60;    // a household that presses pause a lot
constexpr double a_second = 2;  // what is allowed for good
constexpr std::size_t longest_secret = 256;
constexpr std::int64_t kept_ms = 600'000;  // a secret may also change in a file, of which nobody tells

Reply nothing_here() {
  return error_reply(404, "no_such_page", "There is nothing here.");
}
Reply later(int status, const char* code, const char* message) {
  Reply reply = error_reply(status, code, message);
  reply.headers.emplace_back("Retry-After", "5");
  return reply;
}

// Into the queue, and to who looks at what is being played.
class Keeper final : public Listener {
public:
  Keeper(const ProfileRef& from, std::vector<RouteConfig> routes, const std::filesystem::path& state, LiveNews& news,
         std::int64_t now)
      : from_(from), routes_(std::move(routes)), store_(state), queue_(store_), news_(news), now_(now) {}
  void event(const Event& e) override {
    kept = queue_.put(from_, e, routes_, now_) || kept;
    news_.posted(from_, e);
  }
  void cursor(std::string_view) override {}
  void link(Link, std::string_view) override {}
  void dropped(std::string_view reason, std::uint64_t count) override { news_.dropped(from_, reason, count); }

  bool kept = false;

private:
  const ProfileRef& from_;
  const std::vector<RouteConfig> routes_;
  StateStore store_;
  RouteQueue queue_;
  LiveNews& news_;
  const std::int64_t now_;
};

}  // namespace

Reply Hooks::answer(const Request& request) {
  const auto parts = path_parts(request.path);
  if (request.method != "POST" || parts.size() != 3 || parts[2].size() > longest_secret) return nothing_here();
  ProfileRef ref;
  std::string secret;
  try {
    ref = parse_profile_ref(std::string(parts[1]));
    secret = webhook_secret(ws_.config.read(), ref);
  } catch (const Error& e) {  // who does not know the secret learns nothing of it
    ws_.log.debug(std::string("A webhook: ") + e.what());
  }
  if (!same_secret(parts[2], secret)) return nothing_here();
  ws_.redactor.add(secret);
  if (!admit(ref)) return later(429, "too_many", "More is posted than one person can do; try again later.");
  {
    const std::lock_guard lock(mutex_);
    if (at_work_ >= most_at_work) return later(503, "busy", "Too much is posted at the same time.");
    ++at_work_;
  }
  struct Done {
    Hooks& hooks;
    ~Done() {
      const std::lock_guard lock(hooks.mutex_);
      --hooks.at_work_;
    }
  } const done{*this};
  return receive(ref, request);
}

bool Hooks::admit(const ProfileRef& ref) {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = now_();
  const auto [at, fresh] = buckets_.try_emplace(to_string(ref), Bucket{burst, now});
  Bucket& b = at->second;
  b.left = std::min(burst, b.left + static_cast<double>(std::max<std::int64_t>(0, now - b.at)) / 1000 * a_second);
  b.at = now;
  if (b.left < 1) return false;
  b.left -= 1;
  return true;
}

std::unique_ptr<Hooks::Kept> Hooks::take(const ProfileRef& ref, const json::Value& config) {
  json::Value settings = json::pick(config, {"plugins", ref.provider});  // what a session of it depends on
  std::unique_ptr<Kept> kept;
  {
    const std::lock_guard lock(mutex_);
    kept = std::move(kept_[to_string(ref)]);
  }
  if (kept && kept->settings == settings && now_() >= kept->since && now_() - kept->since < kept_ms) return kept;
  return std::unique_ptr<Kept>(new Kept{ws_.plugins.open(ref.provider, ref.profile), std::move(settings), now_()});
}

void Hooks::give_back(const ProfileRef& ref, std::unique_ptr<Kept> kept) {
  const std::lock_guard lock(mutex_);
  kept_[to_string(ref)].swap(kept);
}

Reply Hooks::receive(const ProfileRef& ref, const Request& request) {
  const auto refuse = [&](const Error& e) {
    ws_.log.warning("What was posted for " + to_string(ref) + " was not taken: " + e.what());
    if (e.status == CW_PROTOCOL) return error_reply(400, e.code, e.what());
    return later(503, e.code.c_str(), "It cannot be taken now; the log says why.");
  };
  try {
    const json::Value config = ws_.config.read();
    Keeper keeper(ref, read_routes(config), ws_.at.state, news_, now_() / 1000);
    std::unique_ptr<Kept> kept = take(ref, config);  // after an error it goes, and the next post gets another
    Operation op(ws_.cancel);
    kept->profile.session->receive(op, {}, request.content_type, request.body, keeper);
    give_back(ref, std::move(kept));
    if (keeper.kept) routes_.ring();
    return json_reply(json::object({{"ok", true}}));
  } catch (const Error& e) {
    return refuse(e);
  } catch (const Stopped&) {
    return refuse(Error(CW_CANCELLED, "cancelled", "The server ends."));
  } catch (const std::exception& e) {
    return refuse(Error(CW_INTERNAL, "defect", std::string("a defect of CrossWatch: ") + e.what()));
  }
}

}  // namespace crosswatch::host::server
