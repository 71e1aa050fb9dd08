// The operations of a plan or of a run, many more than fit a page, kept in a file that vanishes with the process:
// memory holds 16 bytes a row.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/report.hpp"
#include "json/json.hpp"

namespace crosswatch::host::server {

struct RowFilter {
  std::string search{};  // in titles, ids and reasons; capital or small
  std::string op{}, feature{}, pair{}, result{};
  friend bool operator==(const RowFilter&, const RowFilter&) = default;
};

// [any]
class Rows {
public:
  explicit Rows(const std::filesystem::path& folder);  // Error STORAGE
  ~Rows();
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  void add(const engine::Item& item);
  // {"total","matching","offset","items":[..]}, at most 500 items.
  json::Value page(const RowFilter& filter, std::size_t offset, std::size_t limit);

private:
  struct Row {
    std::uint64_t at = 0;
    std::uint32_t json_size = 0, search_size = 0;
  };
  void flush();
  std::string read(std::uint64_t at, std::size_t size) const;
  const std::vector<std::uint32_t>& matching(const RowFilter& filter);

  std::mutex mutex_{};
  std::filesystem::path file_;
  int fd_ = -1;
  std::vector<Row> rows_{};
  std::string buffer_{};       // not written yet
  std::uint64_t written_ = 0;  // bytes in the file
  RowFilter filter_{};         // of matches_
  std::vector<std::uint32_t> matches_{};
  std::size_t looked_at_ = 0;  // rows that matches_ knows about
};

// The rows that were looked at last, so that paging through them does not make them anew. [any]
class LastRows {
public:
  // `fill` puts the rows in, and says whether they stay as they are.
  std::shared_ptr<Rows> of(const std::string& name, const std::filesystem::path& folder,
                           const std::function<bool(Rows&)>& fill);
  void keep(const std::string& name, std::shared_ptr<Rows> rows);
  std::shared_ptr<Rows> find(const std::string& name);  // null: others were looked at since

private:
  std::mutex mutex_{};
  std::string name_{};
  std::shared_ptr<Rows> rows_{};
};

}  // namespace crosswatch::host::server
