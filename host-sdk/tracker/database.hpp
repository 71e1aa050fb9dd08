// The tracker's file: made, opened, brought to the newest schema, or refused with a reason. Never silently empty.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <sys/types.h>

#include <crosswatch/call.hpp>
#include <crosswatch/item.hpp>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace crosswatch::tracker {

// What makes version n + 1 of the schema from version n. Never change an entry: files made with it exist.
std::span<const char* const> schema_steps() noexcept;

// One connection; all its functions are [owner]. SQLite's own exceptions leave it: see errors.hpp.
class Database {
public:
  // Throws Error STORAGE for a file that is missing, damaged, of another program, or of a newer version.
  Database(const std::filesystem::path& file, const Call& call, std::span<const char* const> steps = schema_steps());

  SQLite::Database& sql() noexcept { return sql_; }
  // A random text made with the file: what is said about another file is never taken for this one.
  const std::string& id() const noexcept { return id_; }
  // Whether the path still leads to this file; it does not after somebody deleted or replaced it.
  bool current() const noexcept;
  // A random text that stands for the facts of a feature as they are: never the same for others, neither in a copy of
  // the file that was put back nor in another file. Inside a transaction, as the next.
  std::string state(Feature feature);
  void facts_changed(std::optional<Feature> feature);  // none: those of every feature
  Error damaged(const std::string& how) const;         // to be thrown

  // Runs `body` as one transaction. Waits for other processes' writes as long as `call` is not cancelled, at most
  // a quarter of a minute. What `body` throws undoes it.
  template <class F>
  void write(const Call& call, F&& body) {
    begin("BEGIN IMMEDIATE", call);
    finish(body);
  }
  // The same for a consistent view; writers are not held up.
  template <class F>
  void read(const Call& call, F&& body) {
    begin("BEGIN", call);
    finish(body);
  }

private:
  void check_version(const Call& call, std::span<const char* const> steps);
  void begin(const char* statement, const Call& call);
  void rollback() noexcept;
  template <class F>
  void finish(F&& body) {
    try {
      body();
      sql_.exec("COMMIT");
    } catch (...) {
      rollback();
      throw;
    }
  }

  std::filesystem::path file_;
  SQLite::Database sql_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::string id_{};
};

}  // namespace crosswatch::tracker
