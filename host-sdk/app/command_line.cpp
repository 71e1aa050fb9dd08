// What each command takes. The only file that knows CLI11, since including it costs seconds a translation unit.
#include "command_line.hpp"

#include <CLI/CLI.hpp>

#include "config/profile.hpp"

namespace crosswatch::app {
namespace {

using Action = std::function<ExitCode(Context&)>;

class CommandLine {
public:
  CommandLine() : app_("Keeps watchlist, ratings, history and progress the same everywhere.", "crosswatch") {
    app_.fallthrough();
    app_.require_subcommand(1);
    app_.add_option("--config", request_.where.config, "Configuration file");
    app_.add_option("--state", request_.where.state, "Folder for state");
    app_.add_option("--plugins", request_.where.plugins, "Folder with plugins");
    app_.add_flag("--json", request_.json, "Print JSON");
    app_.add_flag("--yes", request_.yes, "Answer questions with yes");
    app_.add_flag("--no-input", request_.no_input, "Never ask");
    app_.add_flag("-v,--verbose", request_.verbose, "Say more on standard error");
    app_.footer("Every command also takes --config, --state, --plugins, --json, --yes, --no-input and -v.");
    add_login();
    add_directory();
    add_profiles();
    heading("Accounts");
    add_pairs();
    add_review();
    heading("Syncing");
    add_routes();
    add_progress();
    heading("Live");
    add_facts();
    add_captures();
    heading("Copies");
    add_plugins();
    add_config();
    add_program();
    heading("CrossWatch itself");
  }

  int run(int argc, char** argv, Perform perform) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
      if (e.get_exit_code() == 0) return print_help();
      return usage_error(e,
                         std::any_of(argv, argv + argc, [](const char* a) { return a == std::string_view("--json"); }));
    }
    return perform(request_);
  }

private:
  CLI::App* command(const char* name, const char* help) { return app_.add_subcommand(name, help); }
  // Puts the commands added since the last call under a heading of --help. Afterwards, since subcommands take over
  // the heading that their command has when they are added.
  void heading(const char* name) {
    for (CLI::App* c : app_.get_subcommands([](const CLI::App* a) { return a->get_group() == "Subcommands"; }))
      c->group(name);
  }
  CLI::App* group(const char* name, const char* help) {
    CLI::App* g = command(name, help);
    g->require_subcommand(1);
    g->fallthrough();
    return g;
  }
  CLI::App* on(CLI::App* command, Action action) {
    command->fallthrough();
    command->callback([this, action = std::move(action)] { request_.action = action; });
    return command;
  }
  // A command on one profile: PROVIDER and --profile.
  CLI::App* on_profile(CLI::App* command, std::function<ExitCode(Context&, const ProfileRef&)> action) {
    command->add_option("provider", provider_, "Provider")->required();
    command->add_option("--profile", profile_, "Profile of the provider");
    return on(command, [this, action = std::move(action)](Context& c) { return action(c, ref()); });
  }
  ProfileRef ref() const {
    ProfileRef r = host::parse_profile_ref(provider_);
    if (profile_.empty()) return r;
    const std::string profile = host::normal_profile(profile_);
    if (names_profile(provider_) && profile != r.profile)
      throw Error(CW_CONFIG, host::code_usage, "\"" + provider_ + "\" and --profile " + profile_ + " are two profiles.",
                  "Leave one of them out.");
    r.profile = profile;
    return r;
  }
  static bool names_profile(const std::string& provider) { return provider.find('@') != std::string::npos; }
  static Feature feature_of(const std::string& name) {
    if (const auto f = feature_named(name)) return *f;
    throw Error(CW_CONFIG, host::code_usage,
                "There is no feature \"" + name + "\"; there are watchlist, ratings, history and progress.",
                "crosswatch plugins info PROVIDER shows what it offers.");
  }

  void add_plugins() {
    CLI::App* g = group("plugins", "List, inspect, enable and disable plugins");
    on(g->add_subcommand("list", "All plugins and whether they work"), [](Context& c) { return plugins_list(c); });
    const auto with_id = [&](const char* name, const char* help, ExitCode (*run)(Context&, const std::string&)) {
      CLI::App* command = g->add_subcommand(name, help);
      command->add_option("id", id_, "Plugin")->required();
      on(command, [this, run](Context& c) { return run(c, id_); });
    };
    with_id("info", "What a plugin can do, and its settings", &plugins_info);
    with_id("enable", "Switch a plugin on", &plugins_enable);
    with_id("disable", "Switch a plugin off", &plugins_disable);
    on_profile(g->add_subcommand("check", "Try out a linked plugin, without writing anything"),
               [](Context& c, const ProfileRef& r) { return plugins_check(c, r); });
  }

  void add_login() {
    CLI::App* link =
        on_profile(command("connect", "Link an account with a code"), [this](Context& c, const ProfileRef& r) {
          connect_.ref = r;
          return connect(c, connect_);
        });
    CLI::Option* no_wait = link->add_flag("--no-wait", connect_.no_wait, "Print the code and do not wait for it");
    CLI::Option* resume = link->add_flag("--resume", connect_.resume, "Wait for the code that --no-wait printed");
    CLI::Option* cancel = link->add_flag("--cancel", connect_.cancel, "Give up the code that is waiting");
    link->add_option("--with-state", connect_.state, "Resume only this one (the state that --no-wait printed)")
        ->needs(resume);
    no_wait->excludes(resume)->excludes(cancel);
    resume->excludes(cancel);
    on_profile(command("disconnect", "Unlink an account; pairs and libraries are kept"),
               [](Context& c, const ProfileRef& r) { return disconnect(c, r); });
  }

  void add_directory() {
    on_profile(command("users", "Who can be chosen in a profile"),
               [](Context& c, const ProfileRef& r) { return users(c, r); });
    on_profile(command("servers", "The servers of an account, and how they can be reached"),
               [](Context& c, const ProfileRef& r) { return servers(c, r); });
    on_profile(command("libraries", "The libraries of the server, and which take part"),
               [this](Context& c, const ProfileRef& r) { return libraries(c, r, set_); })
        ->add_option("--set", set_, "FEATURE=ID,ID or FEATURE=all, scrobble for live events; may be repeated")
        ->take_all();
  }

  void add_profiles() {
    CLI::App* choose = on_profile(command("select", "Choose user and server of a profile"),
                                  [this](Context& c, const ProfileRef& r) { return select(c, r, select_); });
    choose->add_option("--user", select_.user, "Id, or a name that only one user has");
    choose->add_option("--server", select_.server, "Id or name of a server");
    choose->add_flag("--pin-stdin", select_.pin_stdin, "Read the PIN of a protected user from standard input");

    CLI::App* g = group("profile", "Several logins of one provider side by side");
    CLI::App* list = g->add_subcommand("list", "All profiles");
    list->add_option("provider", provider_, "Only this provider");
    on(list, [this](Context& c) { return profile_list(c, provider_); });
    const auto with_id = [&](const char* name, const char* help,
                             std::function<ExitCode(Context&, const ProfileRef&)> run) {
      CLI::App* command = g->add_subcommand(name, help);
      command->add_option("provider", provider_, "Provider")->required();
      command->add_option("id", id_, "Profile")->required();
      return on(command, [this, run = std::move(run)](Context& c) {
        return run(c, {host::normal_provider(provider_), id_});
      });
    };
    CLI::App* add = with_id("add", "Make a profile",
                            [this](Context& c, const ProfileRef& r) { return profile_add(c, r, label_, copy_from_); });
    add->add_option("--label", label_, "Name for people");
    add->add_option("--copy-from", copy_from_, "Copy the tuning of this profile; never its login");
    with_id("rename", "Give a profile another id; pairs, routes and captures follow",
            [this](Context& c, const ProfileRef& r) { return profile_rename(c, r, new_id_); })
        ->add_option("new-id", new_id_, "New id")
        ->required();
    with_id("remove", "Remove a profile that nothing uses",
            [](Context& c, const ProfileRef& r) { return profile_remove(c, r); });
  }

  void add_config() {
    CLI::App* g = group("config", "Read and change the configuration");
    CLI::App* get = g->add_subcommand("get", "Print a setting, or all of them");
    get->add_option("key", key_, "Dotted path");
    on(get, [this](Context& c) { return config_get(c, key_); });
    CLI::App* set = g->add_subcommand("set", "Store a setting");
    set->add_option("key", key_, "Dotted path, such as runtime.log_file")->required();
    set->add_option("value", value_, "Value; lists are separated by commas")->required();
    on(set, [this](Context& c) { return config_set(c, key_, value_); });
    CLI::App* unset = g->add_subcommand("unset", "Remove a setting");
    unset->add_option("key", key_, "Dotted path")->required();
    on(unset, [this](Context& c) { return config_unset(c, key_); });
    on(g->add_subcommand("check", "Find everything that is wrong"), [](Context& c) { return config_check(c); });
    on(g->add_subcommand("path", "Where everything lies"), [](Context& c) { return config_path(c); });
    CLI::App* import = g->add_subcommand("import", "Take over the configuration of another CrossWatch");
    import->add_option("file", file_, "Its config.json")->required();
    import->add_flag("--dry-run", import_dry_run_, "Show what would be taken, and do nothing");
    on(import, [this](Context& c) { return config_import(c, file_, import_dry_run_); });
  }

  void add_facts() {
    CLI::App* read =
        on_profile(command("snapshot", "Print all facts of one feature"),
                   [this](Context& c, const ProfileRef& r) { return snapshot(c, r, feature_of(feature_)); });
    read->add_option("feature", feature_, "watchlist, ratings, history or progress")->required();
    CLI::App* write =
        on_profile(command("import", "Store facts that snapshot --json printed"),
                   [this](Context& c, const ProfileRef& r) { return import_facts(c, r, feature_of(feature_), file_); });
    write->add_option("feature", feature_, "watchlist, ratings, history or progress")->required();
    write->add_option("file", file_, "File, or - for standard input")->required();
  }

  void add_pairs() {
    CLI::App* g = group("pair", "Make and change pairs of profiles that are kept in sync");
    CLI::App* add = g->add_subcommand("add", "Make a pair");
    add->add_option("--source", source_, "PROVIDER or PROVIDER@PROFILE")->required();
    add->add_option("--target", target_, "PROVIDER or PROVIDER@PROFILE")->required();
    add->add_option("--mode", mode_, "one-way or two-way")->check(CLI::IsMember({"one-way", "two-way"}));
    add->add_option("--features", features_, "Features, separated by commas; all that fit when left out")
        ->delimiter(',');
    add->add_flag("--remove", new_pair_.remove, "Also carry over removals");
    add->add_option("--id", new_pair_.id, "Id of the pair");
    on(add, [this](Context& c) { return pair_add(c, pair_from_options()); });
    on(g->add_subcommand("list", "All pairs"), [](Context& c) { return pair_list(c); });
    const auto with_id = [&](const char* name, const char* help, Action action) {
      CLI::App* command = g->add_subcommand(name, help);
      command->add_option("id", id_, "Pair")->required();
      on(command, std::move(action));
    };
    with_id("show", "One pair", [this](Context& c) { return pair_show(c, id_); });
    with_id("enable", "Switch a pair on", [this](Context& c) { return pair_enable(c, id_, true); });
    with_id("disable", "Switch a pair off", [this](Context& c) { return pair_enable(c, id_, false); });
    with_id("remove", "Delete a pair; what it has synced stays", [this](Context& c) { return pair_remove(c, id_); });

    CLI::App* run = command("sync", "Sync pairs");
    run->add_option("pairs", sync_.pairs, "Pairs; all enabled ones when left out");
    run->add_flag("--dry-run", sync_.dry_run, "Show what would be done, and do nothing");
    run->add_option("--approve", sync_.approve, "Digest of the held operations to carry out");
    on(run, [this](Context& c) { return sync(c, sync_); });

    CLI::App* preview = command("plan", "Show what a sync would do, and do nothing");
    preview->add_option("pairs", sync_.pairs, "Pairs; all enabled ones when left out");
    on(preview, [this](Context& c) { return plan(c, sync_.pairs); });

    CLI::App* runs = group("runs", "What was done, and when");
    on(runs->add_subcommand("list", "All runs, newest first"), [](Context& c) { return runs_list(c); });
    CLI::App* show = runs->add_subcommand("show", "One run");
    show->add_option("id", id_, "Run")->required();
    on(show, [this](Context& c) { return runs_show(c, id_); });
    CLI::App* undo = runs->add_subcommand("undo", "Take back what a run wrote, as far as that is possible");
    undo->add_option("id", id_, "Run")->required();
    undo->add_flag("--dry-run", sync_.dry_run, "Show what would be done, and do nothing");
    on(undo, [this](Context& c) { return runs_undo(c, id_, sync_.dry_run); });
  }

  void add_routes() {
    CLI::App* live = command("watch", "Bring what people do to where their routes lead, while they do it");
    live->add_option("routes", routes_, "Routes; all enabled ones when left out");
    on(live, [this](Context& c) { return watch(c, routes_); });

    CLI::App* hook = on_profile(command("webhook", "Print the secret address at which a service may post what happens"),
                                [this](Context& c, const ProfileRef& r) { return webhook(c, r, webhook_); });
    CLI::Option* anew = hook->add_flag("--renew", webhook_.anew, "Make another one; the old one ends");
    hook->add_flag("--off", webhook_.off, "Take nothing there any more")->excludes(anew);

    CLI::App* g = group("route", "Make and change routes: what somebody plays, written to another profile at once");
    CLI::App* add = g->add_subcommand("add", "Make a route");
    add->add_option("--source", source_, "PROVIDER or PROVIDER@PROFILE")->required();
    add->add_option("--target", target_, "PROVIDER or PROVIDER@PROFILE")->required();
    add->add_option("--events", new_route_.events, "plays, ratings, finished, separated by commas; plays when left out")
        ->delimiter(',')
        ->check(CLI::IsMember({"plays", "ratings", "finished"}));
    add->add_option("--users", new_route_.users,
                    "Only what these users do: numbers or names, as crosswatch users prints them")
        ->delimiter(',');
    add->add_option("--libraries", new_route_.libraries, "Only what is in these libraries, by their ids or titles")
        ->delimiter(',');
    add->add_option("--types", new_route_.types, "Only movies, shows, seasons, episodes, separated by commas")
        ->delimiter(',')
        ->check(CLI::IsMember({"movies", "shows", "seasons", "episodes"}));
    add->add_option("--id", new_route_.id, "Id of the route");
    on(add, [this](Context& c) {
      new_route_.source = host::parse_profile_ref(source_);
      new_route_.target = host::parse_profile_ref(target_);
      return route_add(c, new_route_);
    });
    on(g->add_subcommand("list", "All routes, and what each still has to deliver"),
       [](Context& c) { return route_list(c); });
    const auto with_id = [&](const char* name, const char* help, Action action) {
      CLI::App* command = g->add_subcommand(name, help);
      command->add_option("id", id_, "Route")->required();
      on(command, std::move(action));
    };
    with_id("enable", "Switch a route on", [this](Context& c) { return route_enable(c, id_, true); });
    with_id("disable", "Switch a route off; what it has heard stays",
            [this](Context& c) { return route_enable(c, id_, false); });
    with_id("remove", "Delete a route and what it still had to deliver",
            [this](Context& c) { return route_remove(c, id_); });
    CLI::App* parked = g->add_subcommand("parked", "What routes could not deliver, and why");
    parked->add_option("id", id_, "Only this route");
    on(parked, [this](Context& c) { return route_parked(c, id_); });
    const auto with_numbers = [&](const char* name, const char* help, ExitCode (*run)(Context&, const RouteOptions&)) {
      CLI::App* command = g->add_subcommand(name, help);
      command->add_option("numbers", route_.deliveries, "Numbers that route parked prints");
      command->add_option("--route", route_.id, "All of this route");
      command->add_flag("--all", route_.all, "All of them");
      on(command, [this, run](Context& c) { return run(c, route_); });
    };
    with_numbers("retry", "Deliver it after all", &route_retry);
    with_numbers("discard", "Never deliver it", &route_discard);
  }

  void add_review() {
    CLI::App* health = command("status", "Whether everything works, and what to do next");
    CLI::Option* of = health->add_option("provider", provider_, "Only this provider");
    health->add_option("--profile", profile_, "Only this profile")->needs(of);
    on(health, [this](Context& c) {
      const bool one = !profile_.empty() || names_profile(provider_);
      return one ? status(c, ref().provider, ref().profile) : status(c, provider_, {});
    });

    CLI::App* held = group("held", "What syncs have not done, because it looks like an accident");
    CLI::App* list = held->add_subcommand("list", "What waits for approval");
    list->add_option("pair", id_, "Only this pair");
    on(list, [this](Context& c) { return held_list(c, id_); });
    const auto with_digest = [&](const char* name, const char* help, ExitCode (*run)(Context&, const std::string&)) {
      CLI::App* command = held->add_subcommand(name, help);
      command->add_option("digest", value_, "Digest that sync and held list print")->required();
      on(command, [this, run](Context& c) { return run(c, value_); });
    };
    with_digest("approve", "Carry it out, now and once", &held_approve);
    with_digest("discard", "Do not do it: these items are compared anew, and nothing is removed", &held_discard);

    CLI::App* parked = group("parked", "Items that a side cannot take, and why");
    CLI::App* all = parked->add_subcommand("list", "All parked items");
    all->add_option("pair", id_, "Only this pair");
    on(all, [this](Context& c) { return parked_list(c, id_); });
    const auto with_keys = [&](const char* name, const char* help, ExitCode (*run)(Context&, const ParkOptions&)) {
      CLI::App* command = parked->add_subcommand(name, help);
      command->add_option("keys", park_.keys, "Keys that parked list prints");
      command->add_option("--pair", park_.pair, "All of this pair");
      command->add_flag("--all", park_.all, "All of them");
      on(command, [this, run](Context& c) { return run(c, park_); });
    };
    with_keys("retry", "Try them with the next sync", &parked_retry);
    with_keys("ignore", "Never try them again", &parked_ignore);
    with_keys("unignore", "Try them again after all", &parked_unignore);
  }

  void add_progress() {
    CLI::App* g = group("progress", "What is begun and not finished, in every profile that keeps positions");
    const auto with_profiles = [&](CLI::App* command, const char* help) {
      command->add_option("--profile", progress_.profiles, help)->delimiter(',');
      return command;
    };
    on(with_profiles(g->add_subcommand("list", "Which titles, where, how far, and what differs"),
                     "PROVIDER or PROVIDER@PROFILE; every profile when left out"),
       [this](Context& c) { return progress_list(c, progress_.profiles); });
    const auto with_key = [&](const char* name, const char* help) {
      CLI::App* command = with_profiles(g->add_subcommand(name, help),
                                        "PROVIDER or PROVIDER@PROFILE; wherever it is unfinished when left out");
      command->add_option("key", progress_.key, "Key that progress list prints, or an id such as imdb:tt0133093")
          ->required();
      return command;
    };
    CLI::App* set = with_key("set", "Store another position; never while it is being watched");
    set->add_option("position", progress_.position, "41:30, 1:02:03 or 45%")->required();
    set->add_flag("--replay", progress_.replay, "Also where the title is marked as watched");
    on(set, [this](Context& c) { return progress_set(c, progress_); });
    on(with_key("clear", "Take the position away; the watched mark stays as it is"),
       [this](Context& c) { return progress_clear(c, progress_); });
  }

  void add_captures() {
    CLI::App* g = group("capture", "Dated copies of what a profile says, taken before syncs write, and by hand");
    CLI::App* take = on_profile(g->add_subcommand("take", "Take one now"), [this](Context& c, const ProfileRef& r) {
      return capture_take(c, r, feature_of(feature_));
    });
    take->add_option("feature", feature_, "watchlist, ratings, history or progress")->required();
    CLI::App* list = g->add_subcommand("list", "All captures, newest first");
    list->add_option("provider", provider_, "Only of this provider");
    on(list, [this](Context& c) { return capture_list(c, provider_); });
    const auto with_id = [&](const char* name, const char* help, Action action) {
      CLI::App* command = g->add_subcommand(name, help);
      command->add_option("id", id_, "Capture")->required();
      return on(command, std::move(action));
    };
    with_id("show", "What it holds", [this](Context& c) { return capture_show(c, id_); });
    with_id("diff", "What changed since", [this](Context& c) {
      return capture_diff(c, id_, new_id_);
    })->add_option("other", new_id_, "A later capture; the profile as it is now when left out");
    with_id("remove", "Delete it", [this](Context& c) { return capture_remove(c, id_); });
    CLI::App* restore = with_id("restore", "Make the profile say that again",
                                [this](Context& c) { return capture_restore(c, id_, restore_); });
    restore->add_flag("--dry-run", restore_.dry_run, "Show what would be done, and do nothing");
    restore->add_flag("--exact", restore_.exact, "Also remove what the capture does not hold");
    restore->add_option("--approve", restore_.approve, "Digest of what the last restore held");
  }

  void add_program() {
    CLI::App* page = command("serve", "Open the page for a browser, until it is ended");
    page->add_option("--listen", listen_, "ADDRESS:PORT; 127.0.0.1:8787 when nothing is configured, port 0 is any");
    on(page, [this](Context& c) { return serve(c, listen_); });
    CLI::App* script = command("completion", "Print a completion script for bash or zsh");
    script->add_option("shell", value_, "bash or zsh")->required();
    on(script, [this](Context& c) { return completion(c, value_, tree_of(app_)); });
    on(command("version", "Print the version"), [](Context& c) { return version(c); });
  }

  static CommandTree tree_of(const CLI::App& app) {
    CommandTree tree{app.get_name(), {}, {}};
    for (const CLI::Option* o : app.get_options())
      for (const std::string& name : o->get_lnames()) tree.options.push_back("--" + name);
    for (const CLI::App* c : app.get_subcommands([](const CLI::App*) { return true; }))
      tree.commands.push_back(tree_of(*c));
    return tree;
  }

  host::NewPair pair_from_options() {
    host::NewPair pair = new_pair_;
    pair.source = host::parse_profile_ref(source_);
    pair.target = host::parse_profile_ref(target_);
    pair.two_way = mode_ == "two-way";
    for (const std::string& name : features_) pair.features.push_back(feature_of(name));
    return pair;
  }

  int print_help() const {
    const host::Redactor none;
    Output out(none, false, true);
    try {
      out.raw(app_.help());
      return static_cast<int>(ExitCode::ok);
    } catch (const Error& e) {
      out.error(e);
      return static_cast<int>(ExitCode::error);
    }
  }

  int usage_error(const CLI::ParseError& e, bool json) const {
    std::string command = "crosswatch", what = e.what();
    const CLI::App* at = &app_;
    while (!at->get_subcommands().empty()) command += " " + (at = at->get_subcommands().front())->get_name();
    const std::vector<std::string> unknown = app_.remaining(true);
    if (at->get_require_subcommand_min() > 0 && !unknown.empty())
      what = "There is no command \"" + command + " " + unknown.front() + "\".";
    if (!what.ends_with('.')) what += '.';
    const host::Redactor none;
    Output out(none, json, true);
    out.error(Error(CW_CONFIG, host::code_usage, what, command + " --help"));
    return static_cast<int>(ExitCode::usage);
  }

  CLI::App app_;
  Request request_{};
  std::string provider_{}, profile_{}, id_{}, key_{}, value_{}, feature_{}, file_{}, source_{}, target_{}, mode_{},
      label_{}, copy_from_{}, new_id_{}, listen_{};
  std::vector<std::string> set_{}, features_{}, routes_{};
  bool import_dry_run_ = false;
  ConnectOptions connect_{};
  host::NewPair new_pair_{};
  SelectOptions select_{};
  SyncOptions sync_{};
  ParkOptions park_{};
  host::NewRoute new_route_{};
  RouteOptions route_{};
  WebhookOptions webhook_{};
  ProgressOptions progress_{};
  RestoreCommand restore_{};
};

}  // namespace

int with_command_line(int argc, char** argv, Perform perform) {
  return CommandLine().run(argc, argv, perform);
}

}  // namespace crosswatch::app
