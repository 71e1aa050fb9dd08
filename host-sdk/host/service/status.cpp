#include "service/status.hpp"

#include <algorithm>
#include <chrono>
#include <future>

#include "config/profile.hpp"
#include "plugin/in_time.hpp"
#include "time.hpp"

namespace crosswatch::host {
namespace {

using Milliseconds = std::chrono::milliseconds;
using Time = std::chrono::steady_clock;

// For a profile. Its parts are asked at the same time by the provider, which ends them in time itself: what it says
// then is worth a moment more.
constexpr Milliseconds time_limit{5'000}, grace{1'000};

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

void ask_features(const Workspace& ws, OpenProfile& profile, Time::time_point end, ProfileStatus& out) {
  std::uint32_t wanted = 0;
  for (const Feature f : all_features)
    if ((profile.manifest->capability(f).can & CW_READ) != 0) wanted |= bit(f);
  const auto each = [&](auto&& tell_lane) {
    for (const Feature f : all_features)
      if ((wanted & bit(f)) != 0) tell_lane(f);
  };
  cw_health health{};
  try {
    const auto left = std::chrono::duration_cast<Milliseconds>(end - Time::now());
    health = in_time(ws.cancel, std::max(left, grace), to_string(profile.ref),
                     [&](Operation& op) { return profile.session->check(op, wanted); });
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
      const std::string why = why_in(out.report, h.code);
      out.message = std::string(name_of(f)) + " cannot be used now: " + (why.empty() ? h.code + std::string(".") : why);
      out.exit = h.state == CW_NEEDS_LOGIN ? ExitCode::login : ExitCode::unreachable;
    }
  });
}

ProfileStatus profile_state(Workspace& ws, const ProfileRef& ref) {
  ProfileStatus out;
  out.ref = ref;
  out.state = "ok";
  out.checked_at = system_clock()() / 1000;
  const auto end = Time::now() + time_limit;
  try {
    OpenProfile profile = ws.plugins.open(ref.provider, ref.profile);
    if (profile.session->offers_auth()) try {
        in_time(ws.cancel, time_limit + grace, to_string(ref),
                [&](Operation& op) { profile.session->status(op, out.report); });
      } catch (const Error& e) {
        tell(out, e);  // one part that fails does not hide what the others allow
      }
    if (profile.session->offers_sync()) ask_features(ws, profile, end, out);
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
