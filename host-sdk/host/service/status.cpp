#include "service/status.hpp"

#include <chrono>
#include <future>

#include "config/profile.hpp"

namespace crosswatch::host {
namespace {

constexpr std::chrono::seconds time_limit{5};
constexpr std::chrono::milliseconds look_again{20};

// What keeps a profile from working, without what worked before it.
void tell(ProfileStatus& out, const Error& e) {
  out.state = e.code;
  out.message = e.what();
  out.remedy = e.remedy;
  out.exit = exit_code(e);
}

bool can_write(const cw_capability& c) {
  return (c.can & (CW_ADD | CW_UPDATE | CW_REMOVE)) != 0;
}

// What check() answers; Error UNREACHABLE "no_answer" when that takes too long.
cw_health check_in_time(const Workspace& ws, OpenProfile& profile, std::uint32_t features) {
  Cancellation limited;
  const auto end = std::chrono::steady_clock::now() + time_limit;
  auto answer = std::async(std::launch::async, [&] {
    Operation op(limited);
    return profile.session->check(op, features);
  });
  bool late = false;
  while (!late && answer.wait_for(look_again) != std::future_status::ready) {
    late = std::chrono::steady_clock::now() > end;
    if (late || ws.cancel.requested()) limited.request();
  }
  try {
    return answer.get();
  } catch (const Error&) {
    if (!late) throw;
  } catch (const Stopped&) {
    if (!late) throw;
  }
  throw Error(CW_UNREACHABLE, "no_answer", to_string(profile.ref) + " did not answer within five seconds.",
              "Try again later.");
}

void ask_features(const Workspace& ws, OpenProfile& profile, ProfileStatus& out) {
  std::uint32_t wanted = 0;
  for (const Feature f : all_features)
    if ((profile.manifest->capability(f).can & CW_READ) != 0) wanted |= bit(f);
  const auto each = [&](auto&& tell_lane) {
    for (const Feature f : all_features)
      if ((wanted & bit(f)) != 0) tell_lane(f);
  };
  cw_health health{};
  try {
    health = check_in_time(ws, profile, wanted);
  } catch (const Error& e) {
    each([&](Feature f) { out.features.push_back({f, false, false, e.code}); });
    if (out.exit == ExitCode::ok) tell(out, e);
    return;
  }
  each([&](Feature f) {
    const cw_feature_health& h = health.features[static_cast<std::size_t>(f)];
    const bool ready = h.state == CW_READY || h.state == CW_DEGRADED;
    out.features.push_back({f, ready, ready && can_write(profile.manifest->capability(f)), h.code});
    if (!ready && h.state != CW_NOT_OFFERED && out.exit == ExitCode::ok) {
      out.state = "degraded";
      out.message = std::string(name_of(f)) + " cannot be used now: " + h.code + ".";
      out.exit = h.state == CW_NEEDS_LOGIN ? ExitCode::login : ExitCode::unreachable;
    }
  });
}

ProfileStatus profile_state(Workspace& ws, const ProfileRef& ref) {
  ProfileStatus out{ref, "ok", {}, {}, {}, {}, ExitCode::ok};
  try {
    OpenProfile profile = ws.plugins.open(ref.provider, ref.profile);
    if (profile.session->offers_auth()) try {
        Operation op(ws.cancel);
        profile.session->status(op, out.report);
      } catch (const Error& e) {
        tell(out, e);  // one part that fails does not hide what the others allow
      }
    if (profile.session->offers_sync()) ask_features(ws, profile, out);
  } catch (const Error& e) {
    tell(out, e);
  }
  return out;
}

}  // namespace

std::vector<ProfileStatus> profile_states(Workspace& ws, const std::string& provider, const std::string& profile) {
  const json::Value config = ws.config.read();
  std::vector<ProfileRef> refs;
  if (!provider.empty()) {
    const ProfileRef ref = parse_profile_ref(provider);
    const auto manifest = ws.plugins.manifest(ref.provider);
    if (!profile.empty()) {
      static_cast<void>(ProfileView(config, *manifest, profile));  // an unknown one is an error, not a state
      refs.push_back({ref.provider, profile});
    } else {
      for (const std::string& p : profiles_of(config, ref.provider)) refs.push_back({ref.provider, p});
    }
  } else {
    for (const PluginRow& plugin : ws.plugins.list())
      if (plugin.enabled)
        for (const std::string& p : profiles_of(config, plugin.id)) refs.push_back({plugin.id, p});
  }
  std::vector<std::future<ProfileStatus>> asked;
  for (const ProfileRef& ref : refs)
    asked.push_back(std::async(std::launch::async, [&ws, ref] { return profile_state(ws, ref); }));
  std::vector<ProfileStatus> out;
  for (auto& answer : asked) out.push_back(answer.get());
  return out;
}

std::vector<PairStatus> pair_states(Workspace& ws) {
  std::vector<PairStatus> out;
  const auto pairs = read_pairs(ws.config.read());
  if (pairs.empty()) return out;
  const StateStore state(ws.at.state);
  for (const PairConfig& pair : pairs) out.push_back({pair.id, pair.enabled, pair_state(state, pair.id)});
  return out;
}

}  // namespace crosswatch::host
