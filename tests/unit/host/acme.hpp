// The manifest that the tests of the configuration work with.
#pragma once

#include "json/json.hpp"
#include "manifest/manifest.hpp"

namespace crosswatch::test {

using namespace crosswatch::host;

inline Manifest acme() {
  return parse_manifest(R"({"id":"acme","label":"Acme","version":"1","abi":1,"library":"a.so","config":[
    {"key":"account_token","type":"string","secret":true,"aliases":["token"]},
    {"key":"server_id","type":"string","per_profile":true,"aliases":["machine_id"]},
    {"key":"pin","type":"string","secret":true},
    {"key":"timeout","type":"number","default":10,"min":0.5,"max":600},
    {"key":"workers","type":"integer","default":12,"min":1,"max":64},
    {"key":"strict","type":"boolean","default":false},
    {"key":"mode","type":"string","choices":["Fast","slow"],"default":"Fast"},
    {"key":"history.libraries","type":"list","inherits":"server_id"},
    {"key":"history.order","type":"list","choices":["tmdb","imdb"],"default":["tmdb","imdb"]},
    {"key":"endpoints.api","type":"string","default":"https://api.example"}]})",
                        "/plugins/acme/manifest.json");
}

inline json::Value config_of(const char* text) {
  return json::parse(text);
}

}  // namespace crosswatch::test
