#include "files/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <thread>

namespace crosswatch::host {
namespace {

namespace fs = std::filesystem;

class Descriptor {
public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return fd_; }
  // What a delayed write could not store shows only here.
  int close() noexcept { return ::close(std::exchange(fd_, -1)); }

private:
  int fd_;
};

// Removes the half-written file unless it was renamed into place.
struct Leftover {
  fs::path path{};
  bool keep = false;
  ~Leftover() {
    if (!keep) ::unlink(path.c_str());
  }
};

fs::path behind_links(fs::path file) {
  std::error_code error;
  for (int hops = 0; hops < 16 && fs::is_symlink(file, error); ++hops) {
    const fs::path target = fs::read_symlink(file, error);
    if (error) throw storage_error("follow", file, error.value());
    file = target.is_absolute() ? target : file.parent_path() / target;
  }
  return file;
}

// Gives the new file the owner and mode of the one that it replaces.
void keep_owner(int fd, const fs::path& file, const struct stat& old, const struct stat& mine) {
  mode_t mode = old.st_mode & 07777;
  if (old.st_uid != mine.st_uid || old.st_gid != mine.st_gid)
    if (::fchown(fd, old.st_uid, old.st_gid) != 0) {
      if (old.st_uid != mine.st_uid) throw storage_error("keep the owner of", file, errno);
      mode &= ~static_cast<mode_t>(S_IRWXG);  // what that group was allowed is not meant for ours
    }
  if (::fchmod(fd, mode) != 0) throw storage_error("keep the mode of", file, errno);
}

void write_all(int fd, std::string_view content, const fs::path& file) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno != EINTR) throw storage_error("write", file, errno);
    if (n > 0) content.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string holder(int fd) {
  std::array<char, 24> text{};
  const ssize_t n = ::pread(fd, text.data(), text.size(), 0);
  long pid = 0;
  if (n <= 0 || std::from_chars(text.data(), text.data() + n, pid).ec != std::errc{}) return "another process";
  return "process " + std::to_string(pid);
}

}  // namespace

Error storage_error(std::string_view doing, const fs::path& file, int error) {
  std::string remedy = "Look at that file and its folder, then try again.";
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      remedy = "Free some space there, then run the command again; what was stored before is unchanged.";
      break;
    case EACCES:
    case EPERM:
      remedy = "Give user " + std::to_string(::geteuid()) +
               " access to it, or choose another place with --config or --state.";
      break;
    case EROFS:
      remedy = "Choose a place that can be written with --config or --state.";
      break;
    case EBUSY:
      remedy = "It seems to be mounted as a single file: mount its folder instead.";
      break;
    default:
      break;
  }
  return Error(
      CW_STORAGE, "storage_failed",
      "Cannot " + std::string(doing) + " " + file.string() + ": " + std::generic_category().message(error) + ".",
      std::move(remedy));
}

std::optional<std::string> read_file(const fs::path& file, std::size_t max_bytes) {
  // A pipe that nobody writes to is empty, and does not wait for somebody; one that is written to is read to its end.
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) {
    if (errno == ENOENT) return std::nullopt;
    throw storage_error("open", file, errno);
  }
  if (::fcntl(fd.get(), F_SETFL, 0) != 0) throw storage_error("open", file, errno);
  std::string out;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
    if (n == 0) return out;
    if (n < 0 && errno != EINTR) throw storage_error("read", file, errno);
    if (n > 0) out.append(buffer.data(), static_cast<std::size_t>(n));
    if (out.size() > max_bytes)
      throw Error(CW_STORAGE, "file_too_large",
                  "The file " + file.string() + " is larger than " + std::to_string(max_bytes) + " bytes.",
                  "Is it the right file?");
  }
}

std::string exposure(const fs::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0 || (about.st_mode & S_IROTH) == 0) return {};
  return "Everybody on this machine can read the secrets in " + file.string() + ": chmod 600 " + file.string();
}

void write_atomically(const fs::path& path, std::string_view content, mode_t mode) {
  const fs::path file = behind_links(fs::absolute(path));
  const fs::path folder = file.parent_path();
  make_private_folder(folder);

  std::string temp = (folder / ("." + file.filename().string() + ".XXXXXX")).string();
  Descriptor fd(::mkostemp(temp.data(), O_CLOEXEC));
  if (fd.get() < 0) throw storage_error("write", file, errno);
  Leftover leftover{temp};
  struct stat old {};
  struct stat mine {};
  if (::fstat(fd.get(), &mine) != 0) throw storage_error("write", file, errno);
  if (::stat(file.c_str(), &old) == 0)
    keep_owner(fd.get(), file, old, mine);
  else if (::fchmod(fd.get(), mode) != 0)
    throw storage_error("write", file, errno);
  write_all(fd.get(), content, file);
  if (::fsync(fd.get()) != 0 || fd.close() != 0) throw storage_error("write", file, errno);
  if (::rename(temp.c_str(), file.c_str()) != 0) throw storage_error("replace", file, errno);
  leftover.keep = true;

  // Without this the rename itself may be lost with the power. Some file systems cannot, and need not.
  const Descriptor folder_fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder_fd.get() >= 0 && ::fsync(folder_fd.get()) != 0 && errno != EINVAL)
    throw storage_error("write", folder, errno);
}

void make_private_folder(const fs::path& folder) {
  if (folder.empty() || ::access(folder.c_str(), F_OK) == 0) return;
  if (folder.has_parent_path() && folder.parent_path() != folder) make_private_folder(folder.parent_path());
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) throw storage_error("make the folder", folder, errno);
}

std::string file_name_for(std::string_view id) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : id) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || c == '-' || c == '_' || (c == '.' && !out.empty()))
      out += c;
    else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
  return out;
}

FileLock FileLock::acquire(const fs::path& file, std::chrono::milliseconds patience, const std::string& what) {
  make_private_folder(file.parent_path());
  FileLock lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.fd_ < 0) throw storage_error("open", file, errno);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) throw storage_error("lock", file, errno);
    if (std::chrono::steady_clock::now() >= deadline)
      throw Error(CW_STORAGE, "busy", what + " is in use by " + holder(lock.fd_) + ".",
                  "Wait until that is finished, then try again.");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  // Who holds it is only told to others; the lock does not depend on it, so that a full disk does no harm.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.fd_, 0) == 0) static_cast<void>(::pwrite(lock.fd_, pid.data(), pid.size(), 0) > 0);
  return lock;
}

FileLock::~FileLock() {
  if (fd_ < 0) return;
  // A child of another thread that has not yet begun its program holds a copy, which would keep the lock.
  ::flock(fd_, LOCK_UN);
  ::close(fd_);
}

}  // namespace crosswatch::host
