// Which rows of a list a request asks for: media-query filters, sort and page.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http.hpp"
#include "media.hpp"

namespace plexsim {

using Rows = std::shared_ptr<const std::vector<std::uint32_t>>;

struct Page {
  bool asked{false};  // without a page Plex names no totalSize
  std::size_t start{0};
  std::size_t size{static_cast<std::size_t>(-1)};
};
// Applies the page faults as well. `total` is what the answer claims.
struct Slice {
  std::size_t begin{0};
  std::size_t end{0};
  std::size_t offset{0};
  std::int64_t total{0};
};
Page page_of(const Request& request);
Slice slice_of(const Request& request, const Page& page, std::size_t rows);

// Selections hang on the server's version, so that paging through a sorted list sorts once.
class SelectionCache {
public:
  // `source` are the rows before filters; it must stay alive and unchanged while the caller holds the server's mutex.
  Rows cached(const std::string& key, const std::function<std::vector<std::uint32_t>()>& make);
  Rows select(const MediaServer& server, std::size_t person, const std::vector<std::uint32_t>& source,
              const Request& request);

private:
  struct Entry {
    std::string key{};
    Rows rows{};
  };
  std::mutex mutex_{};
  std::list<Entry> entries_{};
};

}  // namespace plexsim
