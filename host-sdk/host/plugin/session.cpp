#include "plugin/session.hpp"

#include "plugin/boundary.hpp"

namespace crosswatch::host {
namespace {

Services& host_of(void* ctx) noexcept {
  return *static_cast<Services*>(ctx);
}

// The host's wall: a service that fails tells the plugin so, and never throws into it.
template <class F>
cw_status serve(void* ctx, F&& body) noexcept {
  try {
    return body(host_of(ctx));
  } catch (const Error& e) {
    host_of(ctx).keep_refusal(e);  // told by the operation that fails because of it, else at the end
    return e.status;
  } catch (const std::exception& e) {
    host_of(ctx).log(LogLevel::error, e.what());
    return CW_STORAGE;
  }
}

cw_host host_table(Services& s) {
  cw_host h{};
  h.struct_size = sizeof h;
  h.abi_major = CW_ABI_MAJOR;
  h.abi_minor = CW_ABI_MINOR;
  h.ctx = &s;
  h.log = [](void* c, std::int32_t level, cw_str text) noexcept {
    const auto known = level < 0 ? 0 : level > 3 ? 3 : level;
    host_of(c).log(static_cast<LogLevel>(known), view(text));
  };
  h.config = [](void* c, cw_str key, cw_str_visitor visit, void* user) noexcept {
    return serve(c, [&](Services& host) {
      return host.config(view(key), [&](std::string_view v) { visit(user, str(v)); }) ? CW_OK : CW_NOT_FOUND;
    });
  };
  h.secret = [](void* c, cw_str key, cw_str_visitor visit, void* user) noexcept {
    return serve(c, [&](Services& host) {
      return host.secret(view(key), [&](std::string_view v) { visit(user, str(v)); }) ? CW_OK : CW_NOT_FOUND;
    });
  };
  h.kv_get = [](void* c, cw_str key, cw_str_visitor visit, void* user) noexcept {
    return serve(c, [&](Services& host) {
      return host.kv_get(view(key), [&](std::string_view v) { visit(user, str(v)); }) ? CW_OK : CW_NOT_FOUND;
    });
  };
  h.kv_set = [](void* c, cw_str key, cw_str value) noexcept {
    return serve(c, [&](Services& host) {
      host.kv_set(view(key), view(value));
      return CW_OK;
    });
  };
  h.data_dir = [](void* c, cw_str_visitor visit, void* user) noexcept {
    return serve(c, [&](Services& host) {
      visit(user, str(host.data_dir()));
      return CW_OK;
    });
  };
  h.now_ms = [](void* c) noexcept { return host_of(c).now_ms(); };
  h.query = [](void*, const char* id) noexcept -> const void* {
    static constexpr cw_settings settings{sizeof(cw_settings), 0, [](void* c, cw_str key, cw_str value) noexcept {
                                            return serve(c, [&](Services& host) {
                                              host.store(view(key), view(value));
                                              return CW_OK;
                                            });
                                          }};
    return id && std::string_view(id) == CW_SETTINGS_IID ? &settings : nullptr;
  };
  return h;
}

cw_setting_sink setting_sink(Collector<SettingList>& to) {
  return {sizeof(cw_setting_sink), &to, [](void* c, cw_str key, cw_str value) noexcept {
            auto& self = *static_cast<Collector<SettingList>*>(c);
            return self.op.guarded([&] { self.target.emplace_back(view(key), view(value)); });
          }};
}

std::string text(cw_str s) {
  return std::string(view(s));
}

template <class Row, class Raw>
using RowMaker = Row (*)(const Raw&);

template <class Raw, class Row, class Ask>
void ask_rows(Operation& op, Services& host, std::vector<Row>& rows, RowMaker<Row, Raw> make, Ask&& ask) {
  struct Ctx {
    Operation& op;
    RowMaker<Row, Raw> make;
    std::vector<Row>& rows;
  } ctx{op, make, rows};
  const cw_row_sink sink{sizeof(cw_row_sink), &ctx, [](void* c, const cw_rows* page) noexcept {
                           auto& self = *static_cast<Ctx*>(c);
                           return self.op.guarded([&] {
                             require_page<Raw>(page);
                             for_each<Raw>(page->first, page->count, page->stride,
                                           [&](const Raw& raw) { self.rows.push_back(self.make(raw)); });
                           });
                         }};
  cross(op, host, [&](cw_error* e) { return ask(&sink, e); });
}

}  // namespace

std::string why_in(const std::vector<ReportLine>& report, std::string_view code) {
  for (const ReportLine& state : report)
    if (state.key == "state" && state.value == code)
      for (const ReportLine& why : report)
        if (why.key == "why" && why.section == state.section) return why.value;
  return {};
}

void Services::store(std::string_view key, std::string_view) {
  throw Error(CW_UNSUPPORTED, "no_settings", "The setting \"" + std::string(key) + "\" cannot be stored here.");
}
void Services::keep_refusal(const Error& e) {
  const std::lock_guard lock(mutex_);
  refusal_ = e;
}
std::optional<Error> Services::take_refusal() {
  const std::lock_guard lock(mutex_);
  return std::exchange(refusal_, std::nullopt);
}

Session::Session(std::shared_ptr<Plugin> plugin, Services& s) : plugin_(std::move(plugin)), host_(host_table(s)) {
  raw_.struct_size = sizeof raw_;
  cw_error err = blank();
  if (const cw_status status = plugin_->entry().create(&host_, &raw_, &err); status != CW_OK)
    throw cause(status, err, s);
  if (!raw_.destroy || !raw_.query)
    throw Error(CW_INTERNAL, "incomplete_provider", "The plugin made a provider without its functions.");
  auth_ = static_cast<const cw_auth*>(raw_.query(raw_.self, CW_AUTH_IID));
  directory_ = static_cast<const cw_directory*>(raw_.query(raw_.self, CW_DIRECTORY_IID));
  sync_ = static_cast<const cw_sync*>(raw_.query(raw_.self, CW_SYNC_IID));
  watcher_ = static_cast<const cw_watcher*>(raw_.query(raw_.self, CW_WATCHER_IID));
  // The last functions of the first version of each; what came later is asked for where it is used.
  if ((auth_ && !CW_HAS(auth_, status)) || (directory_ && !CW_HAS(directory_, select)) ||
      (sync_ && !CW_HAS(sync_, lookup)) || (watcher_ && !CW_HAS(watcher_, receive))) {
    raw_.destroy(raw_.self);
    throw Error(CW_INTERNAL, "incomplete_provider", "The plugin offers an incomplete table of functions.");
  }
}

Session::~Session() {
  raw_.destroy(raw_.self);
  if (const auto unheeded = services().take_refusal()) services().log(LogLevel::error, unheeded->what());
}

const cw_auth& Session::auth() const {
  if (!auth_) throw not_offered("a login");
  return *auth_;
}
const cw_directory& Session::directory() const {
  if (!directory_) throw not_offered("users, servers or libraries");
  return *directory_;
}
const cw_sync& Session::sync() const {
  if (!sync_) throw not_offered("anything to sync");
  return *sync_;
}

Challenge Session::begin(Operation& op) {
  cw_challenge raw{};
  raw.struct_size = sizeof raw;
  cross(op, services(), [&](cw_error* e) { return auth().begin(raw_.self, &op.call(), &raw, e); });
  return {terminated(raw.code), terminated(raw.verify_url), terminated(raw.state), raw.expires_at, raw.interval_ms};
}

LinkState Session::poll(Operation& op, std::string_view state, SettingList& settings) {
  Collector<SettingList> to{op, settings};
  const cw_setting_sink sink = setting_sink(to);
  cw_status status = CW_OK;
  cross(op, services(), [&](cw_error* e) {
    status = auth().poll(raw_.self, &op.call(), str(state), &sink, e);
    return status == CW_PENDING || status == CW_EXPIRED || status == CW_DENIED ? CW_OK : status;
  });
  if (status != CW_OK) settings.clear();
  switch (status) {
    case CW_OK:
      return LinkState::linked;
    case CW_EXPIRED:
      return LinkState::expired;
    case CW_DENIED:
      return LinkState::denied;
    default:
      return LinkState::pending;
  }
}

void Session::cancel(Operation& op, std::string_view state) {
  cross(op, services(), [&](cw_error* e) { return auth().cancel(raw_.self, &op.call(), str(state), e); });
}

SettingList Session::disconnect(Operation& op) {
  SettingList settings;
  Collector<SettingList> to{op, settings};
  const cw_setting_sink sink = setting_sink(to);
  cross(op, services(), [&](cw_error* e) { return auth().disconnect(raw_.self, &op.call(), &sink, e); });
  return settings;
}

void Session::status(Operation& op, std::vector<ReportLine>& report) {
  struct Ctx {
    Operation& op;
    std::vector<ReportLine>& report;
    Services& host;
  } to{op, report, services()};
  const cw_report_sink sink{sizeof(cw_report_sink), &to,
                            [](void* c, cw_str section, cw_str key, cw_str value) noexcept {
                              auto& self = *static_cast<Ctx*>(c);
                              return self.op.guarded([&] {
                                self.report.push_back({text(section), text(key), self.host.advice(text(value))});
                              });
                            }};
  cross(op, services(), [&](cw_error* e) { return auth().status(raw_.self, &op.call(), &sink, e); });
}

UserList Session::users(Operation& op) {
  UserList list;
  try {
    ask_rows<cw_user, User>(
        op, services(), list.users,
        [](const cw_user& u) {
          return User{text(u.id),   text(u.uuid),        text(u.name),        text(u.kind),     text(u.why),
                      u.guest != 0, u.is_protected != 0, u.server_owner != 0, u.selectable != 0};
        },
        [&](const cw_row_sink* sink, cw_error* e) { return directory().users(raw_.self, &op.call(), sink, e); });
  } catch (const Error& e) {
    if (list.users.empty() || e.status == CW_CANCELLED) throw;
    list.missing = e;
  }
  return list;
}

std::vector<Server> Session::servers(Operation& op) {
  std::vector<Server> rows;
  ask_rows<cw_server, Server>(
      op, services(), rows,
      [](const cw_server& s) {
        Server out{text(s.id), text(s.name), s.owned != 0, s.selected != 0, {}};
        require_rows<cw_address>(s.addresses, s.address_count, s.address_stride);
        for_each<cw_address>(s.addresses, s.address_count, s.address_stride, [&](const cw_address& a) {
          out.addresses.push_back({text(a.url), text(a.state), text(a.why), a.local != 0, a.relay != 0, a.ms});
        });
        return out;
      },
      [&](const cw_row_sink* sink, cw_error* e) { return directory().servers(raw_.self, &op.call(), sink, e); });
  return rows;
}

std::vector<Library> Session::libraries(Operation& op) {
  std::vector<Library> rows;
  ask_rows<cw_library, Library>(
      op, services(), rows,
      [](const cw_library& l) {
        return Library{text(l.id), text(l.uuid), text(l.title), text(l.type), l.features};
      },
      [&](const cw_row_sink* sink, cw_error* e) { return directory().libraries(raw_.self, &op.call(), sink, e); });
  return rows;
}

SettingList Session::select(Operation& op, std::string_view user, std::string_view pin, std::string_view server) {
  SettingList settings;
  Collector<SettingList> to{op, settings};
  const cw_setting_sink sink = setting_sink(to);
  cross(op, services(), [&](cw_error* e) {
    return directory().select(raw_.self, &op.call(), str(user), str(pin), str(server), &sink, e);
  });
  return settings;
}

cw_capability Session::capability(Feature feature) {
  cw_capability out{};
  out.struct_size = sizeof out;
  if (const cw_status s = sync().capability(raw_.self, static_cast<std::uint32_t>(feature), &out); s != CW_OK)
    throw Error(s, "no_capability",
                "The provider does not say what it can do with " + std::string(name_of(feature)) + ".");
  return out;
}

cw_health Session::check(Operation& op, std::uint32_t features) {
  cw_health out{};
  out.struct_size = sizeof out;
  cross(op, services(), [&](cw_error* e) { return sync().check(raw_.self, &op.call(), features, &out, e); });
  ensure_ended(out.identity);
  for (cw_feature_health& h : out.features) ensure_ended(h.code);
  return out;
}

SnapshotResult Session::snapshot(Operation& op, Feature feature, const std::vector<std::string>& libraries,
                                 const Page& page, std::string_view since) {
  Collector<const Page> to{op, page};
  const cw_fact_sink sink{sizeof(cw_fact_sink), &to, [](void* c, const cw_facts* facts) noexcept -> cw_status {
                            auto& self = *static_cast<Collector<const Page>*>(c);
                            // A plugin that does not ask itself shall end all the same.
                            if (self.op.cancellation().requested()) return CW_CANCELLED;
                            return self.op.guarded([&] {
                              require_page<cw_fact>(facts);
                              self.target(*facts);
                            });
                          }};
  const LentScope scope(libraries, 0, since);
  cw_snapshot_end end{};
  end.struct_size = sizeof end;
  cross(op, services(), [&](cw_error* e) {
    return sync().snapshot(raw_.self, &op.call(), static_cast<std::uint32_t>(feature), &scope.raw, &sink, &end, e);
  });
  SnapshotResult result{end.complete != 0, end.count, terminated(end.reason), terminated(end.scope),
                        terminated(end.state)};
  if (end.unchanged == 0) return result;
  result.unchanged = result.complete && !since.empty() && result.state == since;
  if (result.unchanged) return result;
  result.complete = false;
  result.reason = "it called unchanged what it was not asked about";
  return result;
}

ApplyResult Session::apply(Operation& op, Feature feature, const std::vector<std::string>& libraries,
                           const std::vector<cw_op>& ops, std::uint32_t write) {
  ApplyResult result;
  cw_outcome unset{};
  unset.struct_size = sizeof unset;
  unset.value = no_value;
  result.outcomes.assign(ops.size(), unset);
  const LentScope scope(libraries, write);
  const cw_ops batch{sizeof(cw_ops), sizeof(cw_op), ops.size(), ops.data()};
  cw_error err = blank();
  const cw_status status = sync().apply(raw_.self, &op.call(), static_cast<std::uint32_t>(feature), &scope.raw, &batch,
                                        result.outcomes.data(), sizeof(cw_outcome), &err);
  op.rethrow();
  for (cw_outcome& o : result.outcomes) ensure_ended(o.ref), ensure_ended(o.reason);
  if (status != CW_OK) result.error = cause(status, err, services());
  return result;
}

std::vector<cw_answer> Session::lookup(Operation& op, Feature feature, const std::vector<std::string>& libraries,
                                       const std::vector<cw_fact>& items, std::uint32_t flags) {
  cw_answer unset{};
  unset.struct_size = sizeof unset;
  unset.value = no_value;
  std::vector<cw_answer> answers(items.size(), unset);
  const LentScope scope(libraries, flags);
  const cw_facts batch{sizeof(cw_facts), sizeof(cw_fact), items.size(), items.data()};
  cross(op, services(), [&](cw_error* e) {
    return sync().lookup(raw_.self, &op.call(), static_cast<std::uint32_t>(feature), &scope.raw, &batch, answers.data(),
                         sizeof(cw_answer), e);
  });
  for (cw_answer& a : answers) ensure_ended(a.ref), ensure_ended(a.found);
  return answers;
}

}  // namespace crosswatch::host
