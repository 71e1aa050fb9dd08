// Who is who: PINs, tokens, Home switch, and that one person's facts never show up as another's.
#include <doctest/doctest.h>

#include "client.hpp"
#include "plexsim/plexsim.hpp"

using check::Call;
using check::Client;
using check::container;
using check::parse;
using plexsim::Feature;

namespace {

Call as(const std::string& token, const std::string& method = "GET") {
  Call call;
  call.method = method;
  call.token = token;
  return call;
}

}  // namespace

TEST_CASE("a PIN gives a token only after approval, only to the client that made it, and not after its end") {
  plexsim::Simulator sim;
  Client client(sim.ca_file());
  const std::string pins = sim.urls().plex_tv + "/api/v2/pins";
  const auto made = client.send(pins, as("", "POST"));
  REQUIRE(made.status == 201);
  const auto pin = parse(made.body);
  const std::string code = pin["code"].GetString();
  CHECK(code.size() == 4);
  CHECK(pin["expiresIn"].GetInt() == 900);
  CHECK(pin["authToken"].IsNull());
  const std::string url = pins + "/" + std::to_string(pin["id"].GetInt64());
  CHECK(parse(client.send(url).body)["authToken"].IsNull());
  Call other;
  other.client_id = "somebody else";
  CHECK(client.send(url, other).status == 404);
  CHECK(sim.open_pins() == std::vector<std::string>{code});
  CHECK_FALSE(sim.approve_pin("NONE", "owner"));
  CHECK(sim.approve_pin(code, "friend"));
  const std::string token = parse(client.send(url).body)["authToken"].GetString();
  CHECK(token != sim.account_token("friend"));
  CHECK(parse(client.send(sim.urls().plex_tv + "/api/v2/user", as(token)).body)["id"].GetInt64() ==
        sim.plex_id("friend"));
  CHECK(sim.expire_pin(code));
  CHECK(client.send(url).status == 404);
  Call nameless;
  nameless.client_id = "";
  const auto refused = client.send(pins, nameless);
  CHECK(refused.status == 400);
  CHECK(parse(refused.body)["errors"][0]["code"].GetInt() == 1000);
}

TEST_CASE("a strong PIN is long, and auto-approval counts polls") {
  plexsim::Simulator sim;
  Client client(sim.ca_file());
  sim.auto_approve_as("home", 2);
  const auto pin = parse(client.send(sim.urls().clients + "/api/v2/pins?strong=true", as("", "POST")).body);
  CHECK(std::string(pin["code"].GetString()).size() == 25);
  const std::string url = sim.urls().clients + "/api/v2/pins/" + std::to_string(pin["id"].GetInt64());
  CHECK(parse(client.send(url).body)["authToken"].IsNull());
  CHECK(parse(client.send(url).body)["authToken"].IsNull());
  CHECK(parse(client.send(url).body)["authToken"].IsString());
}

TEST_CASE("signing out kills that token and no other") {
  plexsim::Simulator sim;
  Client client(sim.ca_file());
  const std::string second = sim.issue_account_token("owner");
  CHECK(client.send(sim.urls().plex_tv + "/api/v2/users/signout", as(second, "DELETE")).status == 204);
  CHECK(client.send(sim.urls().plex_tv + "/api/v2/user", as(second)).status == 401);
  CHECK(client.send(sim.urls().plex_tv + "/api/v2/user", as(sim.account_token("owner"))).status == 200);
  CHECK(client.send(sim.server_url() + "/library/sections", as(sim.server_token("owner"))).status == 200);
}

TEST_CASE("tokens work only where they should") {
  plexsim::Options options;
  options.servers.resize(2);
  options.servers[1].owner = "friend";
  options.servers[1].shared_with = {"owner"};
  plexsim::Simulator sim(options);
  Client client(sim.ca_file());
  auto sections = [&](int server, const std::string& token) {
    return client.send(sim.server_url(server) + "/library/sections", as(token)).status;
  };
  CHECK(sections(0, sim.server_token("home", 0)) == 200);
  CHECK(sections(1, sim.server_token("home", 0)) == 401);
  CHECK(sections(1, sim.server_token("home", 1)) == 401);  // not shared with that person
  CHECK(sections(1, sim.server_token("owner", 1)) == 200);
  CHECK(sections(0, sim.account_token("owner")) == 200);
  CHECK(sections(0, sim.account_token("friend")) == 401);
  CHECK(sections(0, "") == 401);
  CHECK(client.send(sim.server_url() + "/identity").status == 200);
  CHECK(client.send(sim.urls().discover + "/library/sections/watchlist/all", as(sim.server_token("owner"))).status ==
        401);
  CHECK(client.send(sim.urls().plex_tv + "/api/v2/user", as(sim.server_token("owner"))).status == 401);
  const auto mine =
      parse(client.send(sim.urls().clients + "/api/v2/resources?includeHttps=1", as(sim.account_token("owner"))).body);
  int servers = 0;
  for (const auto& row : mine.GetArray()) {
    if (std::string(row["provides"].GetString()) != "server") continue;
    ++servers;
    if (row["clientIdentifier"].GetString() == sim.server_id(1)) {
      CHECK_FALSE(row["owned"].GetBool());
      CHECK(row["ownerId"].GetInt64() == sim.plex_id("friend"));
      CHECK(row["accessToken"].GetString() == sim.server_token("owner", 1));
    }
  }
  CHECK(servers == 2);
}

TEST_CASE("a Home switch needs the PIN of a protected user and is refused to restricted users and friends") {
  plexsim::Simulator sim;
  Client client(sim.ca_file());
  const std::string base = sim.urls().clients + "/api/v2/home/users/";
  const std::string url = base + std::to_string(sim.plex_id("pin")) + "/switch";
  const auto refused = client.send(url, as(sim.account_token("owner"), "POST"));
  CHECK(refused.status == 403);
  CHECK(parse(refused.body)["errors"][0]["code"].GetInt() == 1041);
  CHECK(client.send(url + "?pin=0000", as(sim.account_token("owner"), "POST")).status == 403);
  const auto entered = client.send(url + "?pin=1234", as(sim.account_token("owner"), "POST"));
  REQUIRE(entered.status == 201);
  const auto user = parse(entered.body);
  CHECK(user["id"].GetInt64() == sim.plex_id("pin"));
  CHECK(user["restricted"].GetBool());
  const std::string token = user["authToken"].GetString();
  const auto list = parse(client.send(sim.urls().clients + "/api/v2/resources", as(token)).body);
  CHECK(list[0]["accessToken"].GetString() == sim.server_token("pin"));
  CHECK(client.send(base + std::to_string(sim.plex_id("home")) + "/switch", as(token, "POST")).status == 403);
  CHECK(client.send(base + std::to_string(sim.plex_id("home")) + "/switch", as(sim.account_token("friend"), "POST"))
            .status == 403);
  CHECK(client.send(base + std::to_string(sim.plex_id("friend")) + "/switch", as(sim.account_token("owner"), "POST"))
            .status == 404);
  const auto old =
      client.send(sim.urls().plex_tv + "/api/home/users/" + std::to_string(sim.plex_id("managed")) + "/switch",
                  as(sim.account_token("owner"), "POST"));
  CHECK(old.status == 201);
  CHECK(old.body.find("authenticationToken=\"canary-home-managed-") != std::string::npos);
}

TEST_CASE("what one person does shows for that person alone") {
  plexsim::Options options;
  options.servers.resize(1);
  options.servers[0].catalog.people_state = false;
  plexsim::Simulator sim(options);
  Client client(sim.ca_file());
  const std::string key = sim.keys("1", "movie").at(4);
  const std::string url = sim.server_url() + "/:/";
  const std::string item = "?identifier=com.plexapp.plugins.library&key=" + key;
  CHECK(client.send(url + "scrobble" + item, as(sim.server_token("managed"), "PUT")).status == 200);
  CHECK(client.send(url + "rate" + item + "&rating=7.5", as(sim.server_token("home"), "PUT")).status == 200);
  CHECK(client
            .send(url + "timeline?ratingKey=" + key + "&state=stopped&time=60000&duration=6000000",
                  as(sim.server_token("friend"), "POST"))
            .status == 200);
  sim.play("owner", key, 1'700'000'000);
  for (const std::string user : {"owner", "managed", "pin", "home", "friend"}) {
    CAPTURE(user);
    const auto json =
        parse(client.send(sim.server_url() + "/library/metadata/" + key, as(sim.server_token(user))).body);
    const auto& row = container(json)["Metadata"][0];
    CHECK(row.HasMember("viewCount") == (user == "managed" || user == "owner"));
    CHECK(row.HasMember("userRating") == (user == "home"));
    CHECK(row.HasMember("viewOffset") == (user == "friend"));
    CHECK(sim.facts(user, Feature::history).size() == (user == "managed" || user == "owner" ? 1 : 0));
    const auto history =
        parse(client.send(sim.server_url() + "/status/sessions/history/all", as(sim.server_token(user))).body);
    CHECK(container(history)["size"].GetInt() == (user == "owner" ? 1 : 0));
  }
  sim.play("home", key);
  const auto all =
      parse(client.send(sim.server_url() + "/status/sessions/history/all", as(sim.server_token("owner"))).body);
  CHECK(container(all)["size"].GetInt() == 2);
  const auto one = parse(
      client.send(sim.server_url() + "/status/sessions/history/all?accountID=1", as(sim.server_token("owner"))).body);
  CHECK(container(one)["size"].GetInt() == 1);
  CHECK(client.send(sim.server_url() + "/accounts", as(sim.server_token("home"))).status == 403);
  CHECK(client.send(sim.server_url() + "/status/sessions", as(sim.server_token("home"))).status == 403);
}

TEST_CASE("people see only the libraries that are shared with them") {
  plexsim::Options options;
  options.servers.resize(1);
  options.servers[0].libraries["managed"] = {"2"};
  plexsim::Simulator sim(options);
  Client client(sim.ca_file());
  const auto seen = parse(client.send(sim.server_url() + "/library/sections", as(sim.server_token("managed"))).body);
  REQUIRE(container(seen)["size"].GetInt() == 1);
  CHECK(std::string(container(seen)["Directory"][0]["key"].GetString()) == "2");
  CHECK(client.send(sim.server_url() + "/library/sections/1/all", as(sim.server_token("managed"))).status == 404);
  const std::string film = sim.keys("1", "movie").front();
  CHECK(client.send(sim.server_url() + "/library/metadata/" + film, as(sim.server_token("managed"))).status == 404);
  CHECK(client
            .send(sim.server_url() + "/:/scrobble?identifier=com.plexapp.plugins.library&key=" + film,
                  as(sim.server_token("managed"), "PUT"))
            .status == 404);
}

TEST_CASE("two people may share a name, never a handle") {
  plexsim::Options options;
  options.people = {{"owner", plexsim::PersonKind::owner, 0, "Olivia", "", ""},
                    {"sam1", plexsim::PersonKind::friend_, 0, "Sam", "", ""},
                    {"sam2", plexsim::PersonKind::friend_, 0, "Sam", "", ""}};
  plexsim::Simulator sim(options);
  CHECK(sim.plex_id("sam1") != sim.plex_id("sam2"));
  CHECK(sim.server_token("sam1") != sim.server_token("sam2"));
  options.people.push_back({"sam2", plexsim::PersonKind::friend_, 0, "Sam", "", ""});
  CHECK_THROWS_AS(plexsim::Simulator{options}, std::invalid_argument);
}

TEST_CASE("the watchlist belongs to an account and pages by at most 100") {
  plexsim::Options options;
  options.watchlist = 150;
  plexsim::Simulator sim(options);
  Client client(sim.ca_file());
  const std::string list = sim.urls().discover + "/library/sections/watchlist/all";
  const std::string token = sim.account_token("owner");
  const auto first =
      parse(client.send(list + "?includeGuids=1&X-Plex-Container-Start=0&X-Plex-Container-Size=100", as(token)).body);
  const auto total = container(first)["totalSize"].GetUint64();
  CHECK(total == sim.facts("owner", Feature::watchlist).size());
  CHECK(container(first)["size"].GetInt() == 100);
  CHECK(container(first)["Metadata"][0]["Guid"].Size() == 3);
  CHECK(client.send(list + "?X-Plex-Container-Start=0&X-Plex-Container-Size=500", as(token)).status == 400);
  CHECK(container(parse(client.send(list, as(token)).body))["size"].GetInt() == 20);
  const auto past = parse(client.send(list + "?X-Plex-Container-Start=400&X-Plex-Container-Size=100", as(token)).body);
  CHECK(container(past)["size"].GetInt() == 0);
  CHECK_FALSE(container(past).HasMember("Metadata"));
  CHECK(container(past)["totalSize"].GetUint64() == total);
  const auto moved = client.send(sim.urls().metadata + "/library/sections/watchlist/all", as(token));
  CHECK(moved.status == 404);
  CHECK(parse(moved.body)["Error"]["message"] == "Section 'watchlist' not found!");

  const auto found =
      parse(client.send(sim.urls().discover + "/library/metadata/matches?type=1&guid=tmdb://603", as(token)).body);
  const std::string key = container(found)["Metadata"][0]["ratingKey"].GetString();
  const std::string add = sim.urls().discover + "/actions/addToWatchlist?ratingKey=" + key;
  sim.watchlist_remove("owner", key);
  CHECK(client.send(add, as(token, "PUT")).status == 200);
  CHECK(client.send(add, as(token, "PUT")).status == 409);
  const auto state =
      parse(client.send(sim.urls().discover + "/library/metadata/" + key + "/userState", as(token)).body);
  CHECK(container(state)["UserState"].HasMember("watchlistedAt"));
  const auto foreign = parse(
      client.send(sim.urls().discover + "/library/metadata/" + key + "/userState", as(sim.account_token("friend")))
          .body);
  CHECK_FALSE(container(foreign)["UserState"].HasMember("watchlistedAt"));
  CHECK(client.send(sim.urls().discover + "/actions/removeFromWatchlist?ratingKey=" + key, as(token, "PUT")).status ==
        200);
}
