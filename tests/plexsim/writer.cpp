#include "writer.hpp"

#include <algorithm>
#include <cstdio>

namespace plexsim {

void Excludes::add_list(std::string_view list) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto name = list.substr(0, comma);
    if (!name.empty()) {
      mask_ |= bit(name);
      names_.emplace_back(name);
    }
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
}

bool Excludes::search(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

void escape_json(Buffer& out, std::string_view text) {
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text.substr(plain, i - plain));
    plain = i + 1;
    switch (c) {
      case '"':
        out.append("\\\"");
        break;
      case '\\':
        out.append("\\\\");
        break;
      case '\n':
        out.append("\\n");
        break;
      case '\t':
        out.append("\\t");
        break;
      default: {
        char code[8] = {};
        std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
        out.append(code);
      }
    }
  }
  out.append(text.substr(plain));
}

void escape_xml(Buffer& out, std::string_view text) {
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '<' && c != '>' && c != '&') continue;
    out.append(text.substr(plain, i - plain));
    plain = i + 1;
    switch (c) {
      case '"':
        out.append("&quot;");
        break;
      case '<':
        out.append("&lt;");
        break;
      case '>':
        out.append("&gt;");
        break;
      case '&':
        out.append("&amp;");
        break;
      case '\n':
        out.append("&#10;");
        break;
      case '\r':
        out.append("&#13;");
        break;
      case '\t':
        out.append("&#9;");
        break;
      default:
        break;  // other control characters cannot be written in XML 1.0 at all
    }
  }
  out.append(text.substr(plain));
}

void Writer::value_(std::string_view v) {
  out_.push('"');
  if (json_) {
    escape_json(out_, v);
  } else {
    escape_xml(out_, v);
  }
  out_.push('"');
}

void Writer::value_(double v) {
  char text[40] = {};
  char* end = std::to_chars(text, text + 32, v).ptr;
  // Plex writes 8.0, not 8
  if (std::string_view(text, static_cast<std::size_t>(end - text)).find_first_of(".e") == std::string_view::npos) {
    *end++ = '.';
    *end++ = '0';
  }
  if (!json_) out_.push('"');
  out_.append({text, static_cast<std::size_t>(end - text)});
  if (!json_) out_.push('"');
}

void Writer::attr_null(std::string_view name) {
  if (left_out(name)) return;
  name_(name);
  out_.append(json_ ? "null" : "\"\"");
  after_();
}

void Writer::attr_quoted(std::string_view name, std::int64_t value) {
  char text[24] = {};
  const char* end = std::to_chars(text, text + 22, value).ptr;
  attr_plain(name, {text, static_cast<std::size_t>(end - text)});
}

void Writer::attr_raw(std::string_view name, std::string_view value) {
  if (left_out(name)) return;
  name_(name);
  if (!json_) out_.push('"');
  out_.append(value);
  if (!json_) out_.push('"');
  after_();
}

void Writer::open_tag(std::string_view tag) {
  ++depth_;
  if (json_) {
    out_.push('{');
    return;
  }
  close_open_tag();
  out_.push('<');
  out_.append(tag);
  tags_.push_back(tag);
  tag_open_ = true;
}

void Writer::root(std::string_view tag, bool wrapped) {
  root_tag_ = tag;
  wrapped_ = wrapped && json_;
  if (!json_) out_.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  if (wrapped_) {
    out_.append("{\"");
    out_.append(tag);
    out_.append("\":");
  }
  open_tag(root_tag_);
}

void Writer::root_list(std::string_view xml_tag) {
  bare_list_ = true;
  if (json_) {
    ++depth_;
    out_.push('[');
  } else {
    root(xml_tag, false);
  }
}

void Writer::finish() {
  while (depth_ > 1) end();
  if (bare_list_ && json_) {
    if (out_.back() == ',') out_.pop();
    out_.push(']');
    return;
  }
  end();
  if (json_ && out_.back() == ',') out_.pop();
  if (wrapped_) out_.push('}');
}

bool Writer::list(std::string_view name) {
  if (left_out(name)) return false;
  if (json_) {
    name_(name);
    out_.push('[');
  }
  return true;
}

void Writer::end_list() {
  if (!json_) return;
  if (out_.back() == ',') out_.pop();
  out_.append("],");
}

void Writer::begin(std::string_view tag) {
  open_tag(tag);
}

void Writer::item(std::string_view tag, const Excludes* excludes) {
  open_tag(tag);
  excludes_ = excludes;
  item_depth_ = depth_;
}

void Writer::object(std::string_view name) {
  if (json_) name_(name);
  open_tag(name);
}

void Writer::end() {
  if (depth_ == item_depth_) {
    item_depth_ = -1;
    excludes_ = nullptr;
  }
  --depth_;
  if (json_) {
    if (out_.back() == ',') {
      out_.set_back('}');
    } else {
      out_.push('}');
    }
    out_.push(',');
    return;
  }
  if (tag_open_) {
    out_.append("/>");
    tag_open_ = false;
  } else {
    out_.append("</");
    out_.append(tags_.back());
    out_.push('>');
  }
  tags_.pop_back();
}

}  // namespace plexsim
