// Live events and deliveries as JSON: what `watch --json` prints and the server answers.
#pragma once

#include <string_view>

#include "config/pairs.hpp"
#include "json/json.hpp"
#include "state/route_queue.hpp"

namespace crosswatch::host {

std::string_view name_of(Link state) noexcept;           // live, polling, lost
std::string_view name_of(DeliveryState state) noexcept;  // waiting, done, nothing_to_do, parked

// Adds type, ids, titles, season and episode.
void put_item(json::Value& to, const Fact& item);
json::Value event_json(const ProfileRef& from, const Event& event);
json::Value delivery_json(const Delivery& delivery);
json::Value parked_json(const Delivery& delivery);  // as a row of a list, with its number

}  // namespace crosswatch::host
