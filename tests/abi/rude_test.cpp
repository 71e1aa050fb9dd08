// A plugin without the SDK's half, in which nothing keeps an author from mistakes: what the host sees of them it tells.
#include <doctest/doctest.h>

#include <cstring>

#include "services.hpp"

using namespace crosswatch;
using namespace crosswatch::host;

namespace {

// What the plugin does, as the running test wants it.
struct Manners {
  cw_status status = CW_OK;
  const cw_facts* facts = nullptr;
  const cw_rows* rows = nullptr;
  const cw_event* event = nullptr;
  bool endless = false;
} manners;

template <std::size_t N>
void fill(char (&text)[N]) {
  std::memset(text, 'x', N);  // and no end
}

cw_status poll(void*, const cw_call*, cw_str, const cw_setting_sink* sink, cw_error*) {
  sink->set(sink->ctx, str("token"), str("t"));
  return manners.status;
}
const cw_auth auth{sizeof(cw_auth),
                   CW_FLOW_DEVICE_PIN,
                   [](void*, const cw_call*, cw_challenge* out, cw_error*) -> cw_status {
                     fill(out->code), fill(out->verify_url), fill(out->state);
                     return manners.status;
                   },
                   &poll,
                   [](void*, const cw_call*, cw_str, cw_error*) -> cw_status { return manners.status; },
                   [](void*, const cw_call*, const cw_setting_sink*, cw_error*) -> cw_status { return manners.status; },
                   [](void*, const cw_call*, const cw_report_sink*, cw_error* e) -> cw_status {
                     fill(e->message);
                     e->message_size = e->code_size = ~0u;
                     return CW_AUTH;
                   }};

cw_status rows(void*, const cw_call*, const cw_row_sink* sink, cw_error*) {
  return sink->accept(sink->ctx, manners.rows);
}
const cw_directory directory{sizeof(cw_directory), &rows, &rows, &rows, nullptr};

cw_status snapshot(void*, const cw_call*, std::uint32_t, const cw_scope*, const cw_fact_sink* sink,
                   cw_snapshot_end* end, cw_error*) {
  do {
    if (const cw_status s = sink->accept(sink->ctx, manners.facts); s != CW_OK) return s;
  } while (manners.endless);
  end->complete = 1;
  return manners.status;
}
const cw_sync sync{sizeof(cw_sync),
                   0,
                   [](void*, std::uint32_t, cw_capability*) -> cw_status { return CW_OK; },
                   [](void*, const cw_call*, std::uint32_t, cw_health* out, cw_error*) -> cw_status {
                     fill(out->identity);
                     for (cw_feature_health& h : out->features) fill(h.code);
                     return manners.status;
                   },
                   &snapshot,
                   [](void*, const cw_call*, std::uint32_t, const cw_scope*, const cw_ops*, cw_outcome* each,
                      std::uint32_t, cw_error*) -> cw_status {
                     fill(each->ref), fill(each->reason);
                     return manners.status;
                   },
                   [](void*, const cw_call*, std::uint32_t, const cw_scope*, const cw_facts*, cw_answer* each,
                      std::uint32_t, cw_error*) -> cw_status {
                     fill(each->ref), fill(each->found);
                     return manners.status;
                   }};

cw_status tell(const cw_event_sink* sink) {
  return sink->event(sink->ctx, manners.event);
}
const cw_watcher watcher{
    sizeof(cw_watcher), 0, [](void*) -> std::uint32_t { return ~0u; },
    [](void*, const cw_call*, const cw_scope*, cw_str, const cw_event_sink* sink, cw_error*) { return tell(sink); },
    [](void*, const cw_call*, const cw_scope*, cw_str, cw_str, const cw_event_sink* sink, cw_error*) {
      return tell(sink);
    }};

const void* query(void*, const char* id) {
  const std::string_view wanted = id;
  return wanted == CW_AUTH_IID        ? static_cast<const void*>(&auth)
         : wanted == CW_DIRECTORY_IID ? static_cast<const void*>(&directory)
         : wanted == CW_SYNC_IID      ? static_cast<const void*>(&sync)
         : wanted == CW_WATCHER_IID   ? static_cast<const void*>(&watcher)
                                      : nullptr;
}
const cw_entry entry{sizeof(cw_entry),
                     CW_ABI_MAJOR,
                     CW_ABI_MINOR,
                     "rude",
                     "1",
                     [](const cw_host*, cw_provider* out, cw_error*) -> cw_status {
                       out->destroy = [](void*) {};
                       out->query = &query;
                       return CW_OK;
                     },
                     []() -> std::uint32_t { return 0; }};

struct Listening : Listener {
  void event(const Event&) override { ++events; }
  void cursor(std::string_view) override {}
  void link(Link, std::string_view) override {}
  void dropped(std::string_view, std::uint64_t) override {}
  int events = 0;
};

struct Rude {
  Rude() { manners = {}; }
  // The message of the Error that `ask` ends with.
  template <class Ask>
  std::string told(Ask&& ask) {
    try {
      ask();
    } catch (const Error& e) {
      CHECK(e.code == "plugin_defect");
      CHECK(!e.remedy.empty());
      return e.what();
    }
    return "nothing";
  }
  SnapshotResult snapshot() {
    return session.snapshot(op, Feature::history, {}, [this](const cw_facts& page) { seen += page.count; });
  }

  TestServices services{};
  Session session{Plugin::linked(entry), services};
  Operation op{};
  std::uint64_t seen = 0;
};

}  // namespace

TEST_CASE("a status that means nothing is an error, and never the good end of a read or a login") {
  Rude r;
  const cw_facts none{sizeof(cw_facts), sizeof(cw_fact), 0, nullptr};
  manners.facts = &none;
  CHECK(r.snapshot().complete);
  SettingList settings;
  for (const cw_status status : {CW_PENDING + 0, 42}) {
    manners.status = status;
    const std::string says = "it answers with the status " + std::to_string(status);
    CHECK(r.told([&] { r.snapshot(); }).find(says) != std::string::npos);
    CHECK(r.told([&] { r.session.check(r.op, 15); }).find(says) != std::string::npos);
    CHECK(r.told([&] { r.session.disconnect(r.op); }).find(says) != std::string::npos);
    CHECK(r.session.apply(r.op, Feature::history, {}, std::vector<cw_op>(1)).error->code == "plugin_defect");
  }
  CHECK(r.told([&] { r.session.poll(r.op, "", settings); }).find("42") != std::string::npos);
}

TEST_CASE("texts without an end and sizes beyond their array are read no further than the array") {
  Rude r;
  CHECK(r.session.begin(r.op).state.size() == sizeof(cw_challenge::state));
  const cw_health health = r.session.check(r.op, 15);
  CHECK(std::strlen(health.identity) == sizeof health.identity - 1);
  for (const cw_feature_health& h : health.features) CHECK(std::strlen(h.code) == sizeof h.code - 1);
  const auto done = r.session.apply(r.op, Feature::history, {}, std::vector<cw_op>(1));
  CHECK(std::strlen(done.outcomes[0].ref) == sizeof(cw_outcome::ref) - 1);
  CHECK(std::strlen(done.outcomes[0].reason) == sizeof(cw_outcome::reason) - 1);
  const auto answers = r.session.lookup(r.op, Feature::history, {}, std::vector<cw_fact>(1));
  CHECK(std::strlen(answers[0].ref) == sizeof(cw_answer::ref) - 1);
  CHECK(std::strlen(answers[0].found) == sizeof(cw_answer::found) - 1);
  std::vector<ReportLine> report;
  CHECK_THROWS_WITH_AS(r.session.status(r.op, report), std::string(sizeof(cw_error::message), 'x').c_str(), Error);
}

TEST_CASE("rows that are nowhere or too short are not looked at") {
  Rude r;
  const cw_fact fact{};
  CHECK(r.told([&] { r.snapshot(); }).find("no page") != std::string::npos);
  const cw_facts nowhere{sizeof(cw_facts), sizeof(cw_fact), 3, nullptr};
  const cw_facts still{sizeof(cw_facts), 0, 1u << 30, &fact};
  for (const cw_facts* page : {&nowhere, &still}) {
    manners.facts = page;
    CHECK(r.told([&] { r.snapshot(); }).find("it hands over") != std::string::npos);
  }
  CHECK(r.seen == 0);

  CHECK(r.told([&] { r.session.users(r.op); }).find("no page") != std::string::npos);
  const cw_rows lost{sizeof(cw_rows), sizeof(cw_library), 1, nullptr};
  manners.rows = &lost;
  CHECK(r.told([&] { r.session.libraries(r.op); }).find("it hands over") != std::string::npos);
  const cw_server server{sizeof(cw_server), 0, 0, 0, {}, {}, nullptr, 2, sizeof(cw_address)};
  const cw_rows servers{sizeof(cw_rows), sizeof(cw_server), 1, &server};
  manners.rows = &servers;
  CHECK(r.told([&] { r.session.servers(r.op); }).find("it hands over") != std::string::npos);
}

TEST_CASE("an event without an item is told to nobody") {
  Rude r;
  Listening listener;
  const cw_event hollow{};
  for (const cw_event* event : {static_cast<const cw_event*>(nullptr), &hollow}) {
    manners.event = event;
    CHECK(r.told([&] { r.session.watch(r.op, {}, "", listener); }).find("without an item") != std::string::npos);
    CHECK(r.told([&] { r.session.receive(r.op, {}, "", "", listener); }).find("without an item") != std::string::npos);
  }
  CHECK(listener.events == 0);
}

TEST_CASE("a list that has no end ends when it is cancelled, though the plugin never asks") {
  Rude r;
  const cw_fact fact{};
  const cw_facts page{sizeof(cw_facts), sizeof(cw_fact), 1, &fact};
  manners.facts = &page;
  manners.endless = true;
  Cancellation cancel;
  Operation op(cancel);
  int pages = 0;
  const auto few = [&](const cw_facts&) {
    if (++pages == 3) cancel.request();
  };
  try {
    r.session.snapshot(op, Feature::history, {}, few);
    FAIL("it ended as if it were complete");
  } catch (const Error& e) {
    CHECK(e.status == CW_CANCELLED);
  }
  CHECK(pages == 3);
}
