// SQLite's failures in words a user can act on.
#pragma once

#include <SQLiteCpp/Exception.h>

#include <crosswatch/call.hpp>
#include <filesystem>

namespace crosswatch::tracker {

Error to_error(const SQLite::Exception& failure, const std::filesystem::path& file);
Error damaged(const std::filesystem::path& file, const std::string& how);
bool is_busy(const SQLite::Exception& failure) noexcept;

}  // namespace crosswatch::tracker
