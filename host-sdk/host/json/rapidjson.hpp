// RapidJSON as this folder uses it; the only file that includes it.
#pragma once

#include <crosswatch/call.hpp>

// A namespace of our own: other parts of a program may configure the same templates differently.
#define RAPIDJSON_NAMESPACE crosswatch_host_rapidjson
#define RAPIDJSON_NAMESPACE_BEGIN namespace crosswatch_host_rapidjson {
#define RAPIDJSON_NAMESPACE_END }

// The default aborts the process, and only in debug builds.
#define RAPIDJSON_ASSERT(condition) \
  ((condition) ? void() : throw crosswatch::Error(CW_CONFIG, "bad_json", "The JSON text breaks a rule: " #condition))

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/schema.h>
