#include "http/url.hpp"

#include <doctest/doctest.h>

using namespace crosswatch::plex::http;

TEST_CASE("addresses are read with their default ports, and whatever is no address is refused") {
  const auto text = [](std::string_view in, std::uint16_t http_port = 80) {
    const auto url = parse_url(in, http_port);
    return url ? url->text() : std::string("refused");
  };
  CHECK(text("https://plex.tv") == "https://plex.tv:443");
  CHECK(text("HTTPS://Plex.TV/") == "https://plex.tv:443");
  CHECK(text("http://192.168.1.5", 32400) == "http://192.168.1.5:32400");
  CHECK(text("http://nas:8080") == "http://nas:8080");
  CHECK(text("https://[2001:db8::1]:32400") == "https://[2001:db8::1]:32400");
  for (const char* bad :
       {"", "nas:32400", "ftp://nas", "https://", "https://nas:0", "https://nas:70000", "https://nas:1x",
        "https://user@nas", "https://nas/plex", "https://[nas]", "https://na s", "https://nas\r\nX: 1"})
    CHECK_MESSAGE(text(bad) == "refused", bad);
}

TEST_CASE("a plex.direct name tells its address, and an address its name") {
  CHECK(plex_direct_address("192-168-1-5.0123456789abcdef.plex.direct") == "192.168.1.5");
  CHECK(plex_direct_address("2001-db8-0-0-0-0-0-1.0123.plex.direct") == "2001:db8:0:0:0:0:0:1");
  CHECK(plex_direct_address("2001-db8--1.0123.plex.direct") == "2001:db8::1");
  CHECK_FALSE(plex_direct_address("nas.0123.plex.direct"));
  CHECK_FALSE(plex_direct_address("192-168-1-5.example.org"));
  CHECK(plex_direct_name("192.168.1.5", "0123.plex.direct") == "192-168-1-5.0123.plex.direct");
}

TEST_CASE("local addresses are told from others") {
  for (const char* local : {"localhost", "127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "172.20.0.2", "169.254.1.1",
                            "fe80::1", "fd12::1", "192-168-1-5.0123.plex.direct"})
    CHECK_MESSAGE(is_local(local), local);
  for (const char* remote : {"plex.tv", "8.8.8.8", "2001:db8::1", "8-8-8-8.0123.plex.direct", "nas.example.org"})
    CHECK_MESSAGE(!is_local(remote), remote);
}

TEST_CASE("values are encoded so that they stay one value") {
  CHECK(encode("a b&c=d/é~") == "a%20b%26c%3Dd%2F%C3%A9~");
}
