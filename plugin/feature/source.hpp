// One host of Plex together with the one token that may go to it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "account/scope.hpp"
#include "http/http.hpp"

namespace crosswatch::plex::feature {

using Query = std::vector<std::pair<std::string, std::string>>;

// A part of a list: what the paging headers ask for.
struct Window {
  std::uint64_t start = 0;
  std::uint64_t size = 0;
};

class Source {
public:
  // `id`: the machine id, or what stands in its place; the first part of every ref.
  Source(http::Transport& transport, std::string base_url, std::string token, std::string id, std::string name);
  static Source server(http::Transport& transport, const ServerAccess& access);
  static Source cloud(http::Transport& transport, const CloudToken& token, std::string base_url);

  // Asks and takes any answer, as Transport::send does. [any]
  http::Response ask(const Call& call, const std::string& path, const Query& query, std::string& body,
                     const Window* window = nullptr) const;
  // Sends a change and takes any answer. `repeatable`: a second sending changes nothing more. [any]
  http::Response send(const Call& call, const std::string& method, const std::string& path, const Query& query,
                      bool repeatable, std::string& body) const;
  // As ask, and anything but success is an Error.
  http::Response get(const Call& call, const std::string& path, const Query& query, std::string& body,
                     std::string_view what, const Window* window = nullptr) const;
  // Throws the Error that an answer without success means. `what` begins the sentence: "The list of libraries".
  void expect_success(const http::Response& response, const std::string& body, std::string_view what) const;

  const std::string& id() const noexcept { return id_; }
  const std::string& name() const noexcept { return name_; }  // "the server \"Attic\""

private:
  http::Transport* transport_;
  std::string base_url_;
  std::string token_;
  std::string id_;
  std::string name_;
};

}  // namespace crosswatch::plex::feature
