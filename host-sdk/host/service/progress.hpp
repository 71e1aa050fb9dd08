// What is begun and not finished, over all profiles: which title, where, how far, and how to change it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/facts.hpp"
#include "exit_code.hpp"
#include "service/workspace.hpp"

namespace crosswatch::host {

// The resume point of one title in one profile. Of several copies the newest counts.
struct ResumePoint {
  ProfileRef where{};
  Fact fact{};             // as that profile lists it
  std::size_t copies = 1;  // in its libraries
};
// One title, matched by typed ids as a sync matches it.
struct ResumeTitle {
  std::string key{};                  // "movie/imdb:tt0133093"; stays the same from one reading to the next
  Fact item{};                        // every id that is known, and the names of the newest point
  std::vector<ResumePoint> points{};  // newest first
  std::vector<ProfileRef> missing{};  // profiles with the feature that list no position of it
  bool differs = false;               // positions further apart than a sync would take for one
  bool ambiguous = false;             // ids contradict each other: nothing is written
};
struct ProgressList {
  std::vector<ProfileRef> profiles{};                    // that were read
  std::vector<ResumeTitle> titles{};                     // the one touched last first
  std::vector<std::pair<ProfileRef, Error>> problems{};  // profiles that could not be read, or not to the end
};

// Reads the profiles that have the feature, at the same time; `only` those when it is not empty. What fails at one is
// told in `problems`. Error NOT_FOUND for a named profile that is not there; UNSUPPORTED for one without the feature.
ProgressList read_progress(Workspace& ws, const std::vector<ProfileRef>& only = {});

struct ProfileFacts {
  ProfileRef where{};
  engine::Facts facts;
  bool complete = false;
};
// Which facts of different profiles are one title. All facts share `texts`.
std::vector<ResumeTitle> group_titles(const engine::Texts& texts, const std::vector<ProfileFacts>& profiles);

struct ProgressChange {
  std::string key{};                          // of the title, or one of its ids: "imdb:tt0133093"
  std::optional<std::int64_t> position_ms{};  // nullopt: clear
  std::optional<int> percent{};               // of the length, in place of position_ms
  bool clear = false;
  std::vector<ProfileRef> at{};                // empty: wherever it is unfinished
  bool replay = false;                         // also where it is marked as watched
  std::map<std::string, std::int64_t> seen{};  // by profile: the position that the person has before them
};
struct ProgressOutcome {
  ProfileRef where{};
  std::string result{};                        // "done", "nothing_to_do", "refused", "failed"
  std::string reason{};                        // "code: sentence"
  std::int64_t before_ms = -1, after_ms = -1;  // -1: none; after: as it was read back
  ExitCode exit = ExitCode::ok;
};
// Writes through the providers, whose rules hold: never while it is being played, never over what changed meanwhile,
// never onto what is watched without `replay`. What a provider confirmed is looked up once more. Errors: NOT_FOUND
// "title_unknown", CONFIG "usage"; what fails at one profile is in its outcome.
std::vector<ProgressOutcome> change_progress(Workspace& ws, const ProgressList& now, const ProgressChange& change);
const ResumeTitle& find_title(const ProgressList& list, const std::string& key);  // Error NOT_FOUND "title_unknown"

json::Value title_json(const ResumeTitle& title);
json::Value outcome_json(const ProgressOutcome& outcome);

}  // namespace crosswatch::host
