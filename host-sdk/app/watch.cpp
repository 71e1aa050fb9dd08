#include "commands.hpp"
#include "fact_text.hpp"
#include "service/live_json.hpp"
#include "service/routes.hpp"

namespace crosswatch::app {
namespace {

using host::Delivery;
using host::json::object;

std::string text(std::string_view s) {
  return std::string(s);
}
std::string title_of(const Fact& item) {
  FactLender lender;
  return title_text(lender.lend(item));
}

// Prints everything that routes do: with JSON one object a line.
class Printer final : public host::route::Audience {
public:
  explicit Printer(Context& c) : c_(c) {}

  void event(const ProfileRef& from, const Event& e) override {
    if (!c_.out.json()) {
      // Positions come every few seconds; people want to see what changed.
      if (e.kind != EventKind::progress)
        c_.out.line(to_string(from) + "  " + text(crosswatch::name_of(e.kind)) + "  " + title_of(e.item));
      return;
    }
    c_.out.value(host::event_json(from, e));
  }
  void link(const ProfileRef& from, Link state, std::string_view reason) override {
    if (c_.out.json())
      c_.out.value(object({{"event", "link"},
                           {"profile", to_string(from)},
                           {"state", text(host::name_of(state))},
                           {"reason", text(reason)}}));
    else
      c_.out.note(to_string(from) + ": " + text(host::name_of(state)) +
                  (reason.empty() ? "" : " (" + text(reason) + ")"));
  }
  void dropped(const ProfileRef& from, std::string_view reason, std::uint64_t count) override {
    if (c_.out.json())
      c_.out.value(object({{"event", "dropped"},
                           {"profile", to_string(from)},
                           {"reason", text(reason)},
                           {"count", static_cast<std::int64_t>(count)}}));
  }
  void delivered(const Delivery& d) override {
    if (!c_.out.json()) {
      c_.out.line(d.route + "  " + text(crosswatch::name_of(d.feature)) + "  " + title_of(d.item) + "  " +
                  text(host::name_of(d.state)) + (d.reason.empty() ? "" : ": " + d.reason));
      return;
    }
    c_.out.value(host::delivery_json(d));
  }
  void failed(const ProfileRef& where, const Error& e) override {
    if (c_.out.json())
      c_.out.value(object({{"event", "failed"},
                           {"profile", to_string(where)},
                           {"code", e.code},
                           {"message", std::string(e.what())},
                           {"remedy", e.remedy}}));
  }

private:
  Context& c_;
};

}  // namespace

ExitCode watch(Context& c, const std::vector<std::string>& routes) {
  Printer printer(c);
  host::route::Doorbell bell;
  host::run_routes(c.ws, routes, printer, bell, c.ws.cancel);
  return ExitCode::ok;  // being asked to end is how it ends
}

}  // namespace crosswatch::app
