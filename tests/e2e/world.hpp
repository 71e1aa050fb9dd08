// Where the tests happen: a folder with a configuration and state of its own, and a simulated Plex.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "command.hpp"
#include "plexsim/plexsim.hpp"

namespace e2e {

namespace fs = std::filesystem;

std::string bytes_of(const fs::path& file);  // "" when there is no such file
void write(const fs::path& file, const std::string& content);

// A user's folder. At its end everything that was printed and stored in it is searched for secrets; only the
// configuration may hold any.
class Place {
public:
  Place();
  virtual ~Place();
  Place(const Place&) = delete;

  const fs::path dir, config, state;
  fs::path plugins{};                  // empty: those of the build
  std::vector<std::string> secrets{};  // PINs and passwords in play; tokens of the simulated Plex are known

  Command start(Launch launch);
  Result run(Launch launch);
  Result run(std::initializer_list<std::string> args) { return run(Launch{args}); }
  Result json(std::vector<std::string> args);                    // with --json; its last line is checked to be JSON
  Result ok(std::vector<std::string> args);                      // as json, and must succeed
  std::string refused(int exit, std::vector<std::string> args);  // as json, and must fail so; returns the error code

  Value configuration() const;
  void configure(const std::string& path, const Value& v);  // by hand, as in an editor

protected:
  void check_secrecy() const;

private:
  std::string said_{};
};

// A place with both plugins switched on and a simulated Plex behind the Plex plugin. At its end it is checked that no
// token went where it must not go.
class World : public Place {
public:
  static plexsim::Options small();  // a few titles of every kind, one server, five people
  explicit World(plexsim::Options options = small());
  ~World() override;

  plexsim::Simulator sim;
  std::vector<std::string> wanted{"owner"};  // whose server tokens may be used

  void link(const std::string& user = "owner", const std::string& profile = "default");
  void pair(std::vector<std::string> more = {});  // plex -> tracker as "p1"
  void fault(plexsim::FaultKind kind, const std::string& host, const std::string& path, int count = 0, int nth = 1);
  int asked(const std::string& host, const std::string& path_part) const;
  std::string key(std::size_t n) const;  // the n-th movie of the first library
  std::int64_t facts(const std::string& provider, const std::string& feature, const std::string& profile = "default");
};

inline const std::vector<std::string> features{"history", "ratings", "progress", "watchlist"};

Value totals(const Result& sync);       // of its last line, which must be the end of a run
std::int64_t changes(const Value& of);  // added, updated and removed

}  // namespace e2e
