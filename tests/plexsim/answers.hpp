// Answers that several hosts share: error shapes of each host, and canned rubbish.
#pragma once

#include <string>
#include <string_view>

#include "http.hpp"
#include "writer.hpp"

namespace plexsim {

// The error in the shape that the request's host gives it: HTML (media server), errors[] (plex.tv), Error (Discover).
void error_answer(const Request& request, Response& response, int status, int code, std::string_view message);
void canned_answer(const Request& request, const FaultRule& fault, Response& response);
void set_type(Response& response, bool json);
void empty_answer(Response& response, int status = 200);

}  // namespace plexsim
