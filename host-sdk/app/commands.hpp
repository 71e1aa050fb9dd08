// The commands, each in a file of its own: options in, exit code out. Errors are thrown; main prints them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/pairs.hpp"
#include "engine/report.hpp"
#include "exit_code.hpp"
#include "output.hpp"
#include "service/pairs.hpp"
#include "service/route_list.hpp"
#include "service/workspace.hpp"

namespace crosswatch::app {

using host::ExitCode;
using host::ProfileRef;

struct Context {
  host::Workspace& ws;
  Output& out;
  bool yes = false;       // questions are answered with yes
  bool no_input = false;  // nobody is there to answer
};

// plugins.cpp
ExitCode plugins_list(Context& c);
ExitCode plugins_info(Context& c, const std::string& id);
ExitCode plugins_enable(Context& c, const std::string& id);
ExitCode plugins_disable(Context& c, const std::string& id);

// check.cpp
ExitCode plugins_check(Context& c, const ProfileRef& ref);

// connect.cpp
struct ConnectOptions {
  ProfileRef ref{};
  bool no_wait = false;
  bool resume = false;
  bool cancel = false;
  std::string state{};  // with resume: which flow
};
ExitCode connect(Context& c, const ConnectOptions& o);
ExitCode disconnect(Context& c, const ProfileRef& ref);

// status.cpp
ExitCode status(Context& c, const std::string& provider, const std::string& profile);

// directory.cpp
ExitCode users(Context& c, const ProfileRef& ref);
ExitCode servers(Context& c, const ProfileRef& ref);
ExitCode libraries(Context& c, const ProfileRef& ref, const std::vector<std::string>& set);

// profile.cpp
ExitCode profile_list(Context& c, const std::string& provider);
ExitCode profile_add(Context& c, const ProfileRef& ref, const std::string& label, const std::string& copy_from);
ExitCode profile_rename(Context& c, const ProfileRef& ref, const std::string& new_id);
ExitCode profile_remove(Context& c, const ProfileRef& ref);
struct SelectOptions {
  std::string user{}, server{};
  bool pin_stdin = false;
};
ExitCode select(Context& c, const ProfileRef& ref, const SelectOptions& o);

// config.cpp
ExitCode config_get(Context& c, const std::string& key);
ExitCode config_set(Context& c, const std::string& key, const std::string& value);
ExitCode config_unset(Context& c, const std::string& key);
ExitCode config_check(Context& c);
ExitCode config_path(Context& c);
ExitCode config_import(Context& c, const std::string& file, bool dry_run);

// snapshot.cpp
ExitCode snapshot(Context& c, const ProfileRef& ref, Feature feature);
ExitCode import_facts(Context& c, const ProfileRef& ref, Feature feature,
                      const std::string& file);  // "-": standard input

// pair.cpp
ExitCode pair_add(Context& c, const host::NewPair& pair);
ExitCode pair_list(Context& c);
ExitCode pair_show(Context& c, const std::string& id);
ExitCode pair_enable(Context& c, const std::string& id, bool enabled);
ExitCode pair_remove(Context& c, const std::string& id);

// sync.cpp
struct SyncOptions {
  std::vector<std::string> pairs{};  // empty: every enabled one
  bool dry_run = false;
  std::string approve{};  // digest of held operations
  bool discard = false;   // forget them instead
};
ExitCode sync(Context& c, const SyncOptions& o);
// Tells what a run does while it goes on.
std::unique_ptr<host::engine::Events> make_narrator(Context& c, bool dry_run);
ExitCode plan(Context& c, const std::vector<std::string>& pairs);

// runs.cpp
ExitCode runs_list(Context& c);
ExitCode runs_show(Context& c, const std::string& id);
ExitCode runs_undo(Context& c, const std::string& id, bool dry_run);

// watch.cpp
ExitCode watch(Context& c, const std::vector<std::string>& routes);

// route.cpp
ExitCode route_add(Context& c, const host::NewRoute& route);
ExitCode route_list(Context& c);
ExitCode route_enable(Context& c, const std::string& id, bool enabled);
ExitCode route_remove(Context& c, const std::string& id);
ExitCode route_parked(Context& c, const std::string& id);
struct RouteOptions {
  std::vector<std::string> deliveries{};  // their numbers
  std::string id{};                       // all of that route
  bool all = false;
};
ExitCode route_retry(Context& c, const RouteOptions& o);
ExitCode route_discard(Context& c, const RouteOptions& o);

// webhook.cpp
struct WebhookOptions {
  bool anew = false, off = false;
};
ExitCode webhook(Context& c, const ProfileRef& ref, const WebhookOptions& o);

// progress.cpp
ExitCode progress_list(Context& c, const std::vector<std::string>& profiles);
struct ProgressOptions {
  std::string key{};
  std::string position{};  // "41:30", "1:02:03", "45%"
  std::vector<std::string> profiles{};
  bool replay = false;
};
ExitCode progress_set(Context& c, const ProgressOptions& o);
ExitCode progress_clear(Context& c, const ProgressOptions& o);

// serve.cpp
ExitCode serve(Context& c, const std::string& listen);

// held.cpp
ExitCode held_list(Context& c, const std::string& pair);
ExitCode held_approve(Context& c, const std::string& digest);
ExitCode held_discard(Context& c, const std::string& digest);

// parked.cpp
ExitCode parked_list(Context& c, const std::string& pair);
struct ParkOptions {
  std::vector<std::string> keys{};
  std::string pair{};  // all of that pair
  bool all = false;
};
ExitCode parked_retry(Context& c, const ParkOptions& o);
ExitCode parked_ignore(Context& c, const ParkOptions& o);
ExitCode parked_unignore(Context& c, const ParkOptions& o);

// capture.cpp
ExitCode capture_take(Context& c, const ProfileRef& ref, Feature feature);
ExitCode capture_list(Context& c, const std::string& provider);
ExitCode capture_show(Context& c, const std::string& id);
ExitCode capture_diff(Context& c, const std::string& from, const std::string& to);
ExitCode capture_remove(Context& c, const std::string& id);
struct RestoreCommand {
  bool dry_run = false, exact = false;
  std::string approve{};
};
ExitCode capture_restore(Context& c, const std::string& id, const RestoreCommand& o);

// completion.cpp
struct CommandTree {
  std::string name{};
  std::vector<std::string> options{};  // "--json", "--profile"
  std::vector<CommandTree> commands{};
};
ExitCode completion(Context& c, const std::string& shell, const CommandTree& root);

// version.cpp
ExitCode version(Context& c);

}  // namespace crosswatch::app
