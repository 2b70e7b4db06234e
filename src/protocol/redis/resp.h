#pragma once

// Requests of the Redis serialization protocol, without I/O: arrays of bulk strings, and the inline
// form. https://redis.io/docs/reference/protocol-spec

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"

namespace octavo::redis {

struct RespLimits {
  // As Redis; how many there can be in fact follows from the memory that they take.
  std::int64_t max_arguments = std::numeric_limits<std::int32_t>::max();
  std::int64_t max_bulk_bytes = 512 * static_cast<std::int64_t>(kMiB);
  bool authenticated = true;  // the error says why the limit is so low
};
// Before a client has authenticated it gets little room.
constexpr RespLimits kUnauthenticatedLimits{10, 16 * static_cast<std::int64_t>(kKiB), false};
constexpr std::size_t kMaxInlineBytes = 64 * kKiB;

enum class ParseState : std::uint8_t {
  command,    // `arguments` holds one; `consumed` says how long it was
  nothing,    // an empty request (a blank line, `*0`); `consumed` as well
  need_more,  // the input ends within a request
  error,      // `error` is what to reply before closing
};

struct ParseResult {
  ParseState state = ParseState::need_more;
  std::size_t consumed = 0;
  std::string error = {};
  bool is_inline = false;  // the arguments are good until the next call of `parse` only
};

// Parses the request at the front of `input`. Arguments view `input`, except those of an inline
// request with quotes, which are kept in `unquoted`. Remembers how far a large request had been
// looked at, so that reading it in many pieces stays linear.
class RequestParser {
 public:
  ParseResult parse(BytesView input, const RespLimits& limits);

  const std::vector<std::string_view>& arguments() const { return arguments_; }
  // Beside the input.
  std::size_t held_bytes() const {
    return spans_.capacity() * sizeof(Span) + arguments_.capacity() * sizeof(std::string_view);
  }

 private:
  // Of a request that was cut off: in offsets, because the bytes may move between calls.
  struct Span {
    std::size_t offset;
    std::size_t size;
  };

  ParseResult parse_array(BytesView input, const RespLimits& limits);
  ParseResult parse_inline(BytesView input);
  ParseResult refuse(std::string_view why);
  void restart();

  std::vector<std::string_view> arguments_;
  std::vector<std::string> unquoted_;
  std::vector<Span> spans_;
  std::int64_t expected_ = -1;  // arguments; -1: the header was not read yet
  std::size_t at_ = 0;
};

}  // namespace octavo::redis
