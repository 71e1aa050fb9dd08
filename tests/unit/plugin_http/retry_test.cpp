#include "http/retry.hpp"

#include <doctest/doctest.h>

using namespace crosswatch::plex::http;

TEST_CASE("Retry-After is understood as seconds and as a date") {
  const std::int64_t now = 1'700'000'000'000;  // Tue, 14 Nov 2023 22:13:20 GMT
  CHECK(retry_after_ms("7", now) == 7000u);
  CHECK(retry_after_ms("Tue, 14 Nov 2023 22:13:50 GMT", now) == 30'000u);
  CHECK(retry_after_ms("Tue, 14 Nov 2023 22:00:00 GMT", now) == 0u);
  CHECK(retry_after_ms("99999999999", now) == 86'400'000u);
  CHECK(retry_after_ms("-5", now) == 0u);
  CHECK_FALSE(retry_after_ms("soon", now));
  CHECK_FALSE(retry_after_ms("", now));
}

TEST_CASE("only what cannot have taken effect twice is sent again") {
  for (const int passing : {502, 503, 504}) {
    CHECK(should_retry(passing, true, 0, 3, {}, 0.5));
    CHECK_FALSE(should_retry(passing, false, 0, 3, {}, 0.5));
  }
  CHECK(should_retry(429, true, 0, 3, {}, 0.5));
  CHECK(should_retry(429, false, 0, 3, {}, 0.5));
  for (const int final : {200, 301, 400, 401, 403, 404, 422, 498, 500})
    CHECK_FALSE(should_retry(final, true, 0, 3, {}, 0.5));
}

TEST_CASE("tries end, grow apart, and heed what the server asked for up to a minute") {
  CHECK_FALSE(should_retry(503, true, 2, 3, {}, 0.5));
  CHECK_FALSE(should_retry(503, true, 0, 1, {}, 0.5));
  CHECK(*should_retry(503, true, 1, 9, {}, 1.0) == 2 * *should_retry(503, true, 0, 9, {}, 1.0));
  CHECK(*should_retry(503, true, 0, 9, {}, 0.0) < *should_retry(503, true, 0, 9, {}, 1.0));
  CHECK(*should_retry(429, true, 0, 3, 7000, 0.5) >= 7000);
  CHECK(should_retry(429, true, 0, 3, 60'000, 0.5));
  CHECK_FALSE(should_retry(429, true, 0, 3, 60'001, 0.5));
}
