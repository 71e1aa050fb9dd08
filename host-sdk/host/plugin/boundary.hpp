// What every call through the boundary needs: the error it fills, the scope it lends, the operation it runs in.
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

inline Error to_error(cw_status status, const cw_error& e, Services& host) {
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

inline void ensure(cw_status status, const cw_error& e, Operation& op, Services& host) {
  op.rethrow();
  if (status < 0) throw cause(status, e, host);
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
