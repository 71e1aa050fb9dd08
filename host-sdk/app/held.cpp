#include "commands.hpp"
#include "report_json.hpp"
#include "state/runs.hpp"
#include "time.hpp"

namespace crosswatch::app {
namespace {

SyncOptions of_digest(const Context& c, const std::string& digest) {
  SyncOptions o;
  o.pairs = host::pairs_of_digest(host::StateStore(c.ws.at.state), digest, host::system_clock()() / 1000);
  o.approve = digest;
  return o;
}

}  // namespace

ExitCode held_list(Context& c, const std::string& pair) {
  const auto config = c.ws.config.read();
  const auto pairs = pair.empty() ? host::read_pairs(config) : std::vector{host::find_pair(config, pair)};
  const host::StateStore state(c.ws.at.state);
  if (c.out.json()) {
    c.out.value(host::held_json(state, pairs));
    return ExitCode::ok;
  }
  bool any = false;
  for (const auto& p : pairs) {
    const auto items = host::list_held(state, p.id);
    if (items.empty()) continue;
    any = true;
    const std::string digest = host::pair_state(state, p.id).digest;
    c.out.line("Pair " + p.id + ": " + std::to_string(items.size()) +
               (items.size() == 1 ? " operation waits" : " operations wait") +
               (digest.empty() ? "; the next sync names their digest" : " under the digest " + digest));
    for (const auto& item : items)
      c.out.line("  " + std::string(crosswatch::name_of(item.feature)) + "  " +
                 item_text(item, to_string(item.side == host::engine::Side::source ? p.source : p.target)));
  }
  c.out.note(any ? "Carry them out: crosswatch held approve DIGEST. Drop them: crosswatch held discard DIGEST."
                 : "Nothing waits for approval.");
  return ExitCode::ok;
}

ExitCode held_approve(Context& c, const std::string& digest) {
  return sync(c, of_digest(c, digest));
}

ExitCode held_discard(Context& c, const std::string& digest) {
  SyncOptions o = of_digest(c, digest);
  o.discard = true;
  return sync(c, o);
}

}  // namespace crosswatch::app
