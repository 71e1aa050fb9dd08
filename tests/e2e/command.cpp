#include "command.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace e2e {
namespace {

namespace json = crosswatch::host::json;

int memory_file(const std::string& content) {
  const int fd = ::memfd_create("e2e", MFD_CLOEXEC);
  if (fd < 0 || ::pwrite(fd, content.data(), content.size(), 0) != static_cast<ssize_t>(content.size()))
    throw std::system_error(errno, std::generic_category(), "memfd");
  return fd;
}

std::string content_of(int fd) {
  std::string out;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::pread(fd, buffer, sizeof buffer, static_cast<off_t>(out.size()))) > 0;)
    out.append(buffer, static_cast<std::size_t>(n));
  return out;
}

std::vector<std::string> environment(const Launch& launch, const std::string& home) {
  std::map<std::string, std::string> all{{"HOME", home}, {"PATH", "/usr/bin:/bin"}, {"LC_ALL", "C.UTF-8"}};
  for (const char* name : {"ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"})
    if (const char* value = std::getenv(name)) all[name] = value;
  for (const auto& [name, value] : launch.env) all[name] = value;
  std::vector<std::string> out;
  for (const auto& [name, value] : all) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& t : texts) out.push_back(t.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Command::Command(const std::string& program, const Launch& launch, const std::string& home, std::string& said)
    : said_(&said) {
  std::vector<std::string> words{program};
  words.insert(words.end(), launch.args.begin(), launch.args.end());
  std::vector<std::string> variables = environment(launch, home);
  const std::vector<char*> argv = pointers(words), envp = pointers(variables);
  const int in = memory_file(launch.input);
  err_ = memory_file("");
  int pipe_ends[2] = {-1, -1};
  if (::pipe2(pipe_ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  if (launch.reader_is_gone) ::close(std::exchange(pipe_ends[0], -1));
  out_ = pipe_ends[0];

  pid_ = ::fork();
  if (pid_ == 0) {  // other threads of the test may hold locks: nothing here may allocate
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (launch.largest_file != 0) {
      const rlimit limit{launch.largest_file, launch.largest_file};
      ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ::dup2(in, STDIN_FILENO);
    ::dup2(pipe_ends[1], STDOUT_FILENO);
    ::dup2(err_, STDERR_FILENO);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(126);
  }
  ::close(in);
  ::close(pipe_ends[1]);
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
}

Command::~Command() {
  if (pid_ > 0 && !ended_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (out_ >= 0) ::close(out_);
  if (err_ >= 0) ::close(err_);
}

Command::Command(Command&& other) noexcept
    : said_(other.said_),
      pid_(std::exchange(other.pid_, -1)),
      out_(std::exchange(other.out_, -1)),
      err_(std::exchange(other.err_, -1)),
      buffer_(std::move(other.buffer_)),
      result_(std::move(other.result_)),
      ended_(other.ended_) {}

bool Command::fill() {
  if (out_ < 0) return false;
  char bytes[65536];
  const ssize_t n = ::read(out_, bytes, sizeof bytes);
  if (n > 0) buffer_.append(bytes, static_cast<std::size_t>(n));
  return n > 0;
}

std::string Command::read_line() {
  std::size_t end = 0;
  while ((end = buffer_.find('\n')) == std::string::npos)
    if (!fill()) return {};
  result_.lines.push_back(buffer_.substr(0, end));
  buffer_.erase(0, end + 1);
  return result_.lines.back();
}

void Command::close_output() {
  if (out_ >= 0) ::close(std::exchange(out_, -1));
}

void Command::signal(int number) const {
  REQUIRE(::kill(pid_, number) == 0);
}

const Result& Command::wait() {
  if (ended_) return result_;
  while (fill()) {
  }
  while (buffer_.find('\n') != std::string::npos) static_cast<void>(read_line());
  if (!buffer_.empty()) result_.lines.push_back(std::exchange(buffer_, {}));
  int status = 0;
  REQUIRE(::waitpid(pid_, &status, 0) == pid_);
  ended_ = true;
  result_.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  result_.err = content_of(err_);
  *said_ += result_.out() + result_.err;
  return result_;
}

std::string Result::out() const {
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

std::vector<Value> Result::json() const {
  std::vector<Value> values;
  for (const std::string& line : lines) {
    CAPTURE(line);
    CAPTURE(err);
    REQUIRE_NOTHROW(values.push_back(json::parse(line)));
  }
  return values;
}

Value Result::last() const {
  const auto values = json();
  REQUIRE_MESSAGE(!values.empty(), err);
  return values.back();
}

Value at(const Value& root, const std::string& path) {
  const Value* v = json::find_path(root, path);
  return v ? *v : Value();
}

std::string text(const Value& root, const std::string& path) {
  const Value v = at(root, path);
  const std::string* s = v.as<std::string>();
  return s ? *s : std::string();
}

std::int64_t number(const Value& root, const std::string& path) {
  const Value v = at(root, path);
  const std::int64_t* n = v.as<std::int64_t>();
  REQUIRE_MESSAGE(n != nullptr, path << " is no number in " << json::dump(root));
  return *n;
}

std::vector<Value> list(const Value& v) {
  const auto* elements = v.as<Value::Array>();
  REQUIRE_MESSAGE(elements != nullptr, json::dump(v));
  return *elements;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& w : words) out += (out.empty() ? "" : " ") + w;
  return out;
}

std::string members(const Value& v) {
  const auto* all = v.as<Value::Object>();
  REQUIRE_MESSAGE(all != nullptr, json::dump(v));
  std::string out;
  for (const json::Member& m : *all) out += (out.empty() ? "" : ",") + m.key;
  return out;
}

std::string error_code(const Result& result) {
  const Value end = result.last();
  CAPTURE(json::dump(end));
  CAPTURE(result.err);
  CHECK(result.exit != 0);
  REQUIRE(members(end) == "error");
  REQUIRE(members(at(end, "error")) == "code,message,remedy");
  const std::string message = text(end, "error.message");
  REQUIRE(!message.empty());
  CHECK((message.ends_with(".") || message.ends_with("?")));
  CHECK(message.find('\n') == std::string::npos);
  CHECK(!text(end, "error.remedy").empty());
  return text(end, "error.code");
}

}  // namespace e2e
