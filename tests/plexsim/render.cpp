// The text of an item is made while it is written: cheaper than keeping 2 KB a title, and quicker than TLS.
#include "render.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "http.hpp"

namespace plexsim {

namespace {

constexpr std::array<std::string_view, 12> kGenres{"Drama",     "Comedy",      "Western",   "Mystery",
                                                   "Adventure", "Thriller",    "Romance",   "Fantasy",
                                                   "Crime",     "Documentary", "Animation", "War"};
constexpr std::array<std::string_view, 6> kStudios{"Lantern Pictures", "North Pier",    "Old Mill Films",
                                                   "Studio Kestrel",   "Seventh Floor", "Tin Roof Television"};
constexpr std::array<std::string_view, 5> kRatings{"PG", "PG-13", "R", "TV-14", "nl/12"};

// Text built in place, without a heap.
class Text {
public:
  Text& add(std::string_view s) {
    const std::size_t n = s.size() < sizeof data_ - size_ ? s.size() : sizeof data_ - size_;
    std::memcpy(data_ + size_, s.data(), n);
    size_ += n;
    return *this;
  }
  Text& add(std::uint64_t n) {
    if (sizeof data_ - size_ > 24)
      size_ = static_cast<std::size_t>(std::to_chars(data_ + size_, data_ + size_ + 22, n).ptr - data_);
    return *this;
  }
  Text& pad(std::uint64_t n) {
    if (n < 10) add("0");
    return add(n);
  }
  operator std::string_view() const { return {data_, size_}; }

private:
  char data_[160];
  std::size_t size_{0};
};

void tags(Writer& w, std::string_view element, std::initializer_list<std::string_view> values) {
  if (!w.list(element)) return;
  for (const auto value : values) {
    w.begin(element);
    w.attr_plain("tag", value);
    w.end();
  }
  w.end_list();
}

void media(Writer& w, std::string_view key, std::uint64_t number, std::int64_t duration, std::string_view folder,
           std::string_view file_key) {
  if (!w.list("Media")) return;
  const std::uint64_t h = mix(number ^ 0xfeed);
  const bool big = h % 3 == 0;
  w.begin("Media");
  w.attr("id", 30'000'000 + number % 10'000'000);
  w.attr("duration", duration);
  w.attr("bitrate", 1500 + h % 12000);
  w.attr("width", big ? 3840 : 1920);
  w.attr("height", big ? 2160 : 1080);
  w.attr_raw("aspectRatio", "1.78");
  w.attr("audioChannels", h % 2 == 0 ? 2 : 6);
  w.attr_plain("audioCodec", h % 2 == 0 ? "aac" : "eac3");
  w.attr_plain("videoCodec", big ? "hevc" : "h264");
  w.attr_plain("videoResolution", big ? "4k" : "1080");
  w.attr_plain("container", "mkv");
  w.attr_plain("videoFrameRate", "24p");
  w.attr_plain("videoProfile", big ? "main 10" : "high");
  w.attr("hasVoiceActivity", false);
  if (w.list("Part")) {
    w.begin("Part");
    w.attr("id", 60'000'000 + number % 10'000'000);
    w.attr_plain("key", Text().add("/library/parts/").add(key).add("/1586877036/file.mkv"));
    w.attr("duration", duration);
    w.attr_plain("file", Text()
                             .add("/storage/")
                             .add(folder)
                             .add("/title-")
                             .add(file_key)
                             .add("/title-")
                             .add(file_key)
                             .add(" WEBDL.mkv"));
    w.attr("size", 1'000'000'000 + h % 9'000'000'000);
    w.attr_plain("container", "mkv");
    w.attr_plain("indexes", "sd");
    w.attr_plain("videoProfile", big ? "main 10" : "high");
    w.end();
    w.end_list();
  }
  w.end();
  w.end_list();
}

void images(Writer& w, std::string_view title, std::string_view thumb, std::string_view art) {
  if (w.list("Image")) {
    for (const bool poster : {true, false}) {
      w.begin("Image");
      w.attr("alt", title);
      w.attr_plain("type", poster ? "coverPoster" : "background");
      w.attr_plain("url", poster ? thumb : art);
      w.end();
    }
    w.end_list();
  }
  if (!w.left_out("UltraBlurColors")) {
    w.object("UltraBlurColors");
    w.attr_plain("topLeft", "0b0b0b");
    w.attr_plain("topRight", "232222");
    w.attr_plain("bottomRight", "030403");
    w.attr_plain("bottomLeft", "101110");
    w.end();
  }
}

void state_attrs(Writer& w, Kind kind, const View& view) {
  if (view.state.rating >= 0) w.attr("userRating", view.state.rating);
  if (view.state.views > 0) w.attr("viewCount", view.state.views);
  if (view.state.last_viewed > 0) w.attr("lastViewedAt", view.state.last_viewed);
  if (view.state.rating >= 0 && view.state.rated > 0) w.attr("lastRatedAt", view.state.rated);
  if (view.state.offset > 0 && kind != Kind::show && kind != Kind::season) w.attr("viewOffset", view.state.offset);
}

}  // namespace

std::string_view xml_tag(Kind kind) {
  switch (kind) {
    case Kind::show:
    case Kind::season:
    case Kind::artist:
    case Kind::album:
      return "Directory";
    case Kind::track:
      return "Track";
    case Kind::photo:
      return "Photo";
    default:
      return "Video";
  }
}

View view_of(const MediaServer& server, std::size_t person, std::uint32_t item) {
  View view;
  view.state = server.state(person, item);
  const Kind kind = server.items[item].kind;
  if (kind != Kind::show && kind != Kind::season) return view;
  view.state.views = 0;
  view.state.last_viewed = 0;
  server.leaves(item, [&](std::uint32_t leaf) {
    const State s = server.state(person, leaf);
    ++view.leaves;
    if (s.views > 0) ++view.viewed_leaves;
    view.state.views += s.views;
    view.state.last_viewed = std::max(view.state.last_viewed, s.last_viewed);
  });
  return view;
}

void render_item(Writer& w, const MediaServer& server, std::size_t person, std::uint32_t item, const ItemStyle& style) {
  const Item& it = server.items[item];
  if (it.recorded != kNone) {
    render_recorded(w, server, person, item, style);
    return;
  }
  const Library& library = server.libraries[it.library];
  const bool in_show = it.kind == Kind::season || it.kind == Kind::episode;
  const bool container = it.kind == Kind::show || it.kind == Kind::season || it.kind == Kind::artist;
  const std::string key = server.key(item);
  const std::string title = server.title(item);
  const Text path = Text().add("/library/metadata/").add(key);
  const Text thumb = Text().add(path).add("/thumb/").add(it.updated_at);
  const Text art = Text().add(path).add("/art/").add(it.updated_at);
  const std::int64_t duration = server.duration(item);
  const std::uint64_t h = mix(it.number * 2654435761ULL + static_cast<std::uint64_t>(it.kind));
  const View view = view_of(server, person, item);

  w.item(xml_tag(it.kind), style.excludes);
  w.attr_plain("ratingKey", key);
  w.attr_plain("key", container ? std::string_view(Text().add(path).add("/children")) : std::string_view(path));
  std::string show_title;
  if (in_show) {
    const bool hidden = it.kind == Kind::episode && it.nasty == Nasty::hidden_seasons;
    const std::uint32_t show = it.kind == Kind::season ? it.parent : it.grandparent;
    const std::string show_key = server.key(show);
    show_title = server.title(show);
    if (!hidden) {
      const std::string parent_key = server.key(it.parent);
      w.attr_plain("parentRatingKey", parent_key);
      w.attr_plain("parentKey", Text().add("/library/metadata/").add(parent_key));
      w.attr_plain("parentGuid", server.guid(it.parent));
    }
    w.attr("parentTitle", it.kind == Kind::season ? show_title : server.title(it.parent));
    if (it.kind == Kind::season) {
      w.attr("parentIndex", 1);
      w.attr("parentYear", server.year(show));
    } else {
      w.attr_plain("grandparentRatingKey", show_key);
      w.attr_plain("grandparentKey", Text().add("/library/metadata/").add(show_key));
      w.attr_plain("grandparentGuid", server.guid(show));
      w.attr("grandparentTitle", show_title);
      w.attr_plain("grandparentThumb",
                   Text().add("/library/metadata/").add(show_key).add("/thumb/").add(server.items[show].updated_at));
      w.attr("parentIndex", server.items[it.parent].index);
    }
  }
  w.attr_plain("guid", server.guid(item));
  if (it.kind == Kind::movie || it.kind == Kind::show) w.attr_plain("studio", kStudios[h % kStudios.size()]);
  w.attr_plain("type", kind_name(it.kind));
  w.attr("title", title);
  if (it.nasty == Nasty::edition) w.attr_plain("editionTitle", "Director's Cut");
  if (it.index >= 0) w.attr("index", it.index);
  if (it.kind == Kind::episode && it.nasty == Nasty::absolute_numbers && it.index >= 0)
    w.attr("absoluteIndex", it.index);
  if (it.kind != Kind::season) w.attr_plain("contentRating", kRatings[h % kRatings.size()]);
  w.attr_plain("summary", summary_text(h));
  if (it.kind != Kind::season) {
    w.attr_raw("rating", h % 2 == 0 ? "6.4" : "8.1");
    w.attr_raw("audienceRating", "7.2");
  }
  state_attrs(w, it.kind, view);
  if (const int year = server.year(item); year >= 0) {
    w.attr("year", year);
    if (it.kind != Kind::season) {
      w.attr_plain("originallyAvailableAt", Text()
                                                .add(static_cast<std::uint64_t>(year == 0 ? 1970 : year))
                                                .add("-")
                                                .pad(1 + h % 12)
                                                .add("-")
                                                .pad(1 + h / 16 % 28));
    }
  }
  if (it.kind == Kind::movie) w.attr_plain("tagline", "Some doors should be opened slowly");
  w.attr_plain("thumb", thumb);
  w.attr_plain("art", art);
  if (it.kind == Kind::show || it.kind == Kind::season) {
    w.attr("leafCount", view.leaves);
    w.attr("viewedLeafCount", view.viewed_leaves);
    if (it.kind == Kind::show) {
      int seasons = 0;
      server.children(item, [&](std::uint32_t) { ++seasons; });
      w.attr("childCount", seasons);
    }
  }
  if (!container) w.attr("duration", duration);
  w.attr("addedAt", it.added_at);
  w.attr("updatedAt", it.updated_at);
  w.attr_plain("audienceRatingImage", "themoviedb://image.rating");
  if (it.kind == Kind::movie) {
    w.attr_plain("ratingImage", "rottentomatoes://image.rating.ripe");
    w.attr_plain("chapterSource", "media");
  }
  if (style.section) {
    w.attr("librarySectionTitle", library.title);
    w.attr("librarySectionID", to_number(library.key).value_or(0));
    w.attr_plain("librarySectionKey", Text().add("/library/sections/").add(library.key));
  }
  if (!container && it.kind != Kind::photo) {
    // two episodes of one file name the file of the first
    const bool second =
        it.nasty == Nasty::two_in_one_file && it.kind == Kind::episode && it.index > 0 && it.index % 2 == 0;
    media(w, key, it.number + (static_cast<std::uint64_t>(it.kind) << 40), duration,
          it.kind == Kind::movie ? "movies" : "tv", second ? server.key(item - 1) : key);
  }
  images(w, title, thumb, art);
  if (it.kind != Kind::season && it.kind != Kind::episode) {
    tags(w, "Genre", {kGenres[h % 12], kGenres[(h + 5) % 12]});
    tags(w, "Country", {"Portugal"});
  }
  if (style.guids) {
    const auto ids = server.ids(item);
    if (!ids.empty() && w.list("Guid")) {
      for (const auto& id : ids) {
        w.begin("Guid");
        w.attr_plain("id", id);
        w.end();
      }
      w.end_list();
    }
  }
  if (it.kind == Kind::movie || it.kind == Kind::episode) {
    tags(w, "Director", {person_name(h)});
    tags(w, "Writer", {person_name(h + 7)});
  }
  if (it.kind != Kind::season) tags(w, "Role", {person_name(h + 1), person_name(h + 3), person_name(h + 11)});
  w.end();
}

}  // namespace plexsim
