#include "plugin/advice.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace crosswatch::host;

namespace {

std::string for_friend(const std::string& text) {
  return advice_for({"acme", "friend"}, text, [](std::string_view key) -> std::string {
    if (key == "address" || key == "history.libraries") return "acme.instances.friend." + std::string(key);
    if (key == "ca_file") return "acme.ca_file";  // stands in the base profile
    return {};
  });
}

}  // namespace

TEST_CASE("every command on an account that a provider names is named with the profile") {
  for (const char* verb : {"connect", "disconnect", "status", "users", "servers", "libraries", "select", "snapshot"}) {
    const std::string command = "crosswatch " + std::string(verb) + " acme";
    CHECK(for_friend(command) == command + " --profile friend");
    CHECK(for_friend("Do: " + command + ". Then go on.") == "Do: " + command + " --profile friend. Then go on.");
  }
  CHECK(
      for_friend("See crosswatch users acme, then crosswatch select acme --user ID --pin-stdin") ==
      "See crosswatch users acme --profile friend, then crosswatch select acme --profile friend --user ID --pin-stdin");
  CHECK(for_friend("crosswatch connect acme, or crosswatch connect acme") ==
        "crosswatch connect acme --profile friend, or crosswatch connect acme --profile friend");
}

TEST_CASE("commands that take no profile, or name one already, are left as they are") {
  for (const char* text :
       {"crosswatch profile add acme NAME, then crosswatch connect acme --profile NAME", "crosswatch connect acmeone",
        "crosswatch connect other", "crosswatch plugins info acme", "", "acme", "acme.", "crosswatch connect "})
    CHECK(for_friend(text) == text);
}

TEST_CASE("a setting is named by the place where it counts for the profile") {
  CHECK(for_friend("acme.address is no address.") == "acme.instances.friend.address is no address.");
  CHECK(for_friend("Remove acme.address.") == "Remove acme.instances.friend.address.");
  CHECK(for_friend("crosswatch config set acme.history.libraries 1") ==
        "crosswatch config set acme.instances.friend.history.libraries 1");
  CHECK(for_friend("acme.address, acme.address") == "acme.instances.friend.address, acme.instances.friend.address");
  CHECK(for_friend("It needs acme.ca_file.") == "It needs acme.ca_file.");
  for (const char* text : {"acme.tv is down.", "https://acme.address/", "my-acme.address", "www.acme.address"})
    CHECK(for_friend(text) == text);
}
