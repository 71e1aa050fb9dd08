#include "watch/rules.hpp"

#include <memory>

#include "account/memory.hpp"
#include "feature/libraries.hpp"
#include "feature/own_marks.hpp"

namespace crosswatch::plex::watch {

Rules make_rules(const Call& call, const Host& host, const UserScope& user, const feature::Source& source,
                 const Scope& scope) {
  Rules rules;
  rules.user = std::to_string(user.user_id);
  rules.accounts = {user.server.account_id, user.user_id};
  if (!user.server.owner) rules.accounts.erase(1);  // on every server that is its owner, whoever else has this number
  rules.own_player = client_id_of(host);
  rules.ref_prefix = user.server.machine_id + '/';
  const auto libraries = std::make_shared<const feature::LibraryRule>(
      feature::LibraryRule::make(feature::live_events, feature::read_sections(call, source),
                                 feature::Whitelist::of(host, feature::live_events), scope.libraries, source.name()));
  rules.library = [libraries](std::string_view key) { return libraries->allows(key); };
  const auto marks = std::make_shared<feature::OwnMarks>(host, user.server);
  rules.marked = [marks](const std::string& item, std::int64_t at) { return marks->has(item, at); };
  return rules;
}

}  // namespace crosswatch::plex::watch
