// Inner loops: a page of a media server to facts, against the JSON parser alone with the same flags on the same
// bytes; aligning and merging two sides that agree.
#include <benchmark/benchmark.h>

#include <crosswatch/fake_host.hpp>

#include "engine/plan.hpp"
#include "feature/item_sink.hpp"
#include "generated.hpp"
#include "http/client.hpp"
#include "index/id_file.hpp"
#include "index/listing.hpp"
#include "parse_for_nobody.hpp"
#include "plexsim/plexsim.hpp"

namespace {

using namespace crosswatch;
using namespace crosswatch::plex;

// A simulated server whose items are all watched, and one page of a thousand of each kind, as the plugin asks for it.
class Pages {
public:
  static Pages& shared() {
    static Pages pages;
    return pages;
  }
  const std::string& body(Kind kind) const { return kind == Kind::movie ? movies_ : episodes_; }
  feature::Reading& reading() { return reading_; }
  const feature::Section& section(Kind kind) const { return kind == Kind::movie ? movie_section_ : show_section_; }
  feature::Joins& joins(Kind kind) { return kind == Kind::movie ? movie_joins_ : show_joins_; }

private:
  static plexsim::Options options() {
    plexsim::Options options;
    plexsim::ServerOptions server;
    server.catalog.movies = 1000;
    server.catalog.shows = 10;
    server.catalog.seasons = 5;
    server.catalog.episodes = 20;
    server.catalog.watched_percent = 100;
    server.catalog.nasty_percent = 0;
    server.catalog.side_libraries = false;
    options.servers = {server};
    return options;
  }
  static http::Options client_options(const plexsim::Simulator& sim) {
    http::Options options;
    options.client_id = [] { return std::string("bench"); };
    options.version = "1";
    options.ca_file = sim.ca_file();
    return options;
  }
  Pages() {
    for (const Kind kind : {Kind::movie, Kind::episode}) {
      const feature::Window window{0, 1000};
      feature::Query query = feature::library_list(section(kind), kind).query;
      query.emplace_back("unwatched", "0");
      std::string& body = kind == Kind::movie ? movies_ : episodes_;
      source_.get(call_, "/library/sections/" + section(kind).key + "/all", query, body, "The page", &window);
    }
    movie_joins_.plays.load(reading_, movie_section_, access_);
    show_joins_.plays.load(reading_, show_section_, access_);
  }

  plexsim::Simulator sim_{options()};
  FakeHost host_{};
  FakeCall fake_call_{host_};
  Call call_ = fake_call_.call();
  Host services_ = host_.host();
  http::Client client_{client_options(sim_)};
  ServerAccess access_{sim_.server_id(), "Bench", sim_.server_url(), ServerToken(sim_.server_token("owner")), 1, true};
  feature::Source source_ = feature::Source::server(client_, access_);
  cw_fact_sink raw_{sizeof(cw_fact_sink), nullptr, [](void*, const cw_facts*) noexcept -> cw_status { return CW_OK; }};
  FactSink sink_{&raw_};
  feature::IdMemo memo_{services_, services_.data_dir()};
  feature::Reading reading_{call_, services_, source_, sink_, memo_};
  feature::Section movie_section_{"1", "u1", "Movies", "movie", ""};
  feature::Section show_section_{"2", "u2", "TV Shows", "show", ""};
  feature::Joins movie_joins_{services_.data_dir()};
  feature::Joins show_joins_{services_.data_dir()};
  std::string movies_{}, episodes_{};
};

void bytes_of(benchmark::State& state, std::size_t size) {
  state.SetBytesProcessed(static_cast<std::int64_t>(static_cast<std::size_t>(state.iterations()) * size));
}

// Parsing in place destroys the page, so both benchmarks copy it first.
void parser_alone(benchmark::State& state, Kind kind) {
  const std::string& page = Pages::shared().body(kind);
  std::string body;
  for (auto _ : state) {
    body = page;
    if (!bench::parse_for_nobody(body)) state.SkipWithError("the page is no JSON");
  }
  bytes_of(state, page.size());
}

void page_to_facts(benchmark::State& state, Kind kind) {
  Pages& pages = Pages::shared();
  const std::string& page = pages.body(kind);
  wire::Arena arena;
  const std::string prefix = "machine/";
  feature::ItemSink sink(pages.reading(), Feature::history, pages.section(kind), kind, prefix, pages.joins(kind),
                         arena);
  std::string body;
  for (auto _ : state) {
    body = page;
    arena.clear();
    const wire::Page read = wire::parse_rows(body, arena, "The page", sink);
    sink.page_end(read.rows, read.rows);
    if (read.rows != 1000) state.SkipWithError("the page does not hold 1000 rows");
  }
  bytes_of(state, page.size());
}

BENCHMARK_CAPTURE(parser_alone, movies, Kind::movie)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(page_to_facts, movies, Kind::movie)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(parser_alone, episodes, Kind::episode)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(page_to_facts, episodes, Kind::episode)->Unit(benchmark::kMicrosecond);

// The id index of a library of so many items with five names each.
std::string written_index(std::uint64_t items) {
  static FakeHost host;
  const std::string folder = host.host().data_dir();
  feature::Spool names(folder, 4 * 1024 * 1024);
  for (std::uint64_t item = 0; item < items; ++item)
    for (const char* scheme : {"imdb", "tmdb", "tvdb", "plex", "item"})
      names.add(plex::index::name_of_id(Kind::movie, scheme, std::to_string(item)), static_cast<std::int64_t>(item));
  names.finish();
  const std::string path = folder + "/ids";
  plex::index::IdFile::write(path, "bench", names);
  return path;
}

void build_index(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(written_index(static_cast<std::uint64_t>(state.range(0))));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}

void look_up_in_index(benchmark::State& state) {
  const auto items = static_cast<std::uint64_t>(state.range(0));
  auto file = plex::index::IdFile::open(written_index(items));
  std::vector<std::uint64_t> keys;
  std::uint64_t item = 0;
  for (auto _ : state) {
    keys.clear();
    item = (item * 6364136223846793005u + 1442695040888963407u) % items;
    if (!file || !file->find(plex::index::name_of_id(Kind::movie, "tmdb", std::to_string(item)), keys) || keys.empty())
      state.SkipWithError("the index does not know an item");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

BENCHMARK(build_index)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(look_up_in_index)->Arg(100'000)->Unit(benchmark::kMicrosecond);

namespace engine = host::engine;

std::shared_ptr<engine::Facts> facts_of(engine::Texts& texts, const std::string& name, std::uint64_t count) {
  auto facts = std::make_shared<engine::Facts>(texts, Feature::history);
  bench::generate(name, count, [&](const cw_facts& page) { facts->accept(page); });
  return facts;
}

void take_in(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) {
    engine::Texts texts;
    benchmark::DoNotOptimize(facts_of(texts, "left", count));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(static_cast<std::size_t>(state.iterations()) * count));
}

void align_sides(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  engine::Texts texts;
  const auto left = facts_of(texts, "left", count), right = facts_of(texts, "right", count);
  const engine::Idents no_rows;
  for (auto _ : state) benchmark::DoNotOptimize(engine::align(texts, left->idents(), right->idents(), no_rows));
  state.SetItemsProcessed(static_cast<std::int64_t>(static_cast<std::size_t>(state.iterations()) * count));
}

void merge_sides(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  engine::Texts texts;
  const auto left = facts_of(texts, "left", count), right = facts_of(texts, "right", count);
  engine::LaneRules rules;
  const engine::Scene scene(texts, left, right, {}, rules);
  for (auto _ : state) benchmark::DoNotOptimize(engine::make_plan(scene));
  state.SetItemsProcessed(static_cast<std::int64_t>(static_cast<std::size_t>(state.iterations()) * count));
}

BENCHMARK(take_in)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(align_sides)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(merge_sides)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
