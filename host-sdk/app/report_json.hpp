// Runs and items of the engine as text; as JSON they are what service/report_json.hpp makes of them.
#pragma once

#include <string>

#include "service/report_json.hpp"

namespace crosswatch::app {

using host::item_json;
using host::lane_json;
using host::run_json;
using host::totals_json;

std::string totals_text(const host::engine::Totals& t);
// How it ended where nothing was done, unless that is as it should be; else what was done.
std::string outcome_text(host::engine::Status status, const host::engine::Totals& t);
// Of a lane that was not compared, because nothing had changed.
std::string unchanged_text(const host::engine::LaneReport& lane);
// "3 removed (2 of them held)"
std::string planned_text(host::engine::Status status, const host::engine::Totals& planned, std::uint64_t held);
// "tracker@two  + Dune (2021)  watched 2024-03-01 20:15", with the profile that is written, where it is given.
std::string item_text(const host::engine::Item& item, const std::string& profile = {});

}  // namespace crosswatch::app
