#include "http/client.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <random>

#include "http/limiter.hpp"
#include "http/message.hpp"
#include "http/retry.hpp"
#include "http/stream.hpp"
#include "http/trouble.hpp"

namespace crosswatch::plex::http {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint32_t most_connect_ms = 10'000;
constexpr unsigned most_at_once = 4;  // requests to one media server
// Servers close idle connections after 20 s or more. A write that may not be repeated takes less risk.
constexpr std::chrono::seconds idle_for_reads{15}, idle_for_writes{3};

double random_share() {
  static std::mutex mutex;
  static std::minstd_rand engine{std::random_device{}()};
  const std::lock_guard lock(mutex);
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

using Headers = decltype(Request::headers);

// What plex.tv shows in the list of authorised devices.
Headers identity(const Options& options) {
  utsname machine{};
  ::uname(&machine);
  Headers out{{"User-Agent", "CrossWatch/" + options.version},
              {"X-Plex-Product", "CrossWatch"},
              {"X-Plex-Version", options.version},
              {"X-Plex-Platform", machine.sysname},
              {"X-Plex-Platform-Version", machine.release},
              {"X-Plex-Device", machine.sysname},
              {"X-Plex-Device-Name", machine.nodename}};
  if (std::string id = options.client_id ? options.client_id() : std::string(); !id.empty())
    out.emplace_back("X-Plex-Client-Identifier", std::move(id));
  return out;
}

}  // namespace

struct Client::Impl {
  explicit Impl(Options o) : options(std::move(o)) {}

  struct Idle {
    std::unique_ptr<Stream> stream{};
    Clock::time_point since{};
  };

  Response once(const Call& call, const Request& request, const Url& url, std::string& body);
  Response exchange(const Call& call, const Request& request, const Url& url, Stream& stream, Wait& wait,
                    std::string& body, bool& began, bool& reusable);
  std::unique_ptr<Stream> take_idle(const std::string& key, bool safe_to_repeat);
  Poco::Net::Context::Ptr context(const std::string& host);
  void pace(const Call& call, const std::string& base_url) const;
  bool is_cloud(const std::string& base_url) const;
  Headers headers_to_accept(const char* type);
  // The address, if what the request carries may go there.
  Url expect_safe(const Request& request) const;
  template <class Open>
  std::unique_ptr<Push> push(const Call& call, const Request& request, const char* accept, Open&& open);

  const Options options;
  std::once_flag identified{};
  Headers headers{};  // who asks
  std::mutex mutex{};
  std::map<std::string, std::vector<Idle>> idle{};
  std::map<std::string, Poco::Net::Context::Ptr> contexts{};  // by host name
  Poco::Net::Context::Ptr trusts_system{}, trusts_ca_file{};  // the first of each kind, whose roots the others share
};

Client::Client(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;

// One Context for each name, since the wanted name is part of it.
Poco::Net::Context::Ptr Client::Impl::context(const std::string& host) {
  const std::lock_guard lock(mutex);
  const bool built_in = host == "plex.tv" || host.ends_with(".plex.tv");
  auto& known = contexts[host];
  auto& like = built_in ? trusts_system : trusts_ca_file;
  if (!known) known = make_context(host, built_in ? std::string() : options.ca_file, like);
  if (!like) like = known;
  return known;
}

std::unique_ptr<Stream> Client::Impl::take_idle(const std::string& key, bool safe_to_repeat) {
  const std::lock_guard lock(mutex);
  auto& list = idle[key];
  const auto oldest = Clock::now() - (safe_to_repeat ? idle_for_reads : idle_for_writes);
  while (!list.empty()) {
    Idle last = std::move(list.back());
    list.pop_back();
    if (last.since >= oldest && !last.stream->stale()) return std::move(last.stream);
  }
  return nullptr;
}

Headers Client::Impl::headers_to_accept(const char* type) {
  std::call_once(identified, [&] { headers = identity(options); });
  Headers all = headers;
  all.emplace_back("Accept", type);
  return all;
}

Response Client::Impl::exchange(const Call&, const Request& request, const Url& url, Stream& stream, Wait& wait,
                                std::string& body, bool& began, bool& reusable) {
  Headers all = headers_to_accept(request.want_xml ? "application/xml" : "application/json");
  // Packing costs a server on the same network more than the line saves.
  if (!is_local(url.host)) all.emplace_back("Accept-Encoding", "gzip");
  stream.write(compose(request, url, all), wait);
  Received received = receive(stream, wait, request.method, url.host_port(), body, began);
  reusable = received.reusable;
  return std::move(received.response);
}

Response Client::Impl::once(const Call& call, const Request& request, const Url& url, std::string& body) {
  const std::string key = url.text();
  std::optional<Limiter::Place> place;
  if (!is_cloud(request.base_url)) place.emplace(Limiter::shared(), call, key, most_at_once);
  const NoBrokenPipe quiet;
  Wait wait(call, request.deadline_ms ? request.deadline_ms : options.timeout_ms);
  for (auto stream = take_idle(key, request.safe_to_repeat);;) {
    const bool kept = stream != nullptr;
    if (!kept) {
      Wait connecting(call, std::min(wait.left_ms(), most_connect_ms));
      stream = Stream::open(url, url.secure ? context(url.host) : nullptr, connecting);
    }
    bool began = false, reusable = false;
    try {
      Response response = exchange(call, request, url, *stream, wait, body, began, reusable);
      if (reusable) {
        const std::lock_guard lock(mutex);
        idle[key].push_back({std::move(stream), Clock::now()});
      }
      return response;
    } catch (const Error& e) {
      // The server may have closed the kept connection just when it was used again.
      if (!kept || began || !request.safe_to_repeat || e.code != "connection_lost") throw;
      stream.reset();
    }
  }
}

bool Client::Impl::is_cloud(const std::string& base_url) const {
  return std::any_of(options.cloud.begin(), options.cloud.end(),
                     [&](const CloudHost& c) { return c.base_url == base_url; });
}

void Client::Impl::pace(const Call& call, const std::string& base_url) const {
  for (const CloudHost& c : options.cloud)
    if (c.base_url == base_url) return Limiter::shared().pace(call, c.base_url, c.per_second, c.burst);
}

Url Client::Impl::expect_safe(const Request& request) const {
  const auto url = parse_url(request.base_url);
  if (!url)
    throw Error(CW_CONFIG, "bad_address",
                "\"" + request.base_url + "\" is not an address of the form https://host:port.");
  // An answer of plex.tv can hold a login even when the request has none.
  if (!url->secure && !options.allow_insecure_http && (!request.token.empty() || is_cloud(request.base_url)))
    throw Error(
        CW_UNREACHABLE, "insecure_http",
        "Nothing was sent to " + url->host_port() + ": plain http would show your login to everybody on the way.",
        "Use an https address, or allow it with plex.allow_insecure_http.");
  return *url;
}

Response Client::send(const Call& call, const Request& request, std::string& body) {
  const Url url = impl_->expect_safe(request);
  const std::uint32_t tries = request.tries ? request.tries : impl_->options.tries;
  for (std::uint32_t attempt = 0;; ++attempt) {
    impl_->pace(call, request.base_url);
    std::optional<std::uint32_t> wait;
    try {
      Response response = impl_->once(call, request, url, body);
      const auto now =
          std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
      const auto asked = retry_after_ms(response.header("retry-after"), now.count());
      wait = should_retry(response.status, request.safe_to_repeat, attempt, tries, asked, random_share());
      if (!wait && response.status == 429)
        throw Error(CW_THROTTLED, "rate_limited", url.host_port() + " takes no more requests for now.",
                    "Try again later.")
            .retry_after(asked.value_or(0))
            .http(429);
      if (!wait) return response;
    } catch (const Error& e) {
      // A connection that broke says nothing of the next one; silence has cost enough time already.
      const bool broke = e.code == "connection_lost" || e.code == "cut_off";
      if (!broke || !request.safe_to_repeat || attempt + 1 >= tries) throw;
      wait = should_retry(503, true, attempt, tries, std::nullopt, random_share());
    }
    call.wait(wait.value_or(0));
  }
}

template <class Open>
std::unique_ptr<Push> Client::Impl::push(const Call& call, const Request& request, const char* accept, Open&& open) {
  const Url url = expect_safe(request);
  std::string head = compose(request, url, headers_to_accept(accept));
  head.resize(head.size() - 2);  // the empty line, behind which only a body could follow
  const NoBrokenPipe quiet;
  Wait connecting(call, std::min(options.timeout_ms, most_connect_ms));
  auto stream = Stream::open(url, url.secure ? context(url.host) : nullptr, connecting);
  return open(std::move(stream), std::move(head), call, url.host_port(), options.push);
}

std::unique_ptr<Push> Client::web_socket(const Call& call, const Request& request) {
  return impl_->push(call, request, "*/*", open_web_socket);
}

std::unique_ptr<Push> Client::events(const Call& call, const Request& request) {
  return impl_->push(call, request, "text/event-stream", open_events);
}

}  // namespace crosswatch::plex::http
