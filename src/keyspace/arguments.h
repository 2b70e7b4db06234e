#pragma once

// Reading arguments. Each function writes the error itself and then answers nullopt.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/text.h"
#include "keyspace/command.h"
#include "keyspace/reply.h"
#include "keyspace/type/numbers.h"

namespace octavo::keyspace {

// Is the argument this word (given in lower case)?
inline bool is_word(std::string_view argument, std::string_view word) {
  return equals_ignoring_case(argument, word);
}

std::optional<std::int64_t> integer_argument(std::string_view argument, Reply& reply,
                                             std::string_view error = kNotInteger);
// Within [low, high], or the error.
std::optional<std::int64_t> bounded_argument(std::string_view argument, std::int64_t low,
                                             std::int64_t high, Reply& reply,
                                             std::string_view error);
// Any int64 above or equal zero: "ERR value is out of range, must be positive".
std::optional<std::int64_t> positive_argument(std::string_view argument, Reply& reply);
std::optional<double> double_argument(std::string_view argument, Reply& reply,
                                      std::string_view error = kNotFloat);

// "ERR wrong number of arguments for 'name' command"
void wrong_arity(Reply& reply, std::string_view command);
// "ERR unknown subcommand ... Try NAME HELP."
void unknown_subcommand(Reply& reply, Args args);
// Replies the lines of NAME HELP.
void help_reply(Reply& reply, std::string_view command, std::span<const std::string_view> lines);
inline void help_reply(Reply& reply, std::string_view command,
                       std::initializer_list<std::string_view> lines) {
  help_reply(reply, command, std::span(lines.begin(), lines.size()));
}

// A time to live as EX, PX, EXAT, PXAT and the EXPIRE family give it.
struct ExpiryArgument {
  bool seconds = false;
  bool absolute = false;
};
// The moment in milliseconds since 1970. Refuses zero, negative and overflowing times.
std::optional<std::int64_t> expiry_argument(std::string_view argument, ExpiryArgument unit,
                                            std::int64_t now_ms, std::string_view command,
                                            Reply& reply);

// Turns a start and an end as Redis counts them (negative: from the back) into [start, stop).
struct IndexRange {
  std::uint64_t start = 0;
  std::uint64_t stop = 0;
  bool empty() const { return start >= stop; }
  std::uint64_t size() const { return empty() ? 0 : stop - start; }
};
IndexRange index_range(std::int64_t start, std::int64_t end, std::uint64_t size);

}  // namespace octavo::keyspace
