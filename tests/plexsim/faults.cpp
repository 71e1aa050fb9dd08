#include "plexsim/faults.hpp"

#include <array>
#include <chrono>
#include <utility>

#include "http.hpp"

namespace plexsim {

namespace {

constexpr std::array<std::pair<FaultKind, std::string_view>, 22> kNames{{
    {FaultKind::none, "none"},
    {FaultKind::status, "status"},
    {FaultKind::drip, "drip"},
    {FaultKind::cut, "cut"},
    {FaultKind::reset_before, "reset_before"},
    {FaultKind::reset_after, "reset_after"},
    {FaultKind::garbage, "garbage"},
    {FaultKind::html, "html"},
    {FaultKind::empty, "empty"},
    {FaultKind::truncated, "truncated"},
    {FaultKind::bad_chunk, "bad_chunk"},
    {FaultKind::close_after, "close_after"},
    {FaultKind::hang, "hang"},
    {FaultKind::hang_after, "hang_after"},
    {FaultKind::hold, "hold"},
    {FaultKind::wrong_total, "wrong_total"},
    {FaultKind::repeat_page, "repeat_page"},
    {FaultKind::page_cap, "page_cap"},
    {FaultKind::short_list, "short_list"},
    {FaultKind::ignore_filters, "ignore_filters"},
    {FaultKind::force_xml, "force_xml"},
    {FaultKind::bom, "bom"},
}};

bool matches(const FaultRule& rule, const Request& request) {
  if (rule.host != "any" && rule.host != host_name(request.host)) return false;
  if (rule.server >= 0 && request.server != rule.server) return false;
  if (!rule.method.empty() && rule.method != request.method) return false;
  if (!rule.path.empty() && rule.path != request.path) return false;
  if (!request.path.starts_with(rule.path_prefix)) return false;
  if (!rule.path_contains.empty() && request.path.find(rule.path_contains) == std::string::npos) return false;
  return rule.query_contains.empty() || request.raw_query.find(rule.query_contains) != std::string::npos;
}

}  // namespace

std::optional<FaultKind> fault_kind(std::string_view name) {
  if (name == "redirect") return FaultKind::redirect;
  if (name == "delay") return FaultKind::none;
  for (const auto& [kind, text] : kNames) {
    if (text == name) return kind;
  }
  return std::nullopt;
}

std::string_view fault_name(FaultKind kind) {
  for (const auto& [known, text] : kNames) {
    if (known == kind) return text;
  }
  return "redirect";
}

int Faults::add(FaultRule rule) {
  std::lock_guard lock(mutex_);
  rule.id = next_id_++;
  rule.seen = 0;
  rule.fired = 0;
  rules_.push_back(std::move(rule));
  return rules_.back().id;
}

void Faults::clear() {
  std::lock_guard lock(mutex_);
  rules_.clear();
  one_hangs_ = false;
  ++cleared_;
}

int Faults::cleared() const {
  std::lock_guard lock(mutex_);
  return cleared_;
}

void Faults::hangs() {
  std::lock_guard lock(mutex_);
  one_hangs_ = true;
  hanging_.notify_all();
}

bool Faults::wait_until_one_hangs(int ms) {
  std::unique_lock lock(mutex_);
  return hanging_.wait_for(lock, std::chrono::milliseconds(ms), [&] { return one_hangs_; });
}

std::vector<FaultRule> Faults::list() const {
  std::lock_guard lock(mutex_);
  return rules_;
}

FaultRule Faults::take(const Request& request) {
  std::lock_guard lock(mutex_);
  for (auto& rule : rules_) {
    if (!matches(rule, request)) continue;
    ++rule.seen;
    if (rule.seen < rule.nth || (rule.count > 0 && rule.fired >= rule.count)) continue;
    ++rule.fired;
    return rule;
  }
  FaultRule nothing;
  nothing.kind = FaultKind::none;
  return nothing;
}

}  // namespace plexsim
