#include "parse_for_nobody.hpp"

#include <rapidjson/reader.h>

namespace crosswatch::bench {

bool parse_for_nobody(std::string& body) {
  constexpr unsigned flags =
      rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag;
  rapidjson::Reader reader;
  rapidjson::InsituStringStream stream(body.data());
  rapidjson::BaseReaderHandler<> nobody;
  return !reader.Parse<flags>(stream, nobody).IsError();
}

}  // namespace crosswatch::bench
