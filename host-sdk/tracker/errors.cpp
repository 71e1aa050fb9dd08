#include "errors.hpp"

#include <sqlite3.h>

namespace crosswatch::tracker {
namespace {

int primary(const SQLite::Exception& failure) noexcept {
  return failure.getErrorCode() & 0xff;
}

}  // namespace

bool is_busy(const SQLite::Exception& failure) noexcept {
  return primary(failure) == SQLITE_BUSY || primary(failure) == SQLITE_LOCKED;
}

Error damaged(const std::filesystem::path& file, const std::string& how) {
  return Error(CW_STORAGE, "damaged_file", "The tracker's file " + file.native() + " " + how + ".",
               "Restore it from a backup. To begin a new one instead, move the file away.");
}

Error to_error(const SQLite::Exception& failure, const std::filesystem::path& file) {
  const std::string name = "the tracker's file " + file.native();
  switch (primary(failure)) {
    case SQLITE_FULL:
      return Error(CW_STORAGE, "disk_full", "The disk is full: " + name + " could not be written and is unchanged.",
                   "Make room on that disk, then run the command again.");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return damaged(file, std::string("is damaged or no tracker file (") + failure.what() + ")");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error(CW_STORAGE, "file_busy", "Another program holds " + name + ".",
                   "Wait until it has finished, then run the command again.");
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return Error(CW_STORAGE, "file_not_accessible", "Cannot open " + name + " for writing (" + failure.what() + ").",
                   "Check who owns the file and its folder, and that the disk is mounted for writing.");
    case SQLITE_IOERR:
      return Error(CW_STORAGE, "file_io",
                   "The disk did not read or write " + name + " (" + failure.what() + "); nothing was changed.",
                   "Check the disk and the room left on it, then run the command again.");
    default:
      return Error(CW_STORAGE, "file_failed", "Working with " + name + " failed (" + failure.what() + ").");
  }
}

}  // namespace crosswatch::tracker
