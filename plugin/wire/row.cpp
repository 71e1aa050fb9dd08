#include "wire/row.hpp"

#include <algorithm>

#include "wire/document.hpp"

namespace crosswatch::plex::wire {
namespace {

constexpr std::size_t field_count = static_cast<std::size_t>(Field::count);

// In the order of Field.
constexpr std::array<std::string_view, field_count> field_names{"ratingKey",
                                                                "key",
                                                                "guid",
                                                                "type",
                                                                "title",
                                                                "year",
                                                                "index",
                                                                "parentIndex",
                                                                "parentRatingKey",
                                                                "grandparentRatingKey",
                                                                "parentKey",
                                                                "grandparentKey",
                                                                "parentGuid",
                                                                "grandparentGuid",
                                                                "parentTitle",
                                                                "grandparentTitle",
                                                                "librarySectionID",
                                                                "userRating",
                                                                "lastRatedAt",
                                                                "viewCount",
                                                                "lastViewedAt",
                                                                "viewOffset",
                                                                "duration",
                                                                "leafCount",
                                                                "viewedLeafCount",
                                                                "originallyAvailableAt",
                                                                "addedAt",
                                                                "updatedAt",
                                                                "viewedAt",
                                                                "accountID",
                                                                "historyKey",
                                                                "uuid",
                                                                "agent",
                                                                "scanner",
                                                                "contentChangedAt",
                                                                "scannedAt",
                                                                "hidden",
                                                                "size",
                                                                "totalSize",
                                                                "offset",
                                                                "machineIdentifier",
                                                                "watchlistedAt",
                                                                "live",
                                                                "subtype",
                                                                "editionTitle"};
constexpr std::array<std::string_view, 6> row_names{"Metadata", "Video", "Directory", "Track", "Photo", "Playlist"};

// What a member name of a row means: a Field, the list of external ids, or nothing that is read.
constexpr std::uint8_t guid_list = field_count;
constexpr std::uint8_t unread = 255;

// Most members of a row are not read, and each has to be told apart from those that are: a perfect hash over
// length and three characters, whose factors the compiler finds.
struct Names {
  std::array<std::uint8_t, 256> slots{};
  unsigned a = 0, b = 0;
  static constexpr std::string_view name(std::size_t i) { return i == guid_list ? "Guid" : field_names[i]; }
  static constexpr std::size_t hash(const char* s, std::size_t n, unsigned a, unsigned b) {
    const auto at = [s](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(s[i])); };
    return (static_cast<unsigned>(n) * a + at(0) * b + at(n - 1) * 5u + at(n / 2) * 7u) & 255u;
  }
  constexpr Names() {
    for (a = 1; a < 64; ++a)
      for (b = 1; b < 64; ++b)
        if (fill()) return;
    throw "no perfect hash found";  // reached at compile time only: look for another function
  }
  constexpr bool fill() {
    for (auto& s : slots) s = unread;
    for (std::size_t i = 0; i <= field_count; ++i) {
      auto& slot = slots[hash(name(i).data(), name(i).size(), a, b)];
      if (slot != unread) return false;
      slot = static_cast<std::uint8_t>(i);
    }
    return true;
  }
  // memcmp for texts that are mostly shorter than two words.
  static bool equal(const char* a, const char* b, std::size_t n) noexcept {
    const auto same = [&](std::size_t at, auto word) {
      auto other = word;
      std::memcpy(&word, a + at, sizeof word);
      std::memcpy(&other, b + at, sizeof other);
      return word == other;
    };
    if (n > 16 || n < 4) return std::memcmp(a, b, n) == 0;
    if (n >= 8) return same(0, std::uint64_t{}) && same(n - 8, std::uint64_t{});
    return same(0, std::uint32_t{}) && same(n - 4, std::uint32_t{});
  }
  std::uint8_t find(const char* s, std::size_t n) const noexcept {
    if (n == 0) return unread;
    const std::uint8_t slot = slots[hash(s, n, a, b)];
    if (slot == unread) return unread;
    const std::string_view expected = slot == guid_list ? std::string_view("Guid") : field_names[slot];
    return n == expected.size() && equal(s, expected.data(), n) ? slot : unread;
  }
};
constexpr Names names;

bool is_row_name(std::string_view name) noexcept {
  return std::find(row_names.begin(), row_names.end(), name) != row_names.end();
}

class Rows {
public:
  Rows(Arena& arena, RowSink& sink) : arena_(arena), sink_(sink) {}
  Page page{};

protected:
  void emit() {
    ++page.rows;
    sink_.row(row_);
  }
  Arena& arena_;
  Row row_{};

private:
  RowSink& sink_;
};

// Events of RapidJSON. `slot_` says what to do with the next scalar; a subtree that nobody reads costs one test
// for each of its values.
class JsonRows : public Rows {
public:
  using Rows::Rows;
  std::string failure{};
  bool found = false;  // a MediaContainer

  bool Key(const char* s, rapidjson_plex::SizeType n, bool) {
    if (depth_ == row_depth_) {
      slot_ = names.find(s, n);
    } else if (row_depth_ != 0) {
      slot_ = in_guids_ && n == 2 && s[0] == 'i' && s[1] == 'd' ? guid_list : unread;
    } else {
      outside({s, n});
    }
    return true;
  }
  bool String(const char* s, rapidjson_plex::SizeType n, bool) {
    if (slot_ == unread) return true;
    const std::string_view text(s, n);
    store(is_plain(text) ? text : arena_.keep(printable(text)));
    return true;
  }
  bool RawNumber(const char* s, rapidjson_plex::SizeType n, bool) {
    if (slot_ != unread) store({s, n});
    return true;
  }
  bool Bool(bool b) {
    if (slot_ != unread) store(b ? "1" : "0");
    return true;
  }
  bool Null() { return true; }

  bool StartObject() {
    if (!enter()) return false;
    if (row_depth_ != 0) return true;
    if (row_list_depth_ != 0 ? depth_ == row_list_depth_ + 1 : rows_next_) {
      row_depth_ = depth_;
      row_.clear();
    } else if (container_next_ && depth_ == 2) {
      found = true;
    }
    rows_next_ = container_next_ = false;
    return true;
  }
  bool EndObject(rapidjson_plex::SizeType) {
    if (depth_ == row_depth_) {
      emit();
      row_depth_ = 0;
    }
    return leave();
  }
  bool StartArray() {
    if (!enter()) return false;
    if (row_depth_ != 0) return true;
    if (rows_next_) row_list_depth_ = depth_;
    rows_next_ = container_next_ = false;
    return true;
  }
  bool EndArray(rapidjson_plex::SizeType) {
    if (depth_ == row_list_depth_) row_list_depth_ = 0;
    return leave();
  }
  // With numbers as text these are never called.
  bool Int(int) { return true; }
  bool Uint(unsigned) { return true; }
  bool Int64(std::int64_t) { return true; }
  bool Uint64(std::uint64_t) { return true; }
  bool Double(double) { return true; }

private:
  bool enter() {
    if (++depth_ > max_depth) {
      failure = "it is nested too deeply";
      return false;
    }
    if (depth_ == row_depth_ + 1 && row_depth_ != 0) in_guids_ = slot_ == guid_list;
    slot_ = unread;
    return true;
  }
  bool leave() {
    --depth_;
    slot_ = unread;
    return true;
  }
  void outside(std::string_view name) {
    rows_next_ = is_row_name(name);
    container_next_ = depth_ == 1 && name == "MediaContainer";
    slot_ = depth_ == 2 && found ? names.find(name.data(), name.size()) : unread;
    if (slot_ == guid_list) slot_ = unread;
  }
  void store(std::string_view value) {
    if (slot_ == guid_list) {
      if (in_guids_ && depth_ > row_depth_) row_.add_guid(value);
    } else {
      (row_depth_ != 0 ? row_ : page.container).set(static_cast<Field>(slot_), value);
    }
    slot_ = unread;
  }

  unsigned depth_ = 0;           // of open objects and arrays
  unsigned row_depth_ = 0;       // of the row being read; 0: none
  unsigned row_list_depth_ = 0;  // of the array whose elements are rows; 0: none
  bool rows_next_ = false;       // the next value is a row or a list of them
  bool container_next_ = false;
  bool in_guids_ = false;
  std::uint8_t slot_ = unread;
};

class XmlRows : public Rows, public XmlHandler {
public:
  XmlRows(Arena& arena, RowSink& sink, std::string_view what) : Rows(arena, sink), what_(what) {}

  void start(std::string_view name, const XmlAttributes& attributes, unsigned depth) override {
    if (depth == 1) {
      if (name != "MediaContainer") refuse(what_, "malformed_answer", "its root is <" + std::string(name) + ">");
      fill(page.container, attributes);
    } else if (row_depth_ == 0 && is_row_name(name)) {
      row_depth_ = depth;
      row_.clear();
      fill(row_, attributes);
    } else if (row_depth_ != 0 && depth == row_depth_ + 1 && name == "Guid") {
      for (const auto& [key, value] : attributes)
        if (key == "id") row_.add_guid(arena_.keep(value));
    }
  }
  void end(unsigned depth) override {
    if (depth != row_depth_) return;
    row_depth_ = 0;
    emit();
  }

private:
  void fill(Row& row, const XmlAttributes& attributes) {
    for (const auto& [key, value] : attributes)
      if (const std::uint8_t slot = names.find(key.data(), key.size()); slot < field_count)
        row.set(static_cast<Field>(slot), arena_.keep(is_plain(value) ? value : printable(value)));
  }
  std::string_view what_;
  unsigned row_depth_ = 0;
};

}  // namespace

Page parse_rows(std::string& body, Arena& arena, std::string_view what, RowSink& sink) {
  const Start start = begin_of(body, what);
  if (!start.json) {
    XmlRows rows(arena, sink, what);
    parse_xml(body, start.offset, what, rows);
    return rows.page;
  }
  JsonRows rows(arena, sink);
  parse_json(body, start.offset, what, rows);
  if (!rows.found) refuse(what, "malformed_answer", "it holds no MediaContainer");
  return rows.page;
}

}  // namespace crosswatch::plex::wire
