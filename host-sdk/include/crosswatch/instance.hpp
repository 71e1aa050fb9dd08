// A provider's entry driven across the boundary, as a host does it: for tests and the conformance suite.
#pragma once

#include <crosswatch/batch.hpp>
#include <crosswatch/provider.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace crosswatch {

// An operation that owns its fact.
struct Op {
  std::uint32_t type = CW_OP_ADD;
  Fact fact{};
  cw_value expect = no_value;
};

// What a call across the boundary came to: its status, and the error's texts if it has failed.
struct Answer {
  cw_status status = CW_OK;
  std::string code{};
  std::string message{};
  std::string remedy{};
  std::uint32_t retry_after_ms = 0;
  bool ok() const noexcept { return status >= 0; }
};

// The entry that CW_PROVIDER would export, so that a provider's class can be tested without a library.
template <class Class>
const cw_entry& entry_of(const char* id, const char* version) {
  static const cw_entry entry{sizeof(cw_entry),
                              CW_ABI_MAJOR,
                              CW_ABI_MINOR,
                              id,
                              version,
                              &detail::create<Class>,
                              []() noexcept -> std::uint32_t { return detail::live.load(); }};
  return entry;
}

// One profile. Entry and host must outlive it.
class Instance {
public:
  Instance(const cw_entry& entry, const cw_host& host) {
    raw_.struct_size = sizeof raw_;
    created_ = answer([&](cw_error* e) { return entry.create(&host, &raw_, e); });
    if (!created_.ok()) throw Error(created_.status, created_.code, created_.message, created_.remedy);
  }
  ~Instance() { raw_.destroy(raw_.self); }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  const void* query(const char* interface_id) const noexcept { return raw_.query(raw_.self, interface_id); }
  void* self() const noexcept { return raw_.self; }
  const cw_sync* sync() const noexcept { return static_cast<const cw_sync*>(query(CW_SYNC_IID)); }

  // Of a provider that has sync(), all:
  Answer capability(std::uint32_t feature, cw_capability& out) const {
    out = cw_capability{};
    out.struct_size = sizeof out;
    return {sync()->capability(raw_.self, feature, &out)};
  }
  Answer check(const cw_call& call, std::uint32_t features, cw_health& out) const {
    out = cw_health{};
    out.struct_size = sizeof out;
    return answer([&](cw_error* e) { return sync()->check(raw_.self, &call, features, &out, e); });
  }
  Answer snapshot(const cw_call& call, std::uint32_t feature, const cw_fact_sink& sink, cw_snapshot_end& end,
                  std::string_view since = {}) const {
    const cw_scope scope{sizeof(cw_scope), 0, nullptr, 0, 0, str(since)};
    end = cw_snapshot_end{};
    end.struct_size = sizeof end;
    return answer([&](cw_error* e) { return sync()->snapshot(raw_.self, &call, feature, &scope, &sink, &end, e); });
  }
  Answer apply(const cw_call& call, std::uint32_t feature, const std::vector<Op>& ops,
               std::vector<cw_outcome>& outcomes) const {
    OpBatch lent;
    for (const Op& op : ops) lent.add(op.type, op.fact, op.expect);
    cw_outcome unset{};
    unset.struct_size = sizeof unset;
    unset.value = no_value;
    outcomes.assign(ops.size(), unset);
    const cw_ops batch{sizeof(cw_ops), sizeof(cw_op), ops.size(), lent.ops().data()};
    const cw_scope scope{sizeof(cw_scope), 0, nullptr, 0, 0, {}};
    return answer([&](cw_error* e) {
      return sync()->apply(raw_.self, &call, feature, &scope, &batch, outcomes.data(), sizeof(cw_outcome), e);
    });
  }
  Answer lookup(const cw_call& call, std::uint32_t feature, const std::vector<Fact>& items,
                std::vector<cw_answer>& answers) const {
    const FactBatch lent(items);
    cw_answer unset{};
    unset.struct_size = sizeof unset;
    unset.value = no_value;
    answers.assign(items.size(), unset);
    const cw_facts batch{sizeof(cw_facts), sizeof(cw_fact), items.size(), lent.facts().data()};
    const cw_scope scope{sizeof(cw_scope), 0, nullptr, 0, 0, {}};
    return answer([&](cw_error* e) {
      return sync()->lookup(raw_.self, &call, feature, &scope, &batch, answers.data(), sizeof(cw_answer), e);
    });
  }

private:
  template <class F>
  static Answer answer(F&& ask) {
    cw_error e{};
    e.struct_size = sizeof e;
    const cw_status status = ask(&e);
    if (status >= 0) return {status};
    return {status, std::string(e.code, e.code_size), std::string(e.message, e.message_size),
            std::string(e.remedy, e.remedy_size), e.retry_after_ms};
  }

  Answer created_{};
  cw_provider raw_{};
};

}  // namespace crosswatch
