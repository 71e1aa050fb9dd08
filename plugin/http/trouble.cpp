#include "http/trouble.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "http/url.hpp"

namespace crosswatch::plex::http {

namespace {

struct Text {
  const char* code;
  const char* before;  // what stands before the host
  const char* after;
  const char* remedy;
};

constexpr std::array<Text, 8> texts{{
    {"name_unknown", "The name of ", " could not be resolved",
     "Check the address, and the DNS server of this machine."},
    {"connect_failed", "Could not connect to ", "",
     "Check that the server is running, and that this machine can reach that address and port."},
    {"certificate", "The certificate of ", " cannot be trusted",
     "For a server with its own certificate, name the certificate of its authority in plex.ca_file."},
    {"tls_failed", "No encrypted connection to ", " could be made",
     "Check that this is the https port of the server, and that no proxy stands between."},
    {"no_answer", "", " did not answer in time", "Try again later, or allow more time with plex.timeout."},
    {"connection_lost", "", " closed the connection without an answer", "Try again later."},
    {"cut_off", "The answer of ", " was cut off", "Try again later; a proxy in between may limit the size of answers."},
    {"garbled_answer", "", " answered with something that is no web answer",
     "Check that the address and port belong to a Plex server."},
}};

}  // namespace

Error trouble(Trouble kind, const std::string& where, const std::string& detail) {
  const Text& text = texts[static_cast<std::size_t>(kind)];
  return Error(CW_UNREACHABLE, text.code,
               text.before + where + text.after + (detail.empty() ? std::string(".") : ": " + detail + "."),
               text.remedy);
}

namespace {

// The host of another server that a redirect names, without what may follow; empty: none.
std::string leads_to(const Response& response) {
  if (response.status / 100 != 3) return {};
  const std::string_view location = response.header("location");
  const std::size_t host = location.find("://");
  const auto url = parse_url(location.substr(0, host == location.npos ? 0 : location.find_first_of("/?#", host + 3)));
  return url ? url->host : std::string();
}

}  // namespace

std::string answered(const Response& response) {
  const std::string to = leads_to(response);
  return "answered " + std::to_string(response.status) + (to.empty() ? "" : ", which leads to " + to);
}

std::string remedy_for(const Response& response) {
  if (response.status / 100 != 3) return "Try again later.";
  return "Plex does not answer so. Look for something on the way that wants a sign-in of its own, such as a proxy, and "
         "let CrossWatch pass there.";
}

bool nothing_was_sent(const Error& error) noexcept {
  return std::any_of(texts.begin(), texts.begin() + 4, [&](const Text& t) { return error.code == t.code; });
}

}  // namespace crosswatch::plex::http
