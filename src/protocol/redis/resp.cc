#include "protocol/redis/resp.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace octavo::redis {
namespace {

constexpr std::size_t kKeptArguments = 16 * 1024;  // of a request that once had more
constexpr std::size_t kMaxHeaderBytes = 32;        // of `*N` and `$N`

struct Header {
  ParseState state;
  std::int64_t number = 0;
  std::size_t end = 0;  // behind the line
};

// `<sign><integer>\r\n` at `at`, whose first byte was checked.
Header read_any_header(BytesView input, std::size_t at) {
  const BytesView front = input.substr(at, kMaxHeaderBytes);
  const std::size_t size = front.find('\r');
  if (size == BytesView::npos && front.size() == kMaxHeaderBytes) return {ParseState::error};
  const std::size_t line_end = at + size;
  if (size == BytesView::npos || line_end + 1 >= input.size()) return {ParseState::need_more};
  std::int64_t number = 0;
  const char* first = input.data() + at + 1;
  const char* last = input.data() + line_end;
  const auto [end, fault] = std::from_chars(first, last, number);
  if (fault != std::errc() || end != last || first == last) return {ParseState::error};
  return {ParseState::command, number, line_end + 2};
}

// The same; nearly all are some digits, and whole.
inline Header read_header(BytesView input, std::size_t at) {
  constexpr std::ptrdiff_t kSafeDigits = 18;  // of an int64
  const char* const first = input.data() + at + 1;
  const char* const end = input.data() + input.size();
  const char* const last = end - first > kSafeDigits ? first + kSafeDigits : end;
  std::int64_t number = 0;
  const char* next = first;
  for (; next < last; ++next) {
    const auto digit = static_cast<unsigned char>(*next - '0');
    if (digit > 9) break;
    number = number * 10 + digit;
  }
  if (next == first || end - next < 2 || *next != '\r') return read_any_header(input, at);
  return {ParseState::command, number, static_cast<std::size_t>(next - input.data()) + 2};
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// One quoted word, `at` behind its opening quote; nullopt when it is not closed properly.
std::optional<std::string> read_quoted(BytesView line, std::size_t& at, char quote) {
  std::string out;
  for (;;) {
    if (at >= line.size()) return std::nullopt;
    const char c = line[at++];
    if (c == quote) {
      if (at < line.size() && !is_space(line[at])) return std::nullopt;
      return out;
    }
    if (c != '\\' || at >= line.size()) {
      out.push_back(c);
      continue;
    }
    const char escaped = line[at];
    if (quote == '\'') {
      if (escaped == '\'') ++at;
      out.push_back(escaped == '\'' ? '\'' : '\\');
      continue;
    }
    if (escaped == 'x' && at + 2 < line.size() && hex_digit(line[at + 1]) >= 0 &&
        hex_digit(line[at + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_digit(line[at + 1]) * 16 + hex_digit(line[at + 2])));
      at += 3;
      continue;
    }
    ++at;
    switch (escaped) {
      case 'n': out.push_back('\n'); break;
      case 'r': out.push_back('\r'); break;
      case 't': out.push_back('\t'); break;
      case 'b': out.push_back('\b'); break;
      case 'a': out.push_back('\a'); break;
      default: out.push_back(escaped); break;
    }
  }
}

}  // namespace

void RequestParser::restart() {
  spans_.clear();
  expected_ = -1;
  at_ = 0;
}

ParseResult RequestParser::refuse(std::string_view why) {
  restart();
  return {ParseState::error, 0, "ERR Protocol error: " + std::string(why)};
}

ParseResult RequestParser::parse(BytesView input, const RespLimits& limits) {
  if (input.empty()) return {};
  return input.front() == '*' ? parse_array(input, limits) : parse_inline(input);
}

ParseResult RequestParser::parse_array(BytesView input, const RespLimits& limits) {
  if (expected_ < 0) {
    const Header header = read_header(input, 0);
    if (header.state == ParseState::need_more) return {};
    if (header.state == ParseState::error) return refuse("invalid multibulk length");
    if (header.number > limits.max_arguments) {
      return refuse(limits.authenticated ? "invalid multibulk length"
                                         : "unauthenticated multibulk length");
    }
    if (header.number <= 0) return {ParseState::nothing, header.end};
    expected_ = header.number;
    at_ = header.end;
  }
  while (static_cast<std::int64_t>(spans_.size()) < expected_) {
    if (at_ >= input.size()) return {};
    if (input[at_] != '$') {
      return refuse(std::string("expected '$', got '") + input[at_] + "'");
    }
    const Header header = read_header(input, at_);
    if (header.state == ParseState::need_more) return {};
    if (header.state == ParseState::error || header.number < 0) {
      return refuse("invalid bulk length");
    }
    if (header.number > limits.max_bulk_bytes) {
      return refuse(limits.authenticated ? "invalid bulk length" : "unauthenticated bulk length");
    }
    const auto size = static_cast<std::size_t>(header.number);
    if (input.size() < header.end + size + 2) return {};
    spans_.push_back({header.end, size});
    at_ = header.end + size + 2;
  }
  if (spans_.capacity() > kKeptArguments && spans_.size() < kKeptArguments) {
    spans_.shrink_to_fit();
    std::vector<std::string_view>().swap(arguments_);
  }
  arguments_.clear();
  for (const Span& span : spans_) arguments_.emplace_back(input.data() + span.offset, span.size);
  const std::size_t consumed = at_;
  restart();
  return {ParseState::command, consumed};
}

ParseResult RequestParser::parse_inline(BytesView input) {
  const std::size_t end = input.find('\n');
  if (end == BytesView::npos) {
    if (input.size() <= kMaxInlineBytes) return {};
    return refuse("too big inline request");
  }
  BytesView line = input.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  unquoted_.clear();
  for (std::size_t at = 0; at < line.size();) {
    if (is_space(line[at])) {
      ++at;
      continue;
    }
    std::string word;
    while (at < line.size() && !is_space(line[at])) {
      const char c = line[at++];
      if (c != '"' && c != '\'') {
        word.push_back(c);
        continue;
      }
      const auto quoted = read_quoted(line, at, c);
      if (!quoted) {
        return refuse("unbalanced quotes in request");
      }
      word.append(*quoted);
    }
    unquoted_.push_back(std::move(word));
  }
  arguments_.assign(unquoted_.begin(), unquoted_.end());
  return {arguments_.empty() ? ParseState::nothing : ParseState::command, end + 1, {}, true};
}

}  // namespace octavo::redis
