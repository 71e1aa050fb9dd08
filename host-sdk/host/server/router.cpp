#include "server/router.hpp"

#include <charconv>
#include <crosswatch/call.hpp>
#include <optional>

#include "exit_code.hpp"
#include "json/schema.hpp"

namespace crosswatch::host::server {
namespace {

using json::object;
using json::Value;

bool is_param(std::string_view part) {
  return part.starts_with('{');
}

std::optional<std::map<std::string, std::string, std::less<>>> match(const std::string& pattern,
                                                                     const std::string& path) {
  const auto wanted = path_parts(pattern);
  const auto given = path_parts(path);
  if (wanted.size() != given.size()) return std::nullopt;
  std::map<std::string, std::string, std::less<>> params;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (is_param(wanted[i]) && !given[i].empty())
      params.emplace(wanted[i].substr(1, wanted[i].size() - 2), given[i]);
    else if (wanted[i] != given[i])
      return std::nullopt;
  return params;
}

// For a page the class of the trouble is enough; the code in the body says which.
int http_status(const Error& e) {
  switch (exit_code(e)) {
    case ExitCode::unknown:
      return 404;
    case ExitCode::busy:
      return 409;
    case ExitCode::unreachable:
      return 502;
    case ExitCode::login:
      return 422;
    case ExitCode::cancelled:
      return 503;
    default:
      return e.status == CW_CONFIG || e.status == CW_UNSUPPORTED ? 400 : 500;
  }
}

Reply run(const Route& route, const Call& call) {
  try {
    return json_reply(route.run(call));
  } catch (const Error& e) {
    return error_reply(http_status(e), e.code, e.what(), e.remedy);
  } catch (const Stopped&) {
    return error_reply(503, "cancelled", "It was cancelled.");
  } catch (const std::exception& e) {
    return error_reply(500, "defect", std::string("A defect of CrossWatch: ") + e.what());
  }
}

Value parameter(const std::string& name, const char* in) {
  return object({{"name", name},
                 {"in", in},
                 {"required", std::string_view(in) == "path"},
                 {"schema", object({{"type", "string"}})}});
}
Value content(const std::string& schema) {
  return object({{"application/json", object({{"schema", object({{"$ref", "#/components/schemas/" + schema}})}})}});
}

Value operation(const Route& route) {
  Value parameters = json::array();
  for (const std::string_view part : path_parts(route.path))
    if (is_param(part)) parameters.push_back(parameter(std::string(part.substr(1, part.size() - 2)), "path"));
  for (const std::string& name : route.query) parameters.push_back(parameter(name, "query"));
  Value out = object({{"summary", route.summary}, {"parameters", std::move(parameters)}});
  if (!route.body.empty()) out["requestBody"] = object({{"required", true}, {"content", content(route.body)}});
  out["responses"] = object({{"200", object({{"description", route.summary}, {"content", content(route.reply)}})},
                             {"default", object({{"description", "What went wrong"}, {"content", content("Error")}})}});
  return out;
}

// The schema with every reference replaced by what it refers to; references are no circles.
Value resolved(const Value& schema, const Value& schemas) {
  Value out = schema;
  if (auto* const members = out.as<Value::Object>()) {
    if (const Value* const ref = out.find("$ref")) {
      const std::string& name = *ref->as<std::string>();
      return resolved(*schemas.find(name.substr(name.rfind('/') + 1)), schemas);
    }
    for (json::Member& m : *members) m.value = resolved(m.value, schemas);
  } else if (auto* const list = out.as<Value::Array>()) {
    for (Value& v : *list) v = resolved(v, schemas);
  }
  return out;
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace

std::vector<std::string_view> path_parts(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::size_t end = path.find('/');
    out.push_back(path.substr(0, end));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end);
  }
  return out;
}

std::string Call::query(std::string_view name) const {
  const auto it = request.query.find(name);
  return it == request.query.end() ? std::string() : it->second;
}

std::size_t Call::number(std::string_view name, std::size_t fallback) const {
  const std::string text = query(name);
  if (text.empty()) return fallback;
  std::size_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size())
    throw Error(CW_CONFIG, code_usage, std::string(name) + " is \"" + text + "\"; allowed is a number from 0.");
  return n;
}

std::string Call::text(std::string_view name) const {
  const Value* v = body.find(name);
  const std::string* s = v ? v->as<std::string>() : nullptr;
  return s ? *s : std::string();
}

bool Call::flag(std::string_view name, bool fallback) const {
  const Value* v = body.find(name);
  const bool* b = v ? v->as<bool>() : nullptr;
  return b ? *b : fallback;
}

std::vector<std::string> Call::texts(std::string_view name) const {
  std::vector<std::string> out;
  const Value* v = body.find(name);
  if (const auto* list = v ? v->as<Value::Array>() : nullptr)
    for (const Value& element : *list)
      if (const std::string* s = element.as<std::string>()) out.push_back(*s);
  return out;
}

std::string Router::violation(const Value& document, const std::string& schema) const {
  const Value* const found = schemas_.find(schema);
  if (!found) return "has no schema: there is none of the name " + schema;
  return json::violation(document, resolved(*found, schemas_)).value_or("");
}

Reply Router::answer(const Request& request) const {
  bool other_method = false;
  for (const Route& route : routes_) {
    auto params = match(route.path, request.path);
    if (!params) continue;
    other_method = true;
    if (route.method != request.method) continue;
    Call call{request, std::move(*params), {}};
    if (!route.body.empty()) {
      try {
        call.body = json::parse(request.body.empty() ? "{}" : request.body, "The body of the request");
      } catch (const Error& e) {
        return error_reply(400, e.code, e.what());
      }
      if (const std::string wrong = violation(call.body, route.body); !wrong.empty())
        return error_reply(400, "bad_request", "The request is not what is expected: " + wrong + ".");
    }
    return run(route, call);
  }
  if (other_method) return error_reply(405, "wrong_method", request.method + " is not possible there.");
  return error_reply(404, "no_such_route", "There is nothing at " + request.path + ".", "See /api/openapi.json.");
}

Value Router::describe(const std::string& version) const {
  Value paths = object();
  for (const Route& route : routes_) paths[route.path][lower(route.method)] = operation(route);
  return object({{"openapi", "3.1.0"},
                 {"info", object({{"title", "CrossWatch"},
                                  {"version", version},
                                  {"description",
                                   "What the page of `crosswatch serve` works with. A session cookie, "
                                   "and X-CSRF-Token for changes; programs send server.token."}})},
                 {"paths", std::move(paths)},
                 {"components", object({{"schemas", schemas_}})}});
}

}  // namespace crosswatch::host::server
