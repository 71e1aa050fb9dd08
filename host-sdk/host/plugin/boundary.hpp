// What every call through the boundary needs: the error it fills, the scope it lends, the operation it runs in, and an
// eye on what comes back.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "plugin/operation.hpp"
#include "plugin/session.hpp"

namespace crosswatch::host {

inline cw_error blank() noexcept {
  cw_error e{};
  e.struct_size = sizeof e;
  return e;
}

// Fixed arrays that a plugin filled, neither whose sizes nor whose end it may have got right.
template <std::size_t N>
std::string sized(const char (&text)[N], std::uint32_t size) {
  return std::string(text, std::min<std::size_t>(size, N));
}
template <std::size_t N>
std::string terminated(const char (&text)[N]) {
  return std::string(text, std::find(text, text + N, '\0'));
}
// For one that is handed on as it is.
template <std::size_t N>
void ensure_ended(char (&text)[N]) noexcept {
  text[N - 1] = '\0';
}

inline Error plugin_defect(const std::string& what) {
  return Error(CW_INTERNAL, "plugin_defect", "A defect of the plugin: " + what + ".", "Tell the plugin's author.");
}

// Before rows of a plugin are walked.
template <class Row>
void require_rows(const void* first, std::uint64_t count, std::uint32_t stride) {
  if (count != 0 && !first)
    throw plugin_defect("it hands over " + std::to_string(count) + " rows, and no place of them");
  if (count != 0 && stride < sizeof(Row))
    throw plugin_defect("it hands over rows of " + std::to_string(stride) + " bytes, which is less than a row has");
}
template <class Row, class Page>
void require_page(const Page* page) {
  if (!page) throw plugin_defect("it hands over no page");
  require_rows<Row>(page->first, page->count, page->stride);
}

inline Error to_error(cw_status status, const cw_error& e, Services& host) {
  if (status > 0)
    return plugin_defect("it answers with the status " + std::to_string(status) + ", which means nothing");
  const std::string message = sized(e.message, e.message_size);
  Error out(status, sized(e.code, e.code_size),
            message.empty() ? "The provider failed and gave no reason." : host.advice(message),
            host.advice(sized(e.remedy, e.remedy_size)));
  if (out.code.empty()) out.code = "provider_error";
  out.retry_after(e.retry_after_ms).http(e.http_status);
  return out;
}

// What made the operation fail: where that was the host itself, in the host's own words.
inline Error cause(cw_status status, const cw_error& e, Services& host) {
  const Error told = to_error(status, e, host);
  const bool by_host = told.code == "host_refused" || told.code == "kv_write_failed" || told.code == "no_data_dir";
  return by_host ? host.take_refusal().value_or(told) : told;
}

// One call: `ask(cw_error*)`. Throws what a callback of the host threw meanwhile, else what the provider says.
template <class Ask>
void cross(Operation& op, Services& host, Ask&& ask) {
  cw_error err = blank();
  const cw_status status = ask(&err);
  op.rethrow();
  if (status != CW_OK) throw cause(status, err, host);
}

// A sink whose callbacks run inside the operation's guard.
template <class Target>
struct Collector {
  Operation& op;
  Target& target;
};

// Lends a list of library ids as a cw_scope.
struct LentScope {
  explicit LentScope(const std::vector<std::string>& libraries, std::uint32_t write = 0, std::string_view since = {}) {
    for (const std::string& l : libraries) names.push_back(str(l));
    raw = {sizeof(cw_scope), static_cast<std::uint32_t>(names.size()), names.data(), write, 0, str(since)};
  }
  std::vector<cw_str> names{};
  cw_scope raw{};
};

inline Error not_offered(const char* what) {
  return Error(CW_UNSUPPORTED, "not_offered", std::string("This provider does not offer ") + what + ".",
               "crosswatch plugins info PROVIDER shows what it offers.");
}

}  // namespace crosswatch::host
