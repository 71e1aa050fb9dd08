#include "json/schema.hpp"

#include "json/rapidjson.hpp"

namespace crosswatch::host::json {
namespace {

namespace rj = crosswatch_host_rapidjson;

template <class Handler>
bool feed(Handler& to, const Value& v) {
  if (const auto* b = v.as<bool>()) return to.Bool(*b);
  if (const auto* i = v.as<std::int64_t>()) return to.Int64(*i);
  if (const auto* d = v.as<double>()) return to.Double(*d);
  const auto size = [](const auto& container) { return static_cast<rj::SizeType>(container.size()); };
  if (const auto* s = v.as<std::string>()) return to.String(s->data(), size(*s), true);
  if (const auto* list = v.as<Value::Array>()) {
    if (!to.StartArray()) return false;
    for (const Value& element : *list)
      if (!feed(to, element)) return false;
    return to.EndArray(size(*list));
  }
  if (const auto* members = v.as<Value::Object>()) {
    if (!to.StartObject()) return false;
    for (const Member& m : *members)
      if (!to.Key(m.key.data(), size(m.key), true) || !feed(to, m.value)) return false;
    return to.EndObject(size(*members));
  }
  return to.Null();
}

// "/config/0/key" as "config.0.key". Names of ours hold neither '/' nor '~'.
template <class Pointer>
std::string dotted(const Pointer& pointer) {
  std::string out;
  for (std::size_t i = 0; i < pointer.GetTokenCount(); ++i) {
    if (i != 0) out += '.';
    out.append(pointer.GetTokens()[i].name, pointer.GetTokens()[i].length);
  }
  return out;
}

std::string listed(const Value* names) {
  std::string out;
  if (const auto* list = names ? names->as<Value::Array>() : nullptr)
    for (const Value& v : *list)
      out += (out.empty() ? "" : ", ") + (v.as<std::string>() ? *v.as<std::string>() : dump(v));
  if (const auto* members = names ? names->as<Value::Object>() : nullptr)
    for (const Member& m : *members) out += (out.empty() ? "" : ", ") + m.key;
  return out;
}

std::string complaint(const std::string& keyword, const Value& at, const Value& rule) {
  const Value* const demand = rule.find(keyword);
  if (keyword == "type") {
    const std::string types = listed(demand);
    return "has to be of type " + (types.empty() ? *demand->as<std::string>() : types) + ", and is " +
           std::string(kind_of(at));
  }
  if (keyword == "required")
    for (const Value& name : *demand->as<Value::Array>())
      if (!at.find(*name.as<std::string>())) return "lacks \"" + *name.as<std::string>() + "\"";
  if (keyword == "enum") return "has to be one of " + listed(demand);
  if (keyword == "pattern") return "does not have the form " + *demand->as<std::string>();
  return "breaks the rule " + keyword + (demand ? " " + dump(*demand) : std::string());
}

}  // namespace

std::optional<std::string> violation(const Value& document, const Value& schema) {
  rj::Document rules;
  rules.Parse(dump(schema).c_str());
  const rj::SchemaDocument compiled(rules);
  rj::SchemaValidator validator(compiled);
  if (feed(validator, document) && validator.IsValid()) return std::nullopt;

  const char* const said = validator.GetInvalidSchemaKeyword();
  const std::string keyword = said ? said : "";
  std::string where = dotted(validator.GetInvalidDocumentPointer());
  const Value* const rule = find_path(schema, dotted(validator.GetInvalidSchemaPointer()));
  std::string what = "does not conform to the schema";
  if (keyword == "additionalProperties") {  // reported at the member that is too much, not at its object
    const auto dot = where.rfind('.');
    what = "has the unknown member \"" + where.substr(dot + 1) +
           "\" (known: " + listed(rule ? rule->find("properties") : nullptr) + ")";
    where.resize(dot == std::string::npos ? 0 : dot);
  } else if (const Value* const at = find_path(document, where); at && rule && !keyword.empty()) {
    what = complaint(keyword, *at, *rule);
  }
  std::string sentence = (where.empty() ? "it " : "\"" + where + "\" ") + what;
  if (const Value* const text = rule ? rule->find("description") : nullptr)
    if (const auto* s = text->as<std::string>()) sentence += " (" + *s + ")";
  return sentence;
}

}  // namespace crosswatch::host::json
