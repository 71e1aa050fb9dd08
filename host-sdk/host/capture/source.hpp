// A capture as one side of a lane: it can be read, and nothing else.
#pragma once

#include <memory>

#include "capture/capture.hpp"
#include "plugin/session.hpp"

namespace crosswatch::host {

// Reads the file when the lane does.
std::shared_ptr<Session> open_capture(const Captures& captures, const std::string& id);

}  // namespace crosswatch::host
