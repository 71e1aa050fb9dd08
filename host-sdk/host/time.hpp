// Times as text: ISO 8601 in UTC outside, epoch seconds inside. The local time zone is never looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace crosswatch::host {

using Clock = std::function<std::int64_t()>;  // milliseconds since 1970, UTC; [any]
Clock system_clock();

// Appends "2024-03-01T20:15:00Z". Years outside 0..9999 are clamped, so that the text can always be read back.
void append_iso(std::string& out, std::int64_t epoch_s);
inline constexpr std::size_t iso_size = 20;
void write_iso(char* to, std::int64_t epoch_s) noexcept;  // so many characters
std::string iso(std::int64_t epoch_s);
std::string file_stamp(std::int64_t epoch_s);  // "20240301T201500Z", for names of files

// Reads a date and time with Z or an offset ("2024-03-01T21:15:00.5+01:00"); fractions are cut. Nullopt for anything
// else, also for a time without a zone: whose local time it was meant to be is anybody's guess.
std::optional<std::int64_t> parse_iso(std::string_view text) noexcept;

}  // namespace crosswatch::host
