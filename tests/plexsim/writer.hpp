// Writes one answer as JSON or as its XML twin. In JSON attributes are members and lists are arrays; in XML lists have
// no element of their own. Attributes must come before children.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "buffer.hpp"

namespace plexsim {

// Names a client asked to leave out of items (excludeFields, excludeElements).
class Excludes {
public:
  void add_list(std::string_view comma_separated);
  bool empty() const { return mask_ == 0; }
  bool has(std::string_view name) const { return (mask_ & bit(name)) != 0 && search(name); }

private:
  static std::uint64_t bit(std::string_view s) {
    return std::uint64_t{1} << ((s.size() * 31 + static_cast<unsigned char>(s.front()) * 7 +
                                 static_cast<unsigned char>(s.back())) &
                                63);
  }
  bool search(std::string_view name) const;

  std::uint64_t mask_{0};
  std::vector<std::string> names_{};
};

class Writer {
public:
  Writer(Buffer& out, bool json) : out_(out), json_(json) {}

  bool json() const { return json_; }
  // The root: wrapped = {"tag":{...}} in JSON, otherwise a bare object. XML gets its prolog.
  void root(std::string_view tag, bool wrapped);
  void root_list(std::string_view xml_tag);  // a bare JSON array
  void finish();                             // closes what is open

  bool list(std::string_view name);                           // false: left out, write nothing
  void begin(std::string_view tag);                           // an element of the open list
  void object(std::string_view name);                         // a single child
  void item(std::string_view tag, const Excludes* excludes);  // begin() of a library item, to which excludes apply
  void end();                                                 // of begin, object, item
  void end_list();

  template <class T>
  void attr(std::string_view name, const T& value) {
    if (left_out(name)) return;
    name_(name);
    value_(value);
    after_();
  }
  void attr_null(std::string_view name);                            // JSON null, XML ""
  void attr_quoted(std::string_view name, std::int64_t value);      // a number that Plex writes as a JSON string
  void attr_plain(std::string_view name, std::string_view value) {  // text that needs no escaping
    if (left_out(name)) return;
    name_(name);
    char* p = out_.reserve(value.size() + 3);
    *p++ = '"';
    std::memcpy(p, value.data(), value.size());
    p[value.size()] = '"';
    out_.advance(value.size() + 2);
    after_();
  }
  void attr_raw(std::string_view name, std::string_view value);  // a number or word, bare in JSON, quoted in XML
  void raw(std::string_view json) { out_.append(json); }
  bool left_out(std::string_view name) const {
    return excludes_ != nullptr && depth_ == item_depth_ && !excludes_->empty() && excludes_->has(name);
  }

private:
  void name_(std::string_view name) {
    char* p = out_.reserve(name.size() + 4);
    *p++ = json_ ? '"' : ' ';
    std::memcpy(p, name.data(), name.size());
    p += name.size();
    if (json_) {
      *p++ = '"';
      *p++ = ':';
      out_.advance(name.size() + 3);
    } else {
      *p++ = '=';
      out_.advance(name.size() + 2);
    }
  }
  void after_() {
    if (json_) out_.push(',');
  }
  void value_(std::string_view v);
  void value_(const std::string& v) { value_(std::string_view(v)); }
  void value_(const char* v) { value_(std::string_view(v)); }
  void value_(bool v) { out_.append(json_ ? (v ? "true" : "false") : (v ? "\"1\"" : "\"0\"")); }
  template <class N>
  requires(std::is_integral_v<N> && !std::is_same_v<N, bool>) void value_(N v) {
    char* p = out_.reserve(26);
    char* start = p;
    if (!json_) *p++ = '"';
    p = std::to_chars(p, p + 22, v).ptr;
    if (!json_) *p++ = '"';
    out_.advance(static_cast<std::size_t>(p - start));
  }
  void value_(double v);
  void open_tag(std::string_view tag);
  void close_open_tag() {
    if (tag_open_) {
      out_.push('>');
      tag_open_ = false;
    }
  }

  Buffer& out_;
  bool json_;
  bool tag_open_{false};
  bool bare_list_{false};
  bool wrapped_{false};
  const Excludes* excludes_{nullptr};
  int depth_{0};
  int item_depth_{-1};
  std::vector<std::string_view> tags_{};
  std::string root_tag_{};
};

void escape_json(Buffer& out, std::string_view text);  // bytes that are not UTF-8 pass through, as Plex lets them
void escape_xml(Buffer& out, std::string_view text);

}  // namespace plexsim
