#include "wire/document.hpp"

#include <Poco/Exception.h>
#include <Poco/SAX/Attributes.h>
#include <Poco/SAX/DefaultHandler.h>
#include <Poco/SAX/SAXParser.h>

#include <algorithm>
#include <cctype>
#include <exception>

#include "wire/text.hpp"

namespace crosswatch::plex::wire {
namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() && std::equal(lower.begin(), lower.end(), text.begin(), [](char a, char b) {
           return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
         });
}

// What expat would refuse a whole library for: bytes that are not UTF-8, and control characters.
void mend(std::string& body, std::size_t offset) {
  std::erase_if(body,
                [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r'; });
  const std::string_view head = std::string_view(body).substr(offset, 100);
  const bool declared =
      head.find("encoding=") != head.npos && head.find("UTF-8") == head.npos && head.find("utf-8") == head.npos;
  if (!declared && !is_utf8(body)) body = utf8(body);
}

// Between Poco and ours. Nothing may be thrown through expat, so an exception waits until the parse is over.
class Bridge : public Poco::XML::DefaultHandler {
public:
  explicit Bridge(XmlHandler& handler) : handler_(handler) {}
  void finish(std::string_view what) const {
    if (error_) std::rethrow_exception(error_);
    if (too_deep_) refuse(what, "malformed_answer", "it is nested too deeply");
  }

  void startElement(const std::string&, const std::string&, const std::string& name,
                    const Poco::XML::Attributes& attributes) override {
    guarded(
        [&] {
          attributes_.clear();
          for (int i = 0; i < attributes.getLength(); ++i)
            attributes_.emplace_back(attributes.getQName(i), attributes.getValue(i));
          handler_.start(name, attributes_, depth_);
        },
        ++depth_);
  }
  void endElement(const std::string&, const std::string&, const std::string&) override {
    guarded([&] { handler_.end(depth_); }, depth_);
    --depth_;
  }
  void characters(const char text[], int start, int length) override {
    guarded([&] { handler_.text({text + start, static_cast<std::size_t>(length)}); }, depth_);
  }

private:
  template <class F>
  void guarded(F&& body, unsigned depth) noexcept {
    if (depth > max_depth) too_deep_ = true;
    if (error_ || too_deep_) return;
    try {
      body();
    } catch (...) {
      error_ = std::current_exception();
    }
  }

  XmlHandler& handler_;
  XmlAttributes attributes_{};
  unsigned depth_ = 0;
  bool too_deep_ = false;
  std::exception_ptr error_{};
};

}  // namespace

void broken_assertion(const char* condition) {
  throw Error(CW_INTERNAL, "json_reader_defect", std::string("The JSON reader broke off: ") + condition);
}

void refuse(std::string_view what, std::string_view code, std::string_view why) {
  std::string message(what);
  message += " cannot be read: ";
  message += why;
  message += '.';
  throw Error(
      CW_PROTOCOL, std::string(code), message,
      "Try again; if it stays so, look whether the address is that of Plex and not of something in front of it.");
}

Start begin_of(const std::string& body, std::string_view what) {
  const std::size_t mark = body.compare(0, 3, "\xEF\xBB\xBF") == 0 ? 3 : 0;
  const std::size_t at = body.find_first_not_of(" \t\r\n", mark);
  if (at == body.npos) refuse(what, "empty_answer", "the answer is empty");
  if (body[at] == '{' || body[at] == '[') return {true, at};
  const std::string_view text = std::string_view(body).substr(at);
  if (starts_with_ignoring_case(text, "<!doctype html") || starts_with_ignoring_case(text, "<html"))
    refuse(what, "html_answer", "HTML came instead of data");
  if (body[at] != '<') refuse(what, "malformed_answer", "it is neither JSON nor XML");
  return {false, at};
}

void parse_xml(std::string& body, std::size_t offset, std::string_view what, XmlHandler& handler) {
  // Plex sends no document type. Without one there are no entities to expand.
  if (body.find("<!DOCTYPE") != body.npos) refuse(what, "malformed_answer", "it carries a document type");
  mend(body, offset);
  Bridge bridge(handler);
  Poco::XML::SAXParser parser;
  parser.setFeature(Poco::XML::XMLReader::FEATURE_NAMESPACES, false);
  parser.setFeature(Poco::XML::XMLReader::FEATURE_EXTERNAL_GENERAL_ENTITIES, false);
  parser.setFeature(Poco::XML::XMLReader::FEATURE_EXTERNAL_PARAMETER_ENTITIES, false);
  parser.setContentHandler(&bridge);
  try {
    parser.parseMemoryNP(body.data() + offset, body.size() - offset);
  } catch (const Poco::Exception& e) {
    bridge.finish(what);
    refuse(what, "malformed_answer", "broken XML (" + e.message() + ")");
  }
  bridge.finish(what);
}

}  // namespace crosswatch::plex::wire
