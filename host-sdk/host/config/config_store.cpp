#include "config/config_store.hpp"

#include <chrono>
#include <crosswatch/call.hpp>

#include "files/files.hpp"

namespace crosswatch::host {

json::Value ConfigStore::read() const {
  const auto text = read_file(file_, 4 * json::max_text);
  if (!text) return json::object();
  json::Value config;
  try {
    config = json::parse(*text, "The configuration " + file_.string());
  } catch (Error& e) {
    e.remedy = "Correct that place in the file; nothing was changed.";
    throw;
  }
  if (!config.is_object())
    throw Error(CW_CONFIG, "bad_config",
                "The configuration " + file_.string() + " holds " + std::string(json::kind_of(config)) +
                    " where an object {..} is expected.",
                "Correct the file, or move it away to begin anew.");
  return config;
}

void ConfigStore::update(const std::function<void(json::Value&)>& mutate) {
  // One lock for one file, by whatever link it is reached.
  std::filesystem::path lock_file = std::filesystem::weakly_canonical(file_);
  lock_file += ".lock";
  const auto lock = FileLock::acquire(lock_file, std::chrono::seconds(10), "The configuration " + file_.string());
  const json::Value before = read();
  json::Value after = before;
  mutate(after);
  if (after == before) return;
  const std::string text = json::dump(after, 2) + "\n";
  if (text.size() > json::max_text)
    throw Error(CW_CONFIG, "config_too_large", "The configuration would become larger than 1 MiB; it was not changed.",
                "Take out what does not belong there.");
  write_atomically(file_, text);
}

}  // namespace crosswatch::host
