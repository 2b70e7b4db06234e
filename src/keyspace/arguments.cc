#include "keyspace/arguments.h"

#include <algorithm>
#include <limits>

namespace octavo::keyspace {
namespace {

constexpr std::int64_t kMaxInt64 = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMaxExpirySeconds = kMaxInt64 / 1000;
constexpr std::size_t kQuotedBytes = 128;  // of a client's bytes in an error text

}  // namespace

std::optional<std::int64_t> integer_argument(std::string_view argument, Reply& reply,
                                             std::string_view error) {
  const auto value = parse_int64(argument);
  if (!value) reply.error(error);
  return value;
}

std::optional<std::int64_t> bounded_argument(std::string_view argument, std::int64_t low,
                                             std::int64_t high, Reply& reply,
                                             std::string_view error) {
  const auto value = parse_int64(argument);
  if (value && *value >= low && *value <= high) return value;
  reply.error(error);
  return std::nullopt;
}

std::optional<std::int64_t> positive_argument(std::string_view argument, Reply& reply) {
  return bounded_argument(argument, 0, kMaxInt64, reply,
                          "ERR value is out of range, must be positive");
}

std::optional<double> double_argument(std::string_view argument, Reply& reply,
                                      std::string_view error) {
  const auto value = parse_double(argument);
  if (!value) reply.error(error);
  return value;
}

void wrong_arity(Reply& reply, std::string_view command) {
  reply.error("ERR wrong number of arguments for '" + lower_case(command) + "' command");
}

void unknown_subcommand(Reply& reply, Args args) {
  std::string command = lower_case(args[0]);
  std::string upper = command;
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  reply.error("ERR unknown subcommand '" + std::string(args[1].substr(0, kQuotedBytes)) +
              "'. Try " + upper + " HELP.");
}

void help_reply(Reply& reply, std::string_view command, std::span<const std::string_view> lines) {
  reply.array_header(lines.size() + 3);
  reply.simple(std::string(command) + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  for (const std::string_view line : lines) reply.simple(line);
  reply.simple("HELP");
  reply.simple("    Prints this help.");
}

std::optional<std::int64_t> expiry_argument(std::string_view argument, ExpiryArgument unit,
                                            std::int64_t now_ms, std::string_view command,
                                            Reply& reply) {
  auto value = integer_argument(argument, reply);
  if (!value) return std::nullopt;
  const auto refuse = [&] {
    reply.error("ERR invalid expire time in '" + lower_case(command) + "' command");
    return std::nullopt;
  };
  if (*value <= 0) return refuse();
  if (unit.seconds) {
    if (*value > kMaxExpirySeconds) return refuse();
    *value *= 1000;
  }
  if (!unit.absolute) {
    if (*value > kMaxInt64 - now_ms) return refuse();
    *value += now_ms;
  }
  return value;
}

IndexRange index_range(std::int64_t start, std::int64_t end, std::uint64_t size) {
  const auto count = static_cast<std::int64_t>(size);
  if (start < 0) start = std::max<std::int64_t>(start + count, 0);
  if (end < 0) end = std::max<std::int64_t>(end + count, -1);
  if (start > end || start >= count) return {};
  return {static_cast<std::uint64_t>(start),
          static_cast<std::uint64_t>(std::min(end, count - 1)) + 1};
}

}  // namespace octavo::keyspace
