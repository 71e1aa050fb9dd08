#include "state/store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "exit_code.hpp"
#include "files/files.hpp"

namespace crosswatch::host {
namespace {

constexpr std::int32_t application_id = 0x43575331;  // "CWS1"

Error unreadable(const std::filesystem::path& file, const std::string& why) {
  return Error(CW_STORAGE, "state_unreadable", "The state " + file.string() + " cannot be read: " + why + ".",
               "Put back a copy of that file, or move it away: the next run then compares both sides anew and "
               "removes nothing.");
}

Error to_error(const SQLite::Exception& e, const std::filesystem::path& file) {
  switch (e.getErrorCode()) {
    case SQLITE_FULL:
      return Error(CW_STORAGE, "disk_full", "There is no space left for " + file.string() + ".",
                   "Free some space and run again: nothing was half done.");
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return unreadable(file, e.what());
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error(CW_STORAGE, code_busy, "The state " + file.string() + " is in use by another program.",
                   "Wait until it is done and run again.");
    default:
      return Error(CW_STORAGE, "state_io", "The state " + file.string() + " cannot be used: " + e.what() + ".",
                   "Check the disk and the permissions of that folder.");
  }
}

int number(SQLite::Database& db, const char* pragma) {
  return db.execAndGet(pragma).getInt();
}

void migrate(SQLite::Database& db, const std::filesystem::path& file, std::span<const char* const> steps) {
  const int version = number(db, "PRAGMA user_version");
  const int newest = static_cast<int>(steps.size());
  const bool empty = number(db, "SELECT count(*) FROM sqlite_schema") == 0;
  if (!empty && number(db, "PRAGMA application_id") != application_id)
    throw unreadable(file, "it is the database of another program");
  if (version > newest)
    throw Error(CW_STORAGE, "state_newer",
                "The state " + file.string() + " was written by a newer CrossWatch (format " + std::to_string(version) +
                    ", this one reads up to " + std::to_string(newest) + ").",
                "Install that CrossWatch again, or move the file away: the next run then compares both sides anew "
                "and removes nothing.");
  if (version == newest) return;
  if (!empty) {
    std::filesystem::path copy = file;
    copy += ".v" + std::to_string(version);
    std::filesystem::remove(copy);
    SQLite::Statement keep(db, "VACUUM INTO ?");
    keep.bind(1, copy.string());
    keep.exec();
  }
  SQLite::Transaction all(db, SQLite::TransactionBehavior::IMMEDIATE);
  for (int i = version; i < newest; ++i) db.exec(steps[static_cast<std::size_t>(i)]);
  db.exec("PRAGMA application_id = " + std::to_string(application_id));
  db.exec("PRAGMA user_version = " + std::to_string(newest));
  all.commit();
}

// SQLite would make it readable for everybody. A file that is there is never opened here, nor one that others may have
// open: closing it would end the locks of every connection that this process has to it, another process would take
// itself for the last one and remove the log, and what is written from then on would be lost.
void make_private_file(const std::filesystem::path& file) {
  std::error_code unknown;
  if (std::filesystem::exists(file, unknown)) return;
  std::string draft = file.string() + ".new-XXXXXX";
  const int fd = ::mkostemp(draft.data(), O_CLOEXEC);  // 0600
  if (fd >= 0) ::close(fd);
  // link() and not rename(), where there are links: if another process was quicker, its file stays.
  const bool made =
      fd >= 0 && (::link(draft.c_str(), file.c_str()) == 0 || errno == EEXIST ||
                  (!std::filesystem::exists(file, unknown) && ::rename(draft.c_str(), file.c_str()) == 0));
  const int why = errno;
  if (fd >= 0) static_cast<void>(::unlink(draft.c_str()));  // gone already after rename()
  if (!made)
    throw Error(CW_STORAGE, "state_io", "The state " + file.string() + " cannot be opened: " + std::strerror(why) + ".",
                "Check the disk and the permissions of that folder.");
}

}  // namespace

StateStore::StateStore(const std::filesystem::path& folder, std::span<const char* const> steps)
    : file_(folder / "crosswatch.db") {
  make_private_folder(folder);
  make_private_file(file_);
  try {
    db_ = std::make_unique<SQLite::Database>(file_.string(), SQLite::OPEN_READWRITE, 5000);
    db_->exec("PRAGMA journal_mode = WAL");
    db_->exec("PRAGMA synchronous = FULL");
    db_->exec("PRAGMA foreign_keys = ON");
    migrate(*db_, file_, steps);
  } catch (const SQLite::Exception& e) {
    throw to_error(e, file_);
  } catch (const std::filesystem::filesystem_error& e) {
    throw Error(CW_STORAGE, "state_io", std::string("An old copy of the state cannot be replaced: ") + e.what() + ".");
  }
}

StateStore::~StateStore() = default;

void StateStore::write(const std::function<void(SQLite::Database&)>& body) {
  try {
    SQLite::Transaction all(*db_, SQLite::TransactionBehavior::IMMEDIATE);
    body(*db_);
    all.commit();
  } catch (const SQLite::Exception& e) {
    throw to_error(e, file_);
  }
}

void StateStore::read(const std::function<void(SQLite::Database&)>& body) const {
  try {
    SQLite::Transaction all(*db_);  // one consistent view
    body(*db_);
    all.commit();
  } catch (const SQLite::Exception& e) {
    throw to_error(e, file_);
  }
}

void StateStore::forget_pair(const std::string& pair) {
  write([&](SQLite::Database& db) {
    for (const char* sql : {"DELETE FROM binding WHERE pair = ?", "DELETE FROM lane WHERE pair = ?"}) {
      SQLite::Statement statement(db, sql);
      statement.bind(1, pair);
      statement.exec();
    }
  });
}

void StateStore::rename_profile(const ProfileRef& from, const ProfileRef& to) {
  write([&](SQLite::Database& db) {
    SQLite::Statement pairs(db, "UPDATE binding SET profile = ? WHERE provider = ? AND profile = ?");
    pairs.bind(1, to.profile);
    pairs.bind(2, from.provider);
    pairs.bind(3, from.profile);
    pairs.exec();
    for (const char* sql : {"UPDATE OR REPLACE route_cursor SET profile = ? WHERE profile = ?",
                            "UPDATE OR REPLACE route_event SET profile = ? WHERE profile = ?"}) {
      SQLite::Statement routes(db, sql);
      routes.bind(1, to_string(to));
      routes.bind(2, to_string(from));
      routes.exec();
    }
  });
}

void StateStore::forget_profile(const ProfileRef& ref) {
  write([&](SQLite::Database& db) {
    for (const char* sql :
         {"DELETE FROM route_cursor WHERE profile = ?", "DELETE FROM route_event WHERE profile = ?"}) {
      SQLite::Statement statement(db, sql);
      statement.bind(1, to_string(ref));
      statement.exec();
    }
  });
}

}  // namespace crosswatch::host
