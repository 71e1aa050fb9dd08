// What syncs remember between runs: one SQLite file in the state folder.
#pragma once

#include <crosswatch/call.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "config/pairs.hpp"

namespace SQLite {
class Database;
}

namespace crosswatch::host {

// One step of the schema's history; step i leads from version i to version i + 1.
std::span<const char* const> schema_steps() noexcept;

// [owner]. One writer at a time: who writes holds the lock of the state folder (state.lock), which the caller takes.
// Every failure is an Error STORAGE with a remedy; an unreadable file is never taken for an empty one.
class StateStore {
public:
  // Opens <folder>/crosswatch.db, makes both when missing, migrates an older file after keeping a copy beside it.
  // Errors: "state_newer", "state_unreadable", "disk_full".
  explicit StateStore(const std::filesystem::path& folder, std::span<const char* const> steps = schema_steps());
  ~StateStore();
  StateStore(const StateStore&) = delete;
  StateStore& operator=(const StateStore&) = delete;

  const std::filesystem::path& file() const noexcept { return file_; }

  // Runs `body` in one transaction; all or nothing. Exceptions of SQLite become Errors. Not to be nested.
  void write(const std::function<void(SQLite::Database&)>& body);
  void read(const std::function<void(SQLite::Database&)>& body) const;

  // Forgets everything that pair agreed on: its next run adopts what both sides have and removes nothing.
  void forget_pair(const std::string& pair);
  // What is known of the profile, by whichever pair or route, is known of it under its new name.
  void rename_profile(const ProfileRef& from, const ProfileRef& to);
  // What its routes heard and how far they were, once no pair or route uses it.
  void forget_profile(const ProfileRef& ref);

private:
  std::filesystem::path file_;
  std::unique_ptr<SQLite::Database> db_;
};

}  // namespace crosswatch::host
