// plugins check: what the host relies on, tried on the profile as it is linked, without writing anything.
#include <crosswatch/conformance.hpp>

#include "commands.hpp"

namespace crosswatch::app {

namespace {

const char* name_of(Verdict v) {
  return v == Verdict::passed ? "passed" : v == Verdict::failed ? "failed" : "skipped";
}

}  // namespace

ExitCode plugins_check(Context& c, const ProfileRef& ref) {
  host::OpenProfile profile = c.ws.plugins.open(ref.provider, ref.profile);
  host::Operation op(c.ws.cancel);
  // Without a login that works there is nothing to try, and the reason is worth more than a list of failures.
  if (profile.session->offers_sync()) profile.session->check(op, conformance::World::bits_of_all);

  Traits traits;
  traits.any_title = false;
  traits.declared = profile.manifest->capabilities;
  traits.live_host = &profile.session->host_tables();
  traits.live_call = &op.call();
  std::array<std::uint64_t, 3> counts{};
  run_conformance(profile.session->entry(), traits, [&](const Check& check) {
    ++counts[static_cast<std::size_t>(check.verdict)];
    if (c.out.json()) {
      auto line = host::json::object({{"check", check.name}, {"verdict", name_of(check.verdict)}});
      if (!check.reason.empty()) merge_members(line, host::json::object({{"reason", check.reason}}));
      c.out.value(line);
    } else if (check.verdict != Verdict::skipped) {
      c.out.line(std::string(check.verdict == Verdict::passed ? "ok    " : "FAIL  ") + check.name +
                 (check.reason.empty() ? "" : ": " + check.reason));
    }
  });
  if (c.ws.cancel.requested()) throw Error(CW_CANCELLED, "cancelled", "The check was cancelled.");
  const auto [passed, failed, skipped] = counts;
  if (c.out.json())
    c.out.value(host::json::object({{"end", true}, {"passed", passed}, {"failed", failed}, {"skipped", skipped}}));
  else
    c.out.note(std::to_string(passed) + " passed, " + std::to_string(failed) + " failed, " + std::to_string(skipped) +
               " not tried on a real login. Nothing was written.");
  return failed == 0 ? ExitCode::ok : ExitCode::error;
}

}  // namespace crosswatch::app
