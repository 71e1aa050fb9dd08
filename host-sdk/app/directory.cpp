#include <algorithm>

#include "commands.hpp"
#include "service/answers.hpp"

namespace crosswatch::app {
namespace {

using host::json::array;
using host::json::Value;

std::string mark(bool b) {
  return b ? "yes" : "";
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find(at, from), text.size());
    if (to > from) out.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return out;
}

// "history=1,2", "history=all" or, for live events, "scrobble=1".
host::LibraryChoice parse_choice(const std::string& text) {
  const std::size_t equals = text.find('=');
  const host::LibraryUse* const use = host::library_use_named(text.substr(0, equals));
  if (equals == std::string::npos || !use)
    throw Error(CW_CONFIG, host::code_usage, "--set takes FEATURE=ID,ID or FEATURE=all, not \"" + text + "\".",
                "crosswatch libraries PROVIDER shows the ids.");
  host::LibraryChoice choice{*use, split(text.substr(equals + 1), ',')};
  if (choice.wanted.empty())
    throw Error(CW_CONFIG, host::code_usage,
                "--set " + text + " names no library; write " + text + "all to mean all of them.",
                "crosswatch libraries PROVIDER shows the ids.");
  if (choice.wanted == std::vector<std::string>{"all"}) choice.wanted.clear();
  return choice;
}

}  // namespace

ExitCode users(Context& c, const ProfileRef& ref) {
  host::OpenProfile profile = c.ws.plugins.open(ref.provider, ref.profile);
  host::Operation op(c.ws.cancel);
  const UserList found = profile.session->users(op);
  if (c.out.json()) {
    Value list = array();
    for (const User& u : found.users) list.push_back(host::user_json(u));
    c.out.value(list);
  } else {
    std::vector<std::vector<std::string>> table;
    for (const User& u : found.users)
      table.push_back({u.id, u.name, u.kind + (u.guest ? " (guest)" : ""), u.is_protected ? "PIN" : "",
                       u.server_owner ? "owner" : "", mark(u.selectable), u.why});
    c.out.table({"ID", "NAME", "KIND", "PROTECTED", "SERVER", "SELECTABLE", ""}, table);
  }
  if (found.missing) throw *found.missing;
  return ExitCode::ok;
}

ExitCode servers(Context& c, const ProfileRef& ref) {
  host::OpenProfile profile = c.ws.plugins.open(ref.provider, ref.profile);
  host::Operation op(c.ws.cancel);
  const std::vector<Server> rows = profile.session->servers(op);
  if (c.out.json()) {
    Value list = array();
    for (const Server& s : rows) list.push_back(host::server_json(s));
    c.out.value(list);
    return ExitCode::ok;
  }
  for (const Server& s : rows) {
    c.out.line(s.name + "  " + s.id + (s.owned ? "  yours" : "  shared with you") + (s.selected ? "  (selected)" : ""));
    for (const Address& a : s.addresses)
      c.out.line("    " + a.state + (a.ms >= 0 ? " " + std::to_string(a.ms) + " ms" : "") + "  " + a.url +
                 (a.local ? "  local" : "") + (a.relay ? "  relay" : "") + (a.why.empty() ? "" : "  " + a.why));
  }
  if (rows.empty()) c.out.note("This account has no server.");
  return ExitCode::ok;
}

ExitCode libraries(Context& c, const ProfileRef& ref, const std::vector<std::string>& set) {
  if (!set.empty()) {
    std::vector<host::LibraryChoice> choices;
    std::transform(set.begin(), set.end(), std::back_inserter(choices), parse_choice);
    host::choose_libraries(c.ws, ref, choices);
  }
  host::OpenProfile profile = c.ws.plugins.open(ref.provider, ref.profile);
  host::Operation op(c.ws.cancel);
  const std::vector<Library> rows = profile.session->libraries(op);
  if (c.out.json()) {
    Value list = array();
    for (const Library& l : rows) list.push_back(host::library_json(l));
    c.out.value(list);
    return ExitCode::ok;
  }
  std::vector<std::vector<std::string>> table;
  for (const Library& l : rows)
    table.push_back({l.id, l.title, l.type, mark((l.features & bit(Feature::history)) != 0),
                     mark((l.features & bit(Feature::ratings)) != 0), mark((l.features & bit(Feature::progress)) != 0),
                     mark((l.features & takes_part_live) != 0)});
  c.out.table({"ID", "TITLE", "TYPE", "HISTORY", "RATINGS", "PROGRESS", "SCROBBLE"}, table);
  return ExitCode::ok;
}

}  // namespace crosswatch::app
