// The plugin's side of the boundary: function tables that call the C++ classes inside an exception wall.
// Included by provider.hpp.
#pragma once

#include <atomic>
#include <exception>
#include <new>

namespace crosswatch::detail {

inline std::atomic<std::uint32_t> live{0};

inline cw_status fail(cw_error* err, cw_status status, std::string_view code, std::string_view message,
                      std::string_view remedy = {}) noexcept {
  if (err) {
    err->code_size = copy_text(err->code, code, false);
    err->message_size = copy_text(err->message, message, false);
    err->remedy_size = copy_text(err->remedy, remedy, false);
  }
  return status;
}

// The wall: whatever is thrown behind it becomes a status. Allocates nothing, so that it also holds when memory is out.
template <class F>
cw_status guard(cw_error* err, F&& body) noexcept {
  try {
    return body();
  } catch (const Stopped& s) {
    return fail(err, s.status, s.status == CW_CANCELLED ? "cancelled" : "host_stopped", "Stopped by the host.");
  } catch (const Error& e) {
    if (err) {
      err->retry_after_ms = e.retry_after_ms;
      err->http_status = e.http_status;
    }
    return fail(err, e.status, e.code, e.what(), e.remedy);
  } catch (const std::bad_alloc&) {
    return fail(err, CW_INTERNAL, "out_of_memory", "Out of memory.");
  } catch (const std::exception& e) {
    return fail(err, CW_INTERNAL, "plugin_defect", e.what());
  } catch (...) {
    return fail(err, CW_INTERNAL, "plugin_defect", "An exception of an unknown type.");
  }
}

inline Provider& self(void* p) noexcept {
  return *static_cast<Provider*>(p);
}

inline Scope to_scope(const cw_scope* raw) {
  Scope scope;
  if (raw)
    for (std::uint32_t i = 0; i < raw->library_count; ++i) scope.libraries.push_back(view(raw->libraries[i]));
  if (raw && CW_HAS(raw, write)) scope.write = raw->write;
  if (raw && CW_HAS(raw, since)) scope.since = view(raw->since);
  return scope;
}

template <class T>
void send_rows(const cw_row_sink* sink, const std::vector<T>& rows) {
  const cw_rows page{sizeof(cw_rows), sizeof(T), rows.size(), rows.data()};
  if (const cw_status s = sink->accept(sink->ctx, &page); s != CW_OK) throw Stopped{s};
}

inline constexpr std::uint8_t flag(bool b) noexcept {
  return b ? 1 : 0;
}

inline constexpr cw_auth auth_table{
    sizeof(cw_auth),
    CW_FLOW_DEVICE_PIN,
    [](void* p, const cw_call* c, cw_challenge* out, cw_error* e) noexcept {
      return guard(e, [&] {
        Call call(c);
        const Challenge ch = self(p).auth()->begin(call);
        if (ch.code.size() >= sizeof out->code || ch.verify_url.size() >= sizeof out->verify_url ||
            ch.state.size() >= sizeof out->state)
          throw Error(CW_INTERNAL, "challenge_too_long", "The login challenge does not fit its fields.");
        out->interval_ms = ch.interval_ms;
        out->expires_at = ch.expires_at;
        copy_text(out->code, ch.code);
        copy_text(out->verify_url, ch.verify_url);
        copy_text(out->state, ch.state);
        return CW_OK;
      });
    },
    [](void* p, const cw_call* c, cw_str state, const cw_setting_sink* s, cw_error* e) noexcept {
      return guard(e, [&]() -> cw_status {
        Call call(c);
        Settings settings(s);
        switch (self(p).auth()->poll(call, view(state), settings)) {
          case LinkState::linked:
            return CW_OK;
          case LinkState::pending:
            return CW_PENDING;
          case LinkState::expired:
            return CW_EXPIRED;
          case LinkState::denied:
            return CW_DENIED;
        }
        return CW_INTERNAL;
      });
    },
    [](void* p, const cw_call* c, cw_str state, cw_error* e) noexcept {
      return guard(e, [&] {
        Call call(c);
        self(p).auth()->cancel(call, view(state));
        return CW_OK;
      });
    },
    [](void* p, const cw_call* c, const cw_setting_sink* s, cw_error* e) noexcept {
      return guard(e, [&] {
        Call call(c);
        Settings settings(s);
        self(p).auth()->disconnect(call, settings);
        return CW_OK;
      });
    },
    [](void* p, const cw_call* c, const cw_report_sink* r, cw_error* e) noexcept {
      return guard(e, [&] {
        Call call(c);
        Report report(r);
        self(p).auth()->status(call, report);
        return CW_OK;
      });
    },
};

inline constexpr cw_directory directory_table{
    sizeof(cw_directory),
    [](void* p, const cw_call* c, const cw_row_sink* sink, cw_error* e) noexcept {
      return guard(e, [&] {
        Call call(c);
        const UserList list = self(p).directory()->users(call);
        std::vector<cw_user> rows;
        for (const User& u : list.users)
          rows.push_back({sizeof(cw_user), flag(u.guest), flag(u.is_protected), flag(u.server_owner),
                          flag(u.selectable), str(u.id), str(u.uuid), str(u.name), str(u.kind), str(u.why)});
        send_rows(sink, rows);
        if (list.missing) throw *list.missing;
        return CW_OK;
      });
    },
    [](void* p, const cw_call* c, const cw_row_sink* sink, cw_error* e) noexcept {
      return guard(e, [&] {
        Call call(c);
        const auto servers = self(p).directory()->servers(call);
        std::vector<std::vector<cw_address>> addresses(servers.size());
        std::vector<cw_server> rows;
        for (std::size_t i = 0; i < servers.size(); ++i) {
          const Server& s = servers[i];
          for (const Address& a : s.addresses)
            addresses[i].push_back(
                {sizeof(cw_address), flag(a.local), flag(a.relay), 0, a.ms, str(a.url), str(a.state), str(a.why)});
          rows.push_back({sizeof(cw_server), flag(s.owned), flag(s.selected), 0, str(s.id), str(s.name),
                          addresses[i].data(), static_cast<std::uint32_t>(addresses[i].size()), sizeof(cw_address)});
        }
        send_rows(sink, rows);
        return CW_OK;
      });
    },
    [](void* p, const cw_call* c, const cw_row_sink* sink, cw_error* e) noexcept {
      return guard(e, [&] {
        Call call(c);
        const auto libraries = self(p).directory()->libraries(call);
        std::vector<cw_library> rows;
        for (const Library& l : libraries)
          rows.push_back({sizeof(cw_library), l.features, str(l.id), str(l.uuid), str(l.title), str(l.type)});
        send_rows(sink, rows);
        return CW_OK;
      });
    },
    [](void* p, const cw_call* c, cw_str user, cw_str pin, cw_str server, const cw_setting_sink* s,
       cw_error* e) noexcept {
      return guard(e, [&] {
        Call call(c);
        Settings settings(s);
        self(p).directory()->select(call, view(user), view(pin), view(server), settings);
        return CW_OK;
      });
    },
};

inline Feature to_feature(std::uint32_t f) {
  if (f >= CW_FEATURE_COUNT) throw Error(CW_UNSUPPORTED, "unknown_feature", "This plugin does not know that feature.");
  return static_cast<Feature>(f);
}

inline constexpr cw_sync sync_table{
    sizeof(cw_sync),
    0,
    [](void* p, std::uint32_t f, cw_capability* out) noexcept {
      return guard(nullptr, [&] {
        *out = self(p).sync()->capability(to_feature(f));
        out->struct_size = sizeof(cw_capability);
        return CW_OK;
      });
    },
    [](void* p, const cw_call* c, std::uint32_t features, cw_health* out, cw_error* e) noexcept {
      return guard(e, [&] {
        Call call(c);
        const Health h = self(p).sync()->check(call, features);
        copy_text(out->identity, h.identity);
        for (std::size_t i = 0; i < h.features.size(); ++i) {
          out->features[i].state = h.features[i].state;
          copy_text(out->features[i].code, h.features[i].code);
        }
        return CW_OK;
      });
    },
    [](void* p, const cw_call* c, std::uint32_t f, const cw_scope* scope, const cw_fact_sink* s, cw_snapshot_end* out,
       cw_error* e) noexcept {
      return guard(e, [&] {
        Call call(c);
        FactSink sink(s);
        const SnapshotEnd end = self(p).sync()->snapshot(call, to_feature(f), to_scope(scope), sink);
        out->complete = end.complete ? 1 : 0;
        out->count = sink.count();
        copy_text(out->reason, end.reason);
        copy_text(out->scope, end.scope);
        if (!CW_HAS(out, state)) return CW_OK;
        out->unchanged = end.unchanged ? 1 : 0;
        if (end.state.size() < sizeof out->state)
          copy_text(out->state, end.state);  // cut off it would name others, too
        return CW_OK;
      });
    },
    [](void* p, const cw_call* c, std::uint32_t f, const cw_scope* scope, const cw_ops* ops, cw_outcome* each,
       std::uint32_t stride, cw_error* e) noexcept {
      return guard(e, [&] {
        Call call(c);
        self(p).sync()->apply(call, to_feature(f), to_scope(scope), Ops(ops), Outcomes(each, stride));
        return CW_OK;
      });
    },
    [](void* p, const cw_call* c, std::uint32_t f, const cw_scope* scope, const cw_facts* items, cw_answer* each,
       std::uint32_t stride, cw_error* e) noexcept {
      return guard(e, [&] {
        Call call(c);
        self(p).sync()->lookup(call, to_feature(f), to_scope(scope), Items(items), Answers(each, stride));
        return CW_OK;
      });
    },
};

inline constexpr cw_watcher watcher_table{
    sizeof(cw_watcher),
    0,
    [](void* p) noexcept { return self(p).watcher()->can(); },
    [](void* p, const cw_call* c, const cw_scope* scope, cw_str cursor, const cw_event_sink* s, cw_error* e) noexcept {
      return guard(e, [&] {
        Call call(c);
        EventSink sink(s);
        self(p).watcher()->watch(call, to_scope(scope), view(cursor), sink);
        return CW_OK;
      });
    },
    [](void* p, const cw_call* c, const cw_scope* scope, cw_str content_type, cw_str body, const cw_event_sink* s,
       cw_error* e) noexcept {
      return guard(e, [&] {
        Call call(c);
        EventSink sink(s);
        self(p).watcher()->receive(call, to_scope(scope), view(content_type), view(body), sink);
        return CW_OK;
      });
    },
};

inline const void* query(void* p, const char* interface_id) noexcept {
  const std::string_view id(interface_id);
  if (id == CW_AUTH_IID && self(p).auth()) return &auth_table;
  if (id == CW_DIRECTORY_IID && self(p).directory()) return &directory_table;
  if (id == CW_SYNC_IID && self(p).sync()) return &sync_table;
  if (id == CW_WATCHER_IID && self(p).watcher()) return &watcher_table;
  return nullptr;
}

template <class P>
cw_status create(const cw_host* host, cw_provider* out, cw_error* err) noexcept {
  return guard(err, [&] {
    Provider* provider = new P(Host(host));
    ++live;
    out->self = provider;
    out->destroy = [](void* q) noexcept {
      delete static_cast<Provider*>(q);
      --live;
    };
    out->query = &query;
    return CW_OK;
  });
}

}  // namespace crosswatch::detail
