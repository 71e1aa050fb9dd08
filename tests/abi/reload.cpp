// reload PLUGIN ID COUNT: loads, uses and unloads a plugin so often; fails when it stays mapped once.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "services.hpp"

using namespace crosswatch;
using namespace crosswatch::host;

namespace {

bool mapped(const std::string& file) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.find(file) != std::string::npos) return true;
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("usage: reload PLUGIN ID COUNT\n", stderr), 2;
  const std::filesystem::path plugin = std::filesystem::canonical(argv[1]);
  std::string folder = (std::filesystem::temp_directory_path() / "crosswatch-reload-XXXXXX").native();
  if (!::mkdtemp(folder.data())) return std::perror("mkdtemp"), 1;
  int stayed = 0, complete = 0, refused = 0;
  const int count = std::atoi(argv[3]);
  for (int i = 0; i < count; ++i) {
    {
      TestServices services;
      services.folder = folder;
      Session session(Plugin::load(plugin, argv[2]), services);
      Operation op;
      try {
        complete += session.snapshot(op, Feature::watchlist, {}, [](const cw_facts&) {}).complete;
      } catch (const Error&) {
        ++refused;  // a plugin that needs a login says so
      }
    }
    stayed += mapped(plugin.native());
  }
  std::filesystem::remove_all(folder);
  std::printf("%d loads: %d complete snapshots, %d refused, %d times still mapped afterwards\n", count, complete,
              refused, stayed);
  return stayed == 0 && complete + refused == count ? 0 : 1;
}
