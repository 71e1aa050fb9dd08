// A host's services for tests of the real loader and session.
#pragma once

#include <map>
#include <mutex>
#include <plugin/session.hpp>
#include <string>
#include <vector>

struct TestServices : crosswatch::host::Services {
  std::map<std::string, std::string, std::less<>> settings{};
  std::string folder{};
  std::vector<std::string> lines{};
  std::mutex mutex{};

  void log(crosswatch::LogLevel, std::string_view message) override {
    const std::lock_guard lock(mutex);
    lines.emplace_back(message);
  }
  bool config(std::string_view key, const Visit& visit) override {
    const auto at = settings.find(key);
    if (at == settings.end()) return false;
    visit(at->second);
    return true;
  }
  bool secret(std::string_view, const Visit&) override { return false; }
  bool kv_get(std::string_view, const Visit&) override { return false; }
  void kv_set(std::string_view, std::string_view) override {}
  std::string data_dir() override { return folder; }
  std::int64_t now_ms() override { return 1'700'000'000'000; }
};
