#include "watch/rules.hpp"

#include <memory>

#include "account/memory.hpp"
#include "feature/libraries.hpp"

namespace crosswatch::plex::watch {

Rules make_rules(const Call& call, const Host& host, const UserScope& user, const feature::Source& source,
                 const Scope& scope) {
  Rules rules;
  rules.user = std::to_string(user.user_id);
  rules.accounts = {user.server.account_id, user.user_id};
  rules.own_player = client_id_of(host);
  rules.ref_prefix = user.server.machine_id + '/';
  const auto libraries = std::make_shared<const feature::LibraryRule>(
      feature::LibraryRule::make(feature::live_events, feature::read_sections(call, source),
                                 feature::Whitelist::of(host, feature::live_events), scope.libraries, source.name()));
  rules.library = [libraries](std::string_view key) { return libraries->allows(key); };
  return rules;
}

}  // namespace crosswatch::plex::watch
