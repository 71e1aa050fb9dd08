// Captures: complete, dated snapshots of one feature of one profile, as files in the state folder. A capture is made
// before a sync removes or overwrites anything, and when the user asks for one.
#pragma once

#include <crosswatch/item.hpp>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/pairs.hpp"

namespace crosswatch::host {

struct CaptureHead {
  std::string id{};  // "acme-ratings-20240301T201500Z"
  ProfileRef ref{};
  Feature feature = Feature::history;
  std::string identity{};     // whose facts these are
  std::string scope{};        // which libraries were read
  std::int64_t taken_at = 0;  // epoch seconds
  std::int64_t run = 0;       // the sync that was about to write; 0: taken by the user
  bool complete = false;
  std::uint64_t count = 0;
};

// [owner] The captures of one state folder. Errors STORAGE say which file; NOT_FOUND "capture_unknown".
class Captures {
public:
  explicit Captures(const std::filesystem::path& state_folder) : folder_(state_folder / "captures") {}
  std::filesystem::path state_folder() const { return folder_.parent_path(); }

  // Newest first. What is not a whole capture is left out.
  std::vector<CaptureHead> list() const;
  CaptureHead find(const std::string& id) const;
  // Checks the whole file before the first visit. Error STORAGE "capture_damaged".
  CaptureHead read(const std::string& id, const std::function<void(const Fact&)>& visit) const;
  void remove(const std::string& id);
  // They follow a profile that got another name, and get one of their own from it. Error "capture_damaged" leaves that
  // one and those after it under the old name.
  void rename_profile(const ProfileRef& from, const ProfileRef& to);
  // Of those that syncs made, the newest ten of each profile and feature stay, and what is younger than a day.
  void prune(std::int64_t now);

private:
  friend class CaptureWriter;
  std::filesystem::path folder_;
};

// Writes one capture: a file of its own that appears under its name when it is finished, and not before.
class CaptureWriter {
public:
  CaptureWriter(const Captures& to, CaptureHead head);  // sets the id
  ~CaptureWriter();
  CaptureWriter(const CaptureWriter&) = delete;
  CaptureWriter& operator=(const CaptureWriter&) = delete;
  void add(const cw_fact& fact);
  CaptureHead finish(bool complete, const std::string& reason);

private:
  void flush();
  CaptureHead head_;
  std::filesystem::path file_, part_;
  std::FILE* out_ = nullptr;
  std::string buffer_{};
  std::uint64_t hash_;
};

}  // namespace crosswatch::host
