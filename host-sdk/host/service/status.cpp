#include "service/status.hpp"

#include <future>

#include "config/profile.hpp"

namespace crosswatch::host {
namespace {

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

void ask_features(OpenProfile& profile, Operation& op, ProfileStatus& out) {
  std::uint32_t wanted = 0;
  for (const Feature f : all_features)
    if ((profile.manifest->capability(f).can & CW_READ) != 0) wanted |= bit(f);
  const cw_health health = profile.session->check(op, wanted);
  for (const Feature f : all_features) {
    if ((wanted & bit(f)) == 0) continue;
    const cw_feature_health& h = health.features[static_cast<std::size_t>(f)];
    const bool ready = h.state == CW_READY || h.state == CW_DEGRADED;
    out.features.push_back({f, ready, ready && can_write(profile.manifest->capability(f)), h.code});
    if (!ready && h.state != CW_NOT_OFFERED && out.exit == ExitCode::ok) {
      out.state = "degraded";
      out.message = std::string(name_of(f)) + " cannot be used now: " + h.code + ".";
      out.exit = h.state == CW_NEEDS_LOGIN ? ExitCode::login : ExitCode::unreachable;
    }
  }
}

ProfileStatus profile_state(Workspace& ws, const ProfileRef& ref) {
  ProfileStatus out{ref, "ok", {}, {}, {}, {}, ExitCode::ok};
  try {
    OpenProfile profile = ws.plugins.open(ref.provider, ref.profile);
    Operation op(ws.cancel);
    if (profile.session->offers_auth()) profile.session->status(op, out.report);
    if (profile.session->offers_sync()) ask_features(profile, op, out);
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
    static_cast<void>(ws.plugins.manifest(ref.provider));
    if (!profile.empty())
      refs.push_back({ref.provider, profile});
    else
      for (const std::string& p : profiles_of(config, ref.provider)) refs.push_back({ref.provider, p});
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
