#include "database.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <random>

#include "errors.hpp"

namespace crosswatch::tracker {
namespace {

namespace fs = std::filesystem;

constexpr int application_id = 0x43775472;  // "CwTr", in the file's header
constexpr int patience = 150;               // times the busy timeout
constexpr int busy_timeout_ms = 100;        // so that a cancelled wait ends soon

// Checkpoints at 64 MiB: ids come in random order, and a page that many of them touch is then copied once, not often.
constexpr const char* settings =
    "PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; "
    "PRAGMA wal_autocheckpoint = 16384";

// item.show       of a season or episode: the show's own item, which has the show's tokens
// item.name       the identity of an item that came without ids
// fact.at         null: unknown
// tally           how many facts of a feature (and, as 4, known times of plays) there must be: a read that finds
//                 fewer is no complete read
// Columns of the primary key come first: PRAGMA quick_check of SQLite 3.40 reports false damage otherwise.
constexpr const char* version_1 = R"(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE item(
  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, show INTEGER REFERENCES item(id), season INTEGER NOT NULL,
  episode INTEGER NOT NULL, year INTEGER NOT NULL, title TEXT NOT NULL, series_title TEXT NOT NULL, name TEXT) STRICT;
CREATE INDEX item_place ON item(show, season, episode) WHERE show IS NOT NULL;
CREATE UNIQUE INDEX item_name ON item(name) WHERE name IS NOT NULL;
CREATE TABLE token(
  item INTEGER NOT NULL REFERENCES item(id), scheme TEXT NOT NULL, value TEXT NOT NULL, kind INTEGER NOT NULL,
  PRIMARY KEY(item, scheme, value)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX token_item ON token(kind, scheme, value);
CREATE TABLE fact(
  feature INTEGER NOT NULL, item INTEGER NOT NULL REFERENCES item(id), at INTEGER, progress_ms INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL, rating INTEGER NOT NULL, plays INTEGER NOT NULL,
  PRIMARY KEY(feature, item)) STRICT, WITHOUT ROWID;
CREATE TABLE play(
  item INTEGER NOT NULL REFERENCES item(id), at INTEGER NOT NULL, PRIMARY KEY(item, at)) STRICT, WITHOUT ROWID;
CREATE TABLE tally(what INTEGER PRIMARY KEY, count INTEGER NOT NULL) STRICT;
INSERT INTO tally VALUES (0, 0), (1, 0), (2, 0), (3, 0), (4, 0);
)";
// state           by feature: names what a snapshot of it tells, see Database::facts_changed
constexpr const char* version_2 = R"(
CREATE TABLE state(feature INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
INSERT INTO state VALUES (0, hex(randomblob(16))), (1, hex(randomblob(16))), (2, hex(randomblob(16))),
                         (3, hex(randomblob(16)));
)";
constexpr std::array steps_of_ours{version_1, version_2};

std::string random_text() {
  std::random_device device;
  std::string out;
  for (int i = 0; i < 4; ++i) {
    std::array<char, 9> word{};
    std::snprintf(word.data(), word.size(), "%08x", device());
    out += word.data();
  }
  return out;
}

void set_version(SQLite::Database& sql, std::size_t version) {
  sql.exec("PRAGMA user_version = " + std::to_string(version));
}

void sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  static_cast<void>(::fsync(fd));  // not every file system can; the file itself is synced in any case
  ::close(fd);
}

// Makes the whole file under another name first: so an empty or half-made file is always damage, never a beginning.
void make(const fs::path& file, std::span<const char* const> steps) {
  const fs::path draft = file.native() + ".new-" + random_text().substr(0, 8);
  const int fd = ::open(draft.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);  // nobody else's business
  if (fd < 0)
    throw Error(
        CW_STORAGE, "file_not_accessible",
        "Cannot make the tracker's file " + file.native() + " (" + std::generic_category().message(errno) + ").",
        "Check who owns the folder, and that the disk is mounted for writing and has room.");
  ::close(fd);
  try {
    {
      SQLite::Database sql(draft.native(), SQLite::OPEN_READWRITE);
      sql.exec("BEGIN");
      for (const char* step : steps) sql.exec(step);
      SQLite::Statement meta(sql, "INSERT INTO meta VALUES ('id', ?)");
      meta.bind(1, random_text());
      meta.exec();
      sql.exec("PRAGMA application_id = " + std::to_string(application_id));
      set_version(sql, steps.size());
      sql.exec("COMMIT");
    }
    // link() and not rename(): if another process was quicker, its file stays.
    if (::link(draft.c_str(), file.c_str()) != 0 && errno != EEXIST && !fs::exists(file)) fs::rename(draft, file);
  } catch (...) {
    static_cast<void>(::unlink(draft.c_str()));
    throw;
  }
  static_cast<void>(::unlink(draft.c_str()));  // gone already after rename()
  sync_folder(file.parent_path());
}

// Returns the path to open, after making the file if there is none.
fs::path prepared(const fs::path& file, std::span<const char* const> steps) {
  std::error_code unknown;
  if (!fs::is_directory(file.parent_path(), unknown))
    throw Error(CW_STORAGE, "folder_missing",
                "The folder " + file.parent_path().native() + " of the tracker's file does not exist.",
                "Make the folder, mount the disk it is on, or change tracker.path.");
  if (!fs::exists(file)) {
    for (const char* left_over : {"-wal", "-journal"})
      if (fs::exists(file.native() + left_over))
        throw Error(CW_STORAGE, "file_missing",
                    "The tracker's file " + file.native() + " is gone, but " + file.filename().native() + left_over +
                        " is still there.",
                    "Restore the file from a backup. To begin a new one instead, move that file away.");
    make(file, steps);
  }
  if (!fs::is_regular_file(file)) throw tracker::damaged(file, "is not a file");
  if (fs::file_size(file) == 0) throw tracker::damaged(file, "is empty (0 bytes)");
  return file;
}

int number(SQLite::Database& sql, const char* question) {
  return sql.execAndGet(question).getInt();
}

}  // namespace

std::span<const char* const> schema_steps() noexcept {
  return steps_of_ours;
}

Database::Database(const fs::path& file, const Call& call, std::span<const char* const> steps)
    : file_(file), sql_(prepared(file, steps).native(), SQLite::OPEN_READWRITE, busy_timeout_ms) {
  struct stat opened {};
  if (::stat(file_.c_str(), &opened) == 0) {
    device_ = opened.st_dev;
    inode_ = opened.st_ino;
  }
  // Switching to WAL needs the file for oneself for a moment, and two processes may open it at once.
  for (int attempt = 1;; ++attempt) {
    call.check();
    try {
      check_version(call, steps);
      sql_.exec(settings);
      if (sql_.execAndGet("PRAGMA journal_mode = WAL").getString() != "wal")
        throw Error(CW_STORAGE, "no_wal",
                    "The tracker's file " + file_.native() + " lies where it cannot be kept safe.",
                    "Put it on a local disk and set tracker.path.");
      break;
    } catch (const SQLite::Exception& e) {
      if (!is_busy(e) || attempt == patience) throw;
    }
  }
  SQLite::Statement id(sql_, "SELECT value FROM meta WHERE key = 'id'");
  if (!id.executeStep()) throw damaged("has lost its id");
  id_ = id.getColumn(0).getString();
}

void Database::check_version(const Call& call, std::span<const char* const> steps) {
  if (number(sql_, "PRAGMA application_id") != application_id)
    throw Error(CW_STORAGE, "not_a_tracker_file", file_.native() + " is a database of another program.",
                "Set tracker.path to another file.");
  const auto found = static_cast<std::size_t>(number(sql_, "PRAGMA user_version"));
  if (found == steps.size()) return;
  if (found > steps.size())
    throw Error(CW_STORAGE, "newer_file",
                "The tracker's file " + file_.native() + " was written by a newer CrossWatch (version " +
                    std::to_string(found) + " of the file, this one knows " + std::to_string(steps.size()) + ").",
                "Update CrossWatch, or set tracker.path to another file.");
  sql_.backup((file_.native() + ".v" + std::to_string(found)).c_str(), SQLite::Database::Save);
  write(call, [&] {
    // Another process may have done it meanwhile.
    const auto now = static_cast<std::size_t>(number(sql_, "PRAGMA user_version"));
    for (std::size_t i = now; i < steps.size(); ++i) sql_.exec(steps[i]);
    set_version(sql_, steps.size());
  });
}

bool Database::current() const noexcept {
  struct stat now {};
  return ::stat(file_.c_str(), &now) == 0 && now.st_dev == device_ && now.st_ino == inode_;
}

std::string Database::state(Feature feature) {
  SQLite::Statement name(sql_, "SELECT name FROM state WHERE feature = ?");
  name.bind(1, static_cast<int>(feature));
  return name.executeStep() ? name.getColumn(0).getString() : std::string();
}

void Database::facts_changed(std::optional<Feature> feature) {
  SQLite::Statement rename(sql_, "UPDATE state SET name = hex(randomblob(16)) WHERE feature = ?1 OR ?1 IS NULL");
  if (feature) rename.bind(1, static_cast<int>(*feature));
  rename.exec();
}

Error Database::damaged(const std::string& how) const {
  return tracker::damaged(file_, how);
}

void Database::begin(const char* statement, const Call& call) {
  for (int attempt = 1;; ++attempt) {
    call.check();
    try {
      sql_.exec(statement);
      return;
    } catch (const SQLite::Exception& e) {
      if (!is_busy(e) || attempt == patience) throw;
    }
  }
}

void Database::rollback() noexcept {
  // SQLite has undone it by itself after some failures; then this says so, and nothing is left to do.
  static_cast<void>(sql_.tryExec("ROLLBACK"));
}

}  // namespace crosswatch::tracker
