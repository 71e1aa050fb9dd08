#include "http/message.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include "http/trouble.hpp"

namespace crosswatch::plex::http {

namespace {

constexpr std::size_t most_line = 16384;
constexpr std::size_t most_headers = 200;
constexpr std::size_t bytes_a_ms = 32;  // an answer that comes at least this fast may take as long as it needs

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::string_view trim(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<std::size_t> number(std::string_view text, int base) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The first `size` bytes of `text`. What stands behind them is left from the answer before, until done(): to fill it
// with zeros for each page would cost a tenth of what receiving costs.
struct Body {
  std::string& text;
  std::size_t size = 0;
  void make_room(std::size_t wanted, std::size_t most) {
    if (wanted > text.size()) text.resize(std::min(most, std::max({wanted, 2 * text.size(), std::size_t{65536}})));
  }
  void done() { text.resize(size); }
};

// The bytes of one answer in their order.
class Source {
public:
  Source(Stream& stream, Wait& wait, const std::string& where, bool& began)
      : stream_(stream), wait_(wait), where_(where), began_(began) {}

  // A line without its end.
  std::string line() {
    std::string out;
    for (;;) {
      const auto from = buffer_.begin() + static_cast<std::ptrdiff_t>(begin_);
      const auto to = buffer_.begin() + static_cast<std::ptrdiff_t>(end_);
      const auto at = std::find(from, to, '\n');
      out.append(from, at);
      if (out.size() > most_line) throw trouble(Trouble::garbled, where_, "a line of the head has no end");
      begin_ = static_cast<std::size_t>(at - buffer_.begin());
      if (at != to) {
        ++begin_;
        if (out.ends_with('\r')) out.pop_back();
        return out;
      }
      if (!fill()) throw ended();
    }
  }

  // Appends `size` bytes to the body.
  void append(Body& body, std::size_t size) {
    if (append_most(body, size) < size) throw ended();
  }
  // Appends what is left of the stream, at most `most`; returns how much that was.
  std::size_t append_most(Body& body, std::size_t most) {
    const std::size_t old = body.size, end = old + most;
    const std::size_t buffered = std::min(most, end_ - begin_);
    body.make_room(old + buffered, end);
    std::memcpy(body.text.data() + old, buffer_.data() + begin_, buffered);
    body.size += buffered;
    begin_ += buffered;
    while (body.size < end) {
      // Grows with what has arrived rather than with what was announced.
      body.make_room(body.size + 1, end);
      const std::size_t n = read(body.text.data() + body.size, std::min(end, body.text.size()) - body.size);
      if (n == 0) break;
      body.size += n;
    }
    return body.size - old;
  }
  bool empty() const noexcept { return begin_ == end_; }

private:
  Error ended() const { return trouble(began_ ? Trouble::cut_off : Trouble::lost, where_); }
  bool fill() {
    begin_ = 0;
    end_ = read(buffer_.data(), buffer_.size());
    return end_ > 0;
  }
  std::size_t read(char* to, std::size_t size) {
    try {
      const std::size_t n = stream_.read(to, size, wait_);
      if (n > 0) began_ = true;
      wait_.extend(std::chrono::milliseconds(n / bytes_a_ms));
      return n;
    } catch (const Error& e) {
      if (began_ && e.code == "connection_lost") throw ended();
      throw;
    }
  }

  Stream& stream_;
  Wait& wait_;
  const std::string& where_;
  bool& began_;
  std::array<char, 16384> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

Response read_head(Source& source, const std::string& where, bool& persistent) {
  Response response;
  const std::string status = source.line();
  if (!status.starts_with("HTTP/1.") || status.size() < 12) throw trouble(Trouble::garbled, where);
  response.status = static_cast<int>(number(std::string_view(status).substr(9, 3), 10).value_or(0));
  if (response.status < 100) throw trouble(Trouble::garbled, where);
  for (std::string line = source.line(); !line.empty(); line = source.line()) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || response.headers.size() == most_headers)
      throw trouble(Trouble::garbled, where, "its head is malformed");
    const std::string_view value = trim(std::string_view(line).substr(colon + 1));
    response.headers.emplace_back(lower(trim(std::string_view(line).substr(0, colon))), value);
  }
  response.content_type = response.header("content-type");
  const std::string connection = lower(response.header("connection"));
  persistent = status.starts_with("HTTP/1.1") && connection.find("close") == std::string::npos;
  return response;
}

void read_chunks(Source& source, const std::string& where, Body& body) {
  for (;;) {
    const std::string line = source.line();
    const auto size = number(trim(std::string_view(line).substr(0, line.find(';'))), 16);
    if (!size) throw trouble(Trouble::cut_off, where, "a chunk of it is malformed");
    if (*size == 0) break;
    if (*size > most_body - body.size) throw trouble(Trouble::garbled, where, "the answer is too large");
    source.append(body, *size);
    if (!source.line().empty()) throw trouble(Trouble::cut_off, where, "a chunk of it is malformed");
  }
  for (std::size_t trailers = 0; !source.line().empty();)
    if (++trailers > most_headers) throw trouble(Trouble::garbled, where, "its trailer has no end");
}

// Poco's inflating stream takes a cut for the end, so zlib itself is asked.
void unpack(std::string& body, const std::string& where) {
  constexpr int either = 15 + 32;  // the largest window; gzip or zlib by their own heads
  z_stream z{};
  z.next_in = reinterpret_cast<Bytef*>(body.data());
  z.avail_in = static_cast<uInt>(body.size());
  std::string plain;
  int state = ::inflateInit2(&z, either);
  while (state == Z_OK && plain.size() <= most_body) {
    const std::size_t old = plain.size();
    plain.resize(std::min(std::max<std::size_t>({2 * old, 4 * body.size(), 16384}), most_body + 1));
    z.next_out = reinterpret_cast<Bytef*>(plain.data() + old);
    z.avail_out = static_cast<uInt>(plain.size() - old);
    state = ::inflate(&z, Z_NO_FLUSH);
    plain.resize(plain.size() - z.avail_out);
  }
  ::inflateEnd(&z);
  if (plain.size() > most_body) throw trouble(Trouble::garbled, where, "the answer is too large");
  if (state != Z_STREAM_END) throw trouble(Trouble::cut_off, where, "its compressed data is damaged");
  body.swap(plain);
}

}  // namespace

std::string compose(const Request& request, const Url& url, const decltype(Request::headers)& headers) {
  std::string out = request.method + " " + request.path;
  char separator = request.path.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [key, value] : request.query) {
    out += separator + key + "=" + encode(value);
    separator = '&';
  }
  out += " HTTP/1.1\r\nHost: ";
  const bool usual = url.port == (url.secure ? 443 : 80);
  out += (usual && url.host.find(':') == std::string::npos ? url.host : url.host_port()) + "\r\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
      throw Error(CW_CONFIG, "bad_header", "The value for " + std::string(name) + " holds a line break.",
                  "Look for a line break in the settings of the profile.");
    out.append(name).append(": ").append(value).append("\r\n");
  };
  for (const auto& [name, value] : headers) {
    const auto same = [&n = name](const auto& own) { return lower(own.first) == lower(n); };
    if (std::none_of(request.headers.begin(), request.headers.end(), same)) add(name, value);
  }
  for (const auto& [name, value] : request.headers) add(name, value);
  if (!request.token.empty()) add("X-Plex-Token", request.token);
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT")
    add("Content-Length", std::to_string(request.body.size()));
  return out + "\r\n" + request.body;
}

Received receive(Stream& stream, Wait& wait, const std::string& method, const std::string& where, std::string& body,
                 bool& began) {
  Source source(stream, wait, where, began);
  Body content{body};
  Received out;
  bool persistent = false;
  do {
    out.response = read_head(source, where, persistent);
  } while (out.response.status < 200);  // "100 Continue" and its like precede the answer
  const Response& head = out.response;
  const std::string_view length = head.header("content-length");
  const std::string coding = lower(head.header("transfer-encoding"));
  if (method == "HEAD" || head.status == 204 || head.status == 304) {
    // no body, whatever the head announces
  } else if (!coding.empty()) {
    if (coding != "chunked") throw trouble(Trouble::garbled, where, "its transfer coding is unknown");
    read_chunks(source, where, content);
  } else if (!length.empty()) {
    const auto size = number(length, 10);
    if (!size || *size > most_body) throw trouble(Trouble::garbled, where, "its length is unacceptable");
    source.append(content, *size);
  } else {
    persistent = false;
    if (source.append_most(content, most_body + 1) > most_body)
      throw trouble(Trouble::garbled, where, "the answer is too large");
  }
  content.done();
  out.reusable = persistent && source.empty();
  const std::string encoding = lower(head.header("content-encoding"));
  if (!body.empty() && (encoding == "gzip" || encoding == "x-gzip" || encoding == "deflate"))
    unpack(body, where);
  else if (!body.empty() && !encoding.empty() && encoding != "identity")
    throw trouble(Trouble::garbled, where, "its content coding is unknown");
  return out;
}

}  // namespace crosswatch::plex::http
