// Runs, lanes and items of the engine as JSON: what --json prints and what the server answers.
#pragma once

#include "capture/capture.hpp"
#include "config/pairs.hpp"
#include "engine/report.hpp"
#include "json/json.hpp"
#include "state/runs.hpp"

namespace crosswatch::host {

json::Value totals_json(const engine::Totals& t);
json::Value item_json(const engine::Item& item);
json::Value lane_json(const engine::LaneReport& lane);
json::Value run_json(const engine::RunReport& run);
json::Value run_row_json(const RunRow& row);
json::Value capture_json(const CaptureHead& head);
json::Value parked_json(const ParkedItem& item);
// [{"pair","digest","items"}], of the pairs that hold something.
json::Value held_json(const StateStore& state, const std::vector<PairConfig>& pairs);

}  // namespace crosswatch::host
