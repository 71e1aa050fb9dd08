// Our answers against recorded ones: the names a client relies on, with the same JSON types. And recordings as
// libraries.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "client.hpp"
#include "plexsim/plexsim.hpp"

using check::Call;
using check::Client;
using check::container;
using check::parse;

namespace {

std::string recorded(const std::string& name) {
  std::ifstream in(check::recordings() + "/" + name, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

bool skipped() {
  if (!check::recordings().empty()) return false;
  MESSAGE("skipped: no recordings in " PLEXSIM_RECORDINGS);
  return true;
}

char type_of(const rapidjson::Value& v) {
  return v.IsString() ? 's' : v.IsNumber() ? 'n' : v.IsBool() ? 'b' : v.IsObject() ? 'o' : v.IsArray() ? 'a' : '0';
}

// Every name that both have has the same type; `needed` names are in ours.
void same_shape(const rapidjson::Value& ours, const rapidjson::Value& theirs, const std::vector<std::string>& needed) {
  for (const auto& member : theirs.GetObject()) {
    const std::string name = member.name.GetString();
    if (!ours.HasMember(name.c_str())) continue;
    const char a = type_of(ours[name.c_str()]);
    const char b = type_of(member.value);
    CAPTURE(name);
    CHECK((a == b || a == '0' || b == '0'));
  }
  for (const auto& name : needed) {
    CAPTURE(name);
    CHECK(ours.HasMember(name.c_str()));
    CHECK(theirs.HasMember(name.c_str()));
  }
}

struct Fixture {
  Fixture() : client(sim.ca_file()) {}
  check::Json get(const std::string& url, const std::string& token, const std::string& method = "GET") {
    Call call;
    call.token = token;
    call.method = method;
    return parse(client.send(url, call).body);
  }
  check::Json media(const std::string& path) { return get(sim.server_url() + path, sim.server_token("owner")); }
  plexsim::Simulator sim{};
  Client client;
};

}  // namespace

TEST_CASE("plex.tv answers have the recorded shapes") {
  if (skipped()) return;
  Fixture f;
  const auto urls = f.sim.urls();
  const std::string token = f.sim.account_token("owner");
  same_shape(f.get(urls.plex_tv + "/api/v2/pins", "", "POST"), parse(recorded("lcharlick-PlexKit/pin.json")),
             {"id", "code", "product", "trusted", "clientIdentifier", "location", "expiresIn", "createdAt", "expiresAt",
              "authToken"});
  same_shape(
      f.get(urls.clients + "/api/v2/home/users/" + std::to_string(f.sim.plex_id("managed")) + "/switch", token, "POST"),
      parse(recorded("lcharlick-PlexKit/switch_user.json")),
      {"id", "uuid", "title", "username", "authToken", "restricted", "home", "guest"});
  const auto ours = f.get(urls.clients + "/api/v2/home/users", token);
  const auto theirs = parse(recorded("lcharlick-PlexKit/home_users.json"));
  same_shape(ours, theirs, {"id", "name", "users"});
  same_shape(ours["users"][0], theirs["users"][0], {"id", "uuid", "title", "username", "admin", "guest", "protected"});
  const auto resources = f.get(urls.clients + "/api/v2/resources?includeHttps=1", token);
  const auto known = parse(recorded("LukeHagar-plex-api-spec/get-server-resources.1.json"));
  same_shape(resources[0], known[0],
             {"name", "clientIdentifier", "provides", "ownerId", "sourceTitle", "accessToken", "owned", "home", "relay",
              "presence", "httpsRequired", "publicAddressMatches", "connections"});
  same_shape(resources[0]["connections"][0], known[0]["connections"][0],
             {"protocol", "address", "port", "uri", "local", "relay", "IPv6"});
}

TEST_CASE("media server answers have the recorded shapes") {
  if (skipped()) return;
  Fixture f;
  same_shape(container(f.media("/identity")), container(parse(recorded("lcharlick-PlexKit/identity.json"))),
             {"size", "machineIdentifier", "version"});
  const auto sections = f.media("/library/sections");
  const auto known = parse(recorded("lcharlick-PlexKit/libraries.json"));
  same_shape(container(sections)["Directory"][0], container(known)["Directory"][0],
             {"key", "type", "title", "agent", "scanner", "language", "uuid", "updatedAt", "createdAt", "scannedAt"});
  const auto films =
      f.media("/library/sections/1/all?type=1&includeGuids=1&X-Plex-Container-Start=3&X-Plex-Container-Size=1");
  const auto film = parse(recorded("LukeHagar-plex-api-spec/get-library-items.1.json"));
  same_shape(container(films), container(film),
             {"size", "totalSize", "offset", "allowSync", "identifier", "librarySectionID", "librarySectionTitle",
              "librarySectionUUID", "viewGroup"});
  same_shape(container(films)["Metadata"][0], container(film)["Metadata"][0],
             {"ratingKey", "key", "guid", "type", "title", "summary", "rating", "thumb", "art", "duration", "addedAt",
              "updatedAt", "Media", "Image", "UltraBlurColors", "Genre", "Director", "Role"});
  const auto episodes =
      f.media("/library/sections/2/all?type=4&includeGuids=1&X-Plex-Container-Start=0&X-Plex-Container-Size=1");
  const auto episode = parse(recorded("LukeHagar-plex-api-spec/get-library-items.3.json"));
  same_shape(container(episodes)["Metadata"][0], container(episode)["Metadata"][0],
             {"ratingKey", "key", "parentRatingKey", "grandparentRatingKey", "guid", "parentGuid", "grandparentGuid",
              "type", "title", "grandparentKey", "parentKey", "grandparentTitle", "parentTitle", "index", "parentIndex",
              "duration", "Guid"});
  const auto shows = f.media("/library/sections/2/all?type=2&X-Plex-Container-Start=0&X-Plex-Container-Size=1");
  const auto show = parse(recorded("LukeHagar-plex-api-spec/get-library-items.4.json"));
  same_shape(container(shows)["Metadata"][0], container(show)["Metadata"][0],
             {"leafCount", "viewedLeafCount", "childCount", "index"});
  const auto history =
      f.media("/status/sessions/history/all?sort=viewedAt:asc&X-Plex-Container-Start=0&X-Plex-Container-Size=1");
  const auto row = parse(recorded("plexinc-pms-openapi-examples/get_status_sessions_history_all_200_aHistory.json"));
  same_shape(container(history)["Metadata"][0], container(row)["Metadata"][0],
             {"historyKey", "key", "ratingKey", "title", "type", "viewedAt", "accountID"});
}

TEST_CASE("Discover answers have the recorded shapes") {
  if (skipped()) return;
  Fixture f;
  const std::string token = f.sim.account_token("owner");
  const auto list = f.get(f.sim.urls().discover + "/library/sections/watchlist/all?includeGuids=1", token);
  const auto known = parse(recorded("nylonee-watchlistarr/self-watchlist-from-token.json"));
  same_shape(container(list), container(known),
             {"librarySectionID", "librarySectionTitle", "offset", "totalSize", "identifier", "size", "Metadata"});
  for (const auto& ours : container(list)["Metadata"].GetArray()) {
    for (const auto& theirs : container(known)["Metadata"].GetArray()) {
      if (ours["type"] == theirs["type"])
        same_shape(ours, theirs, {"ratingKey", "guid", "key", "type", "title", "year", "addedAt"});
    }
  }
  const std::string key = container(list)["Metadata"][0]["ratingKey"].GetString();
  const auto one = f.get(f.sim.urls().discover + "/library/metadata/" + key + "?includeGuids=1", token);
  const auto single = parse(recorded("nylonee-watchlistarr/single-item-plex-metadata.json"));
  same_shape(container(one)["Metadata"][0], container(single)["Metadata"][0],
             {"ratingKey", "guid", "type", "title", "Guid"});
  const auto guid = container(one)["Metadata"][0]["Guid"][0].GetObject();
  CHECK(guid.HasMember("id"));
}

TEST_CASE("every recorded file becomes a library with all its rows, or is skipped with a reason") {
  if (skipped()) return;
  plexsim::Options options;
  options.servers.resize(1);
  options.servers[0].recordings = check::recordings();
  plexsim::Simulator sim(options);
  Client client(sim.ca_file());
  const auto files = sim.recorded_files();
  CHECK(files.size() > 200);
  int rows = 0;
  std::set<std::string> refs;
  for (const auto& file : files) {
    CAPTURE(file.file);
    CHECK(file.library.empty() != file.why.empty());
    if (file.library.empty()) continue;
    Call call;
    call.token = sim.server_token("owner");
    const std::string url = sim.server_url() + "/library/sections/" + file.library +
                            "/all?X-Plex-Container-Start=0&X-Plex-Container-Size=1000";
    const auto json = parse(client.send(url, call).body);
    CHECK(container(json)["totalSize"].GetInt() == file.rows);
    CHECK(container(json)["Metadata"].Size() == static_cast<unsigned>(file.rows));
    for (const auto& row : container(json)["Metadata"].GetArray()) {
      if (row.HasMember("ratingKey")) CHECK(refs.insert(row["ratingKey"].GetString()).second);
    }
    call.accept = "";
    CHECK(client.send(url, call).body.starts_with("<?xml"));
    rows += file.rows;
  }
  CHECK(rows > 350);
}

TEST_CASE("a recorded film is served as it was recorded, until somebody changes it") {
  if (skipped()) return;
  plexsim::Options options;
  options.servers.resize(1);
  options.servers[0].recordings = check::recordings() + "/LukeHagar-plex-api-spec";
  plexsim::Simulator sim(options);
  Client client(sim.ca_file());
  Call call;
  call.token = sim.server_token("owner");
  const auto known = parse(recorded("LukeHagar-plex-api-spec/get-library-all.1.json"));
  const std::string url = sim.server_url() + "/library/sections/1/all?type=1";
  const auto served = parse(client.send(url, call).body);
  REQUIRE(container(served)["Metadata"].Size() == container(known)["Metadata"].Size());
  for (rapidjson::SizeType i = 0; i < container(known)["Metadata"].Size(); ++i) {
    CHECK(container(served)["Metadata"][i] == container(known)["Metadata"][i]);
  }
  const std::string key = container(served)["Metadata"][0]["ratingKey"].GetString();
  sim.rate("owner", key, 6.5);
  const auto changed = parse(client.send(url, call).body);
  CHECK(container(changed)["Metadata"][0]["userRating"].GetDouble() == 6.5);
  call.token = sim.server_token("home");
  CHECK_FALSE(container(parse(client.send(url, call).body))["Metadata"][0].HasMember("userRating"));
}
