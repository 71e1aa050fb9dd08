#include "feature/touched.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace crosswatch::plex::feature {

bool Touched::add(std::string_view key) const {
  std::ofstream out(path_, std::ios::app);
  out << key << '\n';
  out.close();
  return out.good();
}

std::vector<std::string> Touched::keys() const {
  std::vector<std::string> keys;
  std::ifstream in(path_);
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) keys.push_back(line);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

void Touched::clear() const {
  std::remove(path_.c_str());
}

}  // namespace crosswatch::plex::feature
