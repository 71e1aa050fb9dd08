// Secrets: plain in the configuration, or a reference to where they stand; never in anything that is printed.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "files/locations.hpp"
#include "json/json.hpp"
#include "manifest/manifest.hpp"

namespace crosswatch::host {

// "env:NAME" or "file:/path".
bool is_reference(std::string_view stored) noexcept;
// "the environment variable NAME", "the file /path"; for messages.
std::string reference_source(std::string_view stored);

struct ResolvedSecret {
  std::string value{};
  std::string warning{};  // the file can be read by others
};
// Follows a reference. Error CONFIG "secret_missing" names `key` and the source, STORAGE when it cannot be read.
ResolvedSecret resolve_secret(std::string_view key, std::string_view stored, const Environment& env);

// Knows every secret that was handed out, and takes them out of text. [any]
class Redactor {
public:
  // Shorter than 4 bytes is no secret but noise: it is not kept.
  void add(std::string_view secret);
  // Also finds them URL-encoded (once and twice) and escaped for JSON.
  std::string mask(std::string_view text) const;
  // For facts and other data on standard output: leaves secrets under 8 bytes alone. A PIN such as 2013 is a year and
  // an id in every library, and taking it out would break the data and tell the PIN.
  std::string mask_data(std::string_view text) const;

private:
  std::string mask(std::string_view text, std::size_t shortest) const;

  mutable std::mutex mutex_{};
  std::vector<std::string> needles_{};  // longest first
};

// The configuration with every secret as "***"; references stay readable, they hold none.
json::Value redacted(const json::Value& config, const std::vector<Manifest>& manifests);

}  // namespace crosswatch::host
