// Real answers as libraries: every recorded file whose container holds rows of films or series. A Plex library
// has one type, so a file with films and episodes becomes two.
#include <Poco/DOM/AutoPtr.h>
#include <Poco/DOM/DOMParser.h>
#include <Poco/DOM/Document.h>
#include <Poco/DOM/Element.h>
#include <Poco/DOM/NamedNodeMap.h>
#include <Poco/Exception.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "http.hpp"
#include "recorded_text.hpp"
#include "render.hpp"

namespace plexsim {

namespace {

namespace fs = std::filesystem;
using Fields = std::vector<std::pair<std::string, std::string>>;

struct Row {
  std::string tag{};
  Fields fields{};
};

struct Reading {
  std::vector<Row> rows{};
  std::string why{};  // not empty: nothing to read
};

// -- JSON: values are kept as the bytes they were
// ---------------------------------------------------------------------------------------

// Walks text that a parser has already found valid.
class Slicer {
public:
  explicit Slicer(std::string_view text) : text_(text) {}

  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
      ++at_;
  }
  bool take(char c) {
    space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  char peek() {
    space();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  std::string_view value() {
    space();
    const std::size_t start = at_;
    int depth = 0;
    do {
      const char c = text_[at_];
      if (c == '"') {
        skip_string();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        --depth;
        ++at_;
      } else if (depth == 0) {
        while (at_ < text_.size() && std::string_view(",}] \n\r\t").find(text_[at_]) == std::string_view::npos) ++at_;
      } else {
        ++at_;
      }
    } while (depth > 0 && at_ < text_.size());
    return text_.substr(start, at_ - start);
  }
  // Calls f(name, value) for each member of an object.
  template <class F>
  void members(F&& f) {
    if (!take('{')) return;
    while (peek() == '"') {
      std::string_view name = value();
      name = name.substr(1, name.size() - 2);
      take(':');
      f(name, value());
      take(',');
    }
    take('}');
  }
  template <class F>
  void elements(F&& f) {
    if (!take('[')) return;
    while (peek() != ']' && peek() != '\0') {
      f(value());
      take(',');
    }
    take(']');
  }

private:
  void skip_string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  std::string_view text_;
  std::size_t at_{0};
};

Reading read_json(const std::string& text) {
  Reading result;
  rapidjson::Document check;
  check.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  if (check.HasParseError()) {
    result.why = "not valid JSON";
    return result;
  }
  std::string_view container;
  Slicer(text).members([&](std::string_view name, std::string_view value) {
    if (name == "MediaContainer") container = value;
  });
  if (container.empty() || container.front() != '{') {
    result.why = "no MediaContainer";
    return result;
  }
  Slicer(container).members([&](std::string_view name, std::string_view value) {
    if (name != "Metadata" && name != "Video" && name != "Directory") return;
    auto add = [&](std::string_view row) {
      if (row.empty() || row.front() != '{') return;
      Row& added = result.rows.emplace_back();
      added.tag = name;
      Slicer(row).members([&](std::string_view n, std::string_view v) { added.fields.emplace_back(n, v); });
    };
    if (value.front() == '{') {
      add(value);
    } else {
      Slicer(value).elements(add);
    }
  });
  return result;
}

// -- XML
// --------------------------------------------------------------------------------------------------------------------------------

const std::set<std::string_view>& number_names() {
  static const std::set<std::string_view> names{
      "viewCount",       "lastViewedAt", "viewOffset",  "duration",       "year",          "index",
      "parentIndex",     "addedAt",      "updatedAt",   "leafCount",      "childCount",    "skipCount",
      "viewedLeafCount", "userRating",   "rating",      "lastRatedAt",    "bitrate",       "width",
      "height",          "size",         "aspectRatio", "audienceRating", "audioChannels", "count",
      "absoluteIndex",   "parentYear"};
  return names;
}

std::string json_string(const std::string& text) {
  Buffer out;
  escape_json(out, text);
  return "\"" + std::string(out.view()) + "\"";
}

std::string json_of(const std::string& name, const std::string& text) {
  const bool number = number_names().contains(name) && !text.empty() &&
                      text.find_first_not_of("0123456789.-") == std::string::npos && text.front() != '.' &&
                      text.back() != '.' && !(text.size() > 1 && text.front() == '0' && text[1] != '.');
  return number ? text : json_string(text);
}

Fields fields_of(const Poco::XML::Element& element) {
  Fields fields;
  const Poco::AutoPtr<Poco::XML::NamedNodeMap> attributes = element.attributes();
  for (unsigned long i = 0; i < attributes->length(); ++i) {
    const auto* attribute = attributes->item(i);
    fields.emplace_back(attribute->nodeName(), json_of(attribute->nodeName(), attribute->nodeValue()));
  }
  for (const auto* child = element.firstChild(); child != nullptr; child = child->nextSibling()) {
    if (child->nodeType() != Poco::XML::Node::ELEMENT_NODE) continue;
    std::string object = "{";
    for (const auto& [name, value] : fields_of(static_cast<const Poco::XML::Element&>(*child))) {
      object += (object.size() > 1 ? "," : "") + json_string(name) + ":" + value;
    }
    object += "}";
    auto list = std::find_if(fields.begin(), fields.end(),
                             [&](const auto& f) { return f.first == child->nodeName() && f.second.front() == '['; });
    if (list == fields.end()) {
      fields.emplace_back(child->nodeName(), "[" + object + "]");
    } else {
      list->second.back() = ',';
      list->second += object + "]";
    }
  }
  return fields;
}

Reading read_xml(const std::string& text) {
  Reading result;
  try {
    Poco::XML::DOMParser parser;
    const Poco::AutoPtr<Poco::XML::Document> document = parser.parseString(valid_utf8(text));
    const auto* root = document->documentElement();
    if (root == nullptr || root->nodeName() != "MediaContainer") {
      result.why = "no MediaContainer";
      return result;
    }
    for (const auto* child = root->firstChild(); child != nullptr; child = child->nextSibling()) {
      if (child->nodeType() != Poco::XML::Node::ELEMENT_NODE) continue;
      Row& row = result.rows.emplace_back();
      row.tag = child->nodeName();
      row.fields = fields_of(static_cast<const Poco::XML::Element&>(*child));
    }
  } catch (const Poco::Exception&) {
    result.why = "not well-formed XML";
  }
  return result;
}

// -- files
// ------------------------------------------------------------------------------------------------------------------------------

Reading read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  if (text.starts_with("HTTP/")) {  // a saved answer with its head
    const auto crlf = text.find("\r\n\r\n");
    const auto lf = text.find("\n\n");
    const auto end = std::min(crlf == std::string::npos ? lf : crlf + 2, lf);
    text.erase(0, end == std::string::npos ? text.size() : end + 2);
  }
  const auto first = text.find_first_not_of(" \t\r\n");
  Reading result;
  if (first == std::string::npos) {
    result.why = "empty";
  } else if (text[first] == '{') {
    result = read_json(text.substr(first));
  } else if (text[first] == '<') {
    result = text.find("<!DOCTYPE html") != std::string::npos || text.find("<html") != std::string::npos
                 ? Reading{{}, "a web page"}
                 : read_xml(text.substr(first));
  } else if (text[first] == '[') {
    result.why = "no MediaContainer";
  } else {
    result.why = "neither JSON nor XML";
  }
  return result;
}

std::string field(const Fields& fields, std::string_view name) {
  for (const auto& [known, value] : fields) {
    if (known == name) return plain_text(value);
  }
  return {};
}

Kind row_kind(const Row& row) {
  const auto kind = kind_of(field(row.fields, "type"));
  // the entries of a list of libraries name a type too
  for (const auto* mark : {"agent", "scanner", "refreshing", "filters"}) {
    if (!field(row.fields, mark).empty()) return Kind::clip;
  }
  return kind.value_or(Kind::clip);
}

class Loader {
public:
  explicit Loader(MediaServer& server) : server_(server) {}

  void file(const std::string& name, Reading reading) {
    RecordedFile report;
    report.file = name;
    std::vector<Row> films;
    std::vector<Row> series;
    std::vector<Row> others;
    for (auto& row : reading.rows) {
      const Kind kind = row_kind(row);
      const bool in_series = kind == Kind::show || kind == Kind::season || kind == Kind::episode;
      auto& group = kind == Kind::movie ? films : in_series ? series : others;
      group.push_back(std::move(row));
    }
    if (films.empty() && series.empty()) {
      report.why = !reading.why.empty() ? reading.why : reading.rows.empty() ? "no rows" : "no rows of films or series";
      server_.recorded_files.push_back(std::move(report));
      return;
    }
    // clips and the like stay with the rows they were recorded with
    auto& home = series.empty() ? films : series;
    home.insert(home.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
    const bool both = !films.empty() && !series.empty();
    if (!films.empty()) library(report, std::move(films), false, both);
    if (!series.empty()) library(report, std::move(series), true, both);
  }

private:
  void library(RecordedFile report, std::vector<Row> rows, bool show, bool split) {
    const auto number = static_cast<std::uint16_t>(server_.libraries.size());
    Library& library = server_.libraries.emplace_back();
    library.key = std::to_string(number + 1);
    library.uuid = hex_key(Kind::clip, number + 4711).substr(8) + "-recorded";
    library.title = report.file + (split ? show ? " (series)" : " (films)" : "");
    library.type = show ? "show" : "movie";
    library.agent = show ? "tv.plex.agents.series" : "tv.plex.agents.movie";
    library.scanner = show ? "Plex TV Series" : "Plex Movie";
    report.library = library.key;
    report.title = library.title;
    for (auto& row : rows) {
      const Kind kind = row_kind(row);
      Item it;
      it.kind = kind;
      it.library = number;
      it.recorded = static_cast<std::uint32_t>(server_.recorded.size());
      it.index = static_cast<std::int32_t>(to_number(field(row.fields, "index")).value_or(-1));
      it.added_at = static_cast<std::uint32_t>(to_number(field(row.fields, "addedAt")).value_or(0));
      it.updated_at = static_cast<std::uint32_t>(to_number(field(row.fields, "updatedAt")).value_or(0));
      const auto at = static_cast<std::uint32_t>(server_.items.size());
      move_to(library.key, row);
      server_.recorded.push_back(keyed(std::move(row), at));
      server_.items.push_back(it);
      library.all.push_back(at);
      if (kind != Kind::clip) library.rows[kind].push_back(at);
      State state = recorded_state(server_.recorded.back());
      if (server_.options.rate_recorded && kind <= Kind::episode && state.rating <= 0) state.rating = 7;
      if (state.views > 0 || state.last_viewed > 0 || state.offset > 0 || state.rating >= 0)
        server_.change(server_.owner, at) = state;
      ++report.rows;
      report.movies += kind == Kind::movie ? 1 : 0;
      report.shows += kind == Kind::show ? 1 : 0;
      report.seasons += kind == Kind::season ? 1 : 0;
      report.episodes += kind == Kind::episode ? 1 : 0;
    }
    server_.recorded_files.push_back(std::move(report));
  }

  // Rows of a list name the library that is listed, and a recorded one had another number.
  static void move_to(const std::string& library, Row& row) {
    for (auto& [name, value] : row.fields) {
      if (name == "librarySectionID") value = value.starts_with('"') ? json_string(library) : library;
      if (name == "librarySectionKey") value = json_string("/library/sections/" + library);
    }
  }

  // Files of different servers use the same ratingKeys; on one server each may occur once, so later rows get a new one.
  Recorded keyed(Row row, std::uint32_t at) {
    Recorded result;
    result.key = field(row.fields, "ratingKey");
    if (result.key.empty() &&
        row_kind(row) <= Kind::episode) {  // trimmed by whoever published it; a library's rows always have one
      result.key = std::to_string(next_key_++);
      row.fields.insert(row.fields.begin(), {"ratingKey", json_string(result.key)});
    } else if (!result.key.empty() && server_.recorded_keys.contains(result.key)) {
      const std::string old = result.key;
      do {
        result.key = std::to_string(next_key_++);
      } while (server_.recorded_keys.contains(result.key));
      for (auto& [name, value] : row.fields) {
        if (name == "ratingKey") value = json_string(result.key);
        if (name == "key") {
          if (const auto found = value.find("/library/metadata/" + old); found != std::string::npos) {
            value.replace(found + 18, old.size(), result.key);
          }
        }
      }
    }
    if (!result.key.empty()) server_.recorded_keys.emplace(result.key, at);
    result.fields = std::move(row.fields);
    return result;
  }

  MediaServer& server_;
  std::uint32_t next_key_{700'000'001};
};

}  // namespace

void load_recordings(MediaServer& server, const std::string& folder) {
  server.people.resize(server.access.size());
  std::error_code failed;
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, failed)) {
    if (entry.is_regular_file() && entry.path().extension() != ".md") files.push_back(entry.path());
  }
  if (failed) throw std::runtime_error("plexsim: cannot read the recordings in " + folder + ": " + failed.message());
  std::sort(files.begin(), files.end());
  Loader loader(server);
  for (const auto& path : files) loader.file(fs::relative(path, folder).string(), read_file(path));
}

}  // namespace plexsim
