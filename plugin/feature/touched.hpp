// The items that we changed ourselves since a read was kept: they are asked for one by one (a hundred a request), since
// a rating may be dated before the time from which on changes are looked for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crosswatch::plex::feature {

// A file beside the kept read, a rating key a line, written before the change is sent. [owner]
class Touched {
public:
  explicit Touched(const std::string& kept_path) : path_(kept_path + ".touched") {}
  // False: it could not be written down, so the kept read must go.
  bool add(std::string_view key) const;
  std::vector<std::string> keys() const;  // each once, sorted
  void clear() const;

private:
  std::string path_;
};

}  // namespace crosswatch::plex::feature
