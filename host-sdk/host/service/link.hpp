// Linking a profile: the code is shown, the user enters it at the service, the login is stored. A flow can be left
// and taken up again by another process; only one flow of a profile is alive at a time.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "service/workspace.hpp"

namespace crosswatch::host {

enum class LinkEnd { linked, expired, denied, cancelled };

class LinkFlow {
public:
  // Begins: cancels the profile's flow that is alive, if any. Error CONFIG "secret_is_reference" before anything is
  // asked of the service when the login could not be stored.
  static LinkFlow begin(Workspace& ws, const ProfileRef& ref);
  // Takes up the flow that begin() left in the state folder; `state` names it when it is not empty.
  // Error NOT_FOUND "no_link_in_progress".
  static LinkFlow resume(Workspace& ws, const ProfileRef& ref, const std::string& state = {});
  // Ends the profile's flow: a code that is approved later is never exchanged. False: there was none.
  static bool cancel(Workspace& ws, const ProfileRef& ref);

  const Challenge& challenge() const noexcept { return challenge_; }
  // The settings that the login stored, without secrets; after poll() or wait() said linked.
  const SettingList& stored() const noexcept { return stored_; }

  // Asks once. Nullopt: not yet.
  std::optional<LinkEnd> poll();
  // Polls until the end. A cancelled workspace ends the flow as cancel() does, or leaves it to be taken up again.
  enum class OnStop { cancel, leave };
  LinkEnd wait(OnStop on_stop = OnStop::cancel);

private:
  LinkFlow(Workspace& ws, const ProfileRef& ref, Challenge challenge);
  bool alive() const;  // nobody cancelled or replaced it
  void forget() const;

  Workspace& ws_;
  ProfileRef ref_;
  Challenge challenge_;
  OpenProfile profile_;
  SettingList stored_{};
};

// Takes the login out of the configuration; pairs, libraries and state are kept.
void disconnect_profile(Workspace& ws, const ProfileRef& ref);

}  // namespace crosswatch::host
