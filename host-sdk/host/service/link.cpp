#include "service/link.hpp"

#include <algorithm>
#include <chrono>

#include "files/files.hpp"
#include "json/json.hpp"

namespace crosswatch::host {
namespace {

using namespace std::chrono_literals;

// Holds the flow that is alive. Removing or replacing it is what cancels: whoever polls looks here before it stores.
std::filesystem::path flow_file(const Workspace& ws, const ProfileRef& ref) {
  return ws.at.state / "link" / (file_name_for(ref.provider) + "@" + file_name_for(ref.profile) + ".json");
}
FileLock lock_flow(const Workspace& ws, const ProfileRef& ref) {
  std::filesystem::path lock = flow_file(ws, ref);
  make_private_folder(lock.parent_path());
  return FileLock::acquire(lock += ".lock", 5000ms, "the login of " + to_string(ref));
}

void remove_file(const std::filesystem::path& file) {
  std::error_code failed;
  std::filesystem::remove(file, failed);
  if (failed)
    throw Error(CW_STORAGE, "cannot_remove", "Cannot remove " + file.string() + ": " + failed.message() + ".",
                "Give your user access to that folder, then try again.");
}

std::string text_of(const json::Value& v, std::string_view key) {
  const json::Value* member = v.find(key);
  const std::string* text = member ? member->as<std::string>() : nullptr;
  return text ? *text : std::string();
}
std::int64_t number_of(const json::Value& v, std::string_view key) {
  const json::Value* member = v.find(key);
  const std::int64_t* number = member ? member->as<std::int64_t>() : nullptr;
  return number ? *number : 0;
}

std::optional<Challenge> read_flow(const Workspace& ws, const ProfileRef& ref) {
  const auto text = read_file(flow_file(ws, ref), 1 << 16);
  if (!text) return std::nullopt;
  const json::Value v = json::parse(*text, flow_file(ws, ref).string());
  return Challenge{text_of(v, "code"), text_of(v, "verify_url"), text_of(v, "state"), number_of(v, "expires_at"),
                   static_cast<std::uint32_t>(number_of(v, "interval_ms"))};
}

bool is_secret(const Manifest& manifest, std::string_view key) {
  const ConfigKey* k = manifest.find(key);
  return !k || k->secret;
}

}  // namespace

LinkFlow::LinkFlow(Workspace& ws, const ProfileRef& ref, Challenge challenge)
    : ws_(ws), ref_(ref), challenge_(std::move(challenge)), profile_(ws.plugins.open(ref.provider, ref.profile)) {}

LinkFlow LinkFlow::begin(Workspace& ws, const ProfileRef& ref) {
  LinkFlow flow(ws, ref, {});
  flow.profile_.services->expect_writable(flow.profile_.manifest->auth_writes);
  const FileLock lock = lock_flow(ws, ref);
  flow.forget();  // an older flow ends here, also in the process that waits for it
  Operation op(ws.cancel);
  flow.challenge_ = flow.profile_.session->begin(op);
  const Challenge& c = flow.challenge_;
  const json::Value v = json::object({{"code", c.code},
                                      {"verify_url", c.verify_url},
                                      {"state", c.state},
                                      {"expires_at", c.expires_at},
                                      {"interval_ms", static_cast<std::int64_t>(c.interval_ms)}});
  write_atomically(flow_file(ws, ref), json::dump(v));
  return flow;
}

LinkFlow LinkFlow::resume(Workspace& ws, const ProfileRef& ref, const std::string& state) {
  std::optional<Challenge> challenge = read_flow(ws, ref);
  if (!challenge || (!state.empty() && state != challenge->state))
    throw Error(CW_NOT_FOUND, "no_link_in_progress", "No login of " + to_string(ref) + " is waiting for its code.",
                command("connect", ref));
  return LinkFlow(ws, ref, std::move(*challenge));
}

bool LinkFlow::cancel(Workspace& ws, const ProfileRef& ref) {
  const FileLock lock = lock_flow(ws, ref);
  const std::optional<Challenge> challenge = read_flow(ws, ref);
  if (!challenge) return false;
  remove_file(flow_file(ws, ref));  // first: from here on nobody stores the login
  Operation op;                     // its own: the workspace may be cancelled already
  try {
    ws.plugins.open(ref.provider, ref.profile).session->cancel(op, challenge->state);
  } catch (const Error& e) {
    ws.log.info("The service was not told that the login of " + to_string(ref) + " was cancelled: " + e.what());
  }
  return true;
}

bool LinkFlow::alive() const {
  const std::optional<Challenge> now = read_flow(ws_, ref_);
  return now && now->state == challenge_.state;
}

void LinkFlow::forget() const {
  remove_file(flow_file(ws_, ref_));
}

std::optional<LinkEnd> LinkFlow::poll() {
  if (!alive()) return LinkEnd::cancelled;
  Operation op(ws_.cancel);
  SettingList settings;
  const LinkState state = profile_.session->poll(op, challenge_.state, settings);
  const FileLock lock = lock_flow(ws_, ref_);
  if (!alive()) return LinkEnd::cancelled;  // cancelled while we asked: what came back is dropped
  switch (state) {
    case LinkState::pending:
      return std::nullopt;
    case LinkState::linked:
      profile_.services->apply_settings(settings);
      for (auto& setting : settings)
        if (!setting.second.empty() && !is_secret(*profile_.manifest, setting.first))
          stored_.push_back(std::move(setting));
      forget();
      return LinkEnd::linked;
    case LinkState::expired:
      forget();
      return LinkEnd::expired;
    case LinkState::denied:
      forget();
      return LinkEnd::denied;
  }
  return std::nullopt;
}

LinkEnd LinkFlow::wait(OnStop on_stop) {
  try {
    Operation op(ws_.cancel);
    const Call call(&op.call());
    for (;;) {
      std::uint32_t pause_ms = challenge_.interval_ms;
      try {
        if (const auto end = poll()) return *end;
      } catch (const Error& e) {
        // Trouble on the way says nothing about the code: it stays valid until its own end.
        if (e.status != CW_UNREACHABLE && e.status != CW_THROTTLED) throw;
        if (profile_.services->now_ms() / 1000 >= challenge_.expires_at) throw;
        ws_.log.warning(std::string(e.what()) + " Still waiting for the code.");
        pause_ms = std::max(2 * pause_ms, e.retry_after_ms);
      }
      call.wait(pause_ms);
    }
  } catch (const Stopped&) {
  } catch (const Error& e) {
    if (e.status != CW_CANCELLED) throw;
  }
  if (on_stop == OnStop::cancel) cancel(ws_, ref_);
  return LinkEnd::cancelled;
}

void disconnect_profile(Workspace& ws, const ProfileRef& ref) {
  OpenProfile profile = ws.plugins.open(ref.provider, ref.profile);
  Operation op(ws.cancel);
  profile.services->apply_settings(profile.session->disconnect(op));
}

}  // namespace crosswatch::host
