// plexsim as a program: prints one JSON line when it is ready, ends on SIGTERM, SIGINT or POST /sim/stop.
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "arguments.hpp"
#include "buffer.hpp"
#include "writer.hpp"

namespace {

std::atomic<bool> told_to_stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);
void on_signal(int) {
  told_to_stop = true;
}

void print_ready(plexsim::Simulator& sim) {
  plexsim::Buffer out;
  plexsim::Writer w(out, true);
  const auto urls = sim.urls();
  w.root("", false);
  w.attr("event", "ready");
  w.attr("plex_tv", urls.plex_tv);
  w.attr("clients", urls.clients);
  w.attr("discover", urls.discover);
  w.attr("metadata", urls.metadata);
  w.list("servers");
  for (int s = 0; s < sim.server_count(); ++s) {
    w.begin("server");
    w.attr("id", sim.server_id(s));
    w.attr("name", sim.server_name(s));
    w.attr("url", sim.server_url(s));
    if (const auto files = sim.recorded_files(s); !files.empty()) {
      w.list("files");
      for (const auto& f : files) {
        w.begin("file");
        w.attr("file", f.file);
        if (f.library.empty()) {
          w.attr("skipped", f.why);
        } else {
          w.attr("library", f.library);
          w.attr("title", f.title);
          w.attr("rows", f.rows);
          w.attr("movies", f.movies);
          w.attr("shows", f.shows);
          w.attr("seasons", f.seasons);
          w.attr("episodes", f.episodes);
        }
        w.end();
      }
      w.end_list();
    }
    w.end();
  }
  w.end_list();
  w.attr("ca_file", sim.ca_file());
  w.attr("control", sim.start_control());
  w.finish();
  std::printf("%.*s\n", static_cast<int>(out.size()), out.data());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const auto arguments = plexsim::parse_arguments(argc, argv);
    if (arguments.help) {
      std::fputs(plexsim::usage().c_str(), stdout);
      return 0;
    }
    if (arguments.die_with_parent) {
      const pid_t parent = getppid();
      prctl(PR_SET_PDEATHSIG, SIGTERM);
      if (getppid() != parent) return 0;  // it died before the request took hold
    }
    std::signal(SIGTERM, on_signal);
    std::signal(SIGINT, on_signal);
    plexsim::Simulator sim(arguments.options);
    for (int s = 0; s < sim.server_count(); ++s) {
      for (const auto& f : sim.recorded_files(s)) {
        if (f.library.empty()) std::fprintf(stderr, "plexsim: skipped %s: %s\n", f.file.c_str(), f.why.c_str());
      }
    }
    print_ready(sim);
    while (!told_to_stop && !sim.wait_for_stop(100)) {
    }
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
}
