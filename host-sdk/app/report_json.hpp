// Runs, lanes and items of the engine as JSON and as text.
#pragma once

#include <string>

#include "engine/report.hpp"
#include "json/json.hpp"

namespace crosswatch::app {

host::json::Value totals_json(const host::engine::Totals& t);
host::json::Value item_json(const host::engine::Item& item);
host::json::Value lane_json(const host::engine::LaneReport& lane);
host::json::Value run_json(const host::engine::RunReport& run);

std::string totals_text(const host::engine::Totals& t);
// "+ Dune (2021)  watched 2024-03-01 20:15"
std::string item_text(const host::engine::Item& item);

}  // namespace crosswatch::app
