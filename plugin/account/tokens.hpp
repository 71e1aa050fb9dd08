// The tokens of Plex as types that do not convert into each other: which one a request carries decides whose
// data it touches, so a mix-up has to be a compile error.
#pragma once

#include <string>
#include <utility>

namespace crosswatch::plex {

template <class Tag>
class BasicToken {
public:
  BasicToken() = default;
  explicit BasicToken(std::string text) : text_(std::move(text)) {}
  const std::string& text() const noexcept { return text_; }  // for Request::token only
  bool empty() const noexcept { return text_.empty(); }
  friend bool operator==(const BasicToken&, const BasicToken&) = default;

private:
  std::string text_{};
};

using AccountToken = BasicToken<struct AccountTag>;  // of the linked account: plex.tv and clients.plex.tv only
using CloudToken = BasicToken<struct CloudTag>;      // of the wanted user: Discover
using ServerToken = BasicToken<struct ServerTag>;    // of the wanted user on one media server: that server only

}  // namespace crosswatch::plex
