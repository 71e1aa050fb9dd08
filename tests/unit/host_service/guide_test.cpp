// The user guide says what is: every setting that there is, and no error code that there is not.
#include <doctest/doctest.h>

#include <filesystem>
#include <regex>

#include "manifest/manifest.hpp"
#include "support.hpp"

using namespace crosswatch;
using namespace crosswatch::host;
using namespace crosswatch::test;

namespace {

const std::filesystem::path tree = SOURCE_TREE;

std::string guide() {
  return slurp(tree / "docs/user-guide.md");
}

}  // namespace

TEST_CASE("the user guide has every setting of Plex and every older name of one") {
  const std::string text = guide();
  for (const ConfigKey& key : load_manifest(tree / "manifest.json").config) {
    CHECK_MESSAGE(has(text, "| `" + key.key + "` |"), key.key);
    CHECK_MESSAGE(has(text, key.help), key.key);
    for (const std::string& alias : key.aliases) CHECK_MESSAGE(has(text, "`" + alias + "` (" + key.key + ")"), alias);
  }
}

TEST_CASE("every error code in the guide's troubleshooting is one that the plugin has") {
  std::string sources;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(tree / "plugin"))
    if (entry.is_regular_file()) sources += slurp(entry.path());
  std::string text = guide();
  text = text.substr(text.find("## When something does not work"));
  text.resize(text.find("## Coming from"));
  const std::regex code("`([a-z]+(_[a-z]+)+)`");
  int codes = 0;
  for (std::sregex_iterator it(text.begin(), text.end(), code), end; it != end; ++it, ++codes)
    CHECK_MESSAGE(has(sources, '"' + (*it)[1].str() + '"'), (*it)[1].str());
  CHECK(codes > 10);
}
