#include "protocol/redis/replication/reply_tree.h"

#include <cstdint>

#include "base/text.h"

namespace octavo::redis {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr int kMaxDepth = 8;  // of what commands on keys answer

std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find(kLineEnd);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + kLineEnd.size());
  return line;
}

std::optional<ReplyTree> take(std::string_view& rest, int depth);

bool take_parts(std::string_view& rest, std::int64_t count, int depth, ReplyTree& out) {
  for (std::int64_t i = 0; i < count; ++i) {
    auto part = take(rest, depth + 1);
    if (!part) return false;
    out.parts.push_back(*std::move(part));
  }
  return true;
}

std::optional<ReplyTree> take(std::string_view& rest, int depth) {
  auto line = take_line(rest);
  if (!line || line->empty() || depth > kMaxDepth) return std::nullopt;
  ReplyTree out{.type = line->front(), .text = line->substr(1), .parts = {}};
  const bool is_map = out.type == '%';
  const bool holds = is_map || out.type == '*' || out.type == '~' || out.type == '>';
  const bool is_bulk = out.type == '$' || out.type == '=';
  if (!holds && !is_bulk) return out;
  const auto size = parse_number<std::int64_t>(out.text);
  if (!size) return std::nullopt;
  if (*size < 0) return ReplyTree();
  if (holds) {
    out.text = {};
    if (!take_parts(rest, is_map ? 2 * *size : *size, depth, out)) return std::nullopt;
    return out;
  }
  const auto bytes = static_cast<std::size_t>(*size);
  if (rest.size() < bytes + kLineEnd.size()) return std::nullopt;
  out.text = rest.substr(0, bytes);
  rest.remove_prefix(bytes + kLineEnd.size());
  return out;
}

}  // namespace

std::optional<ReplyTree> parse_reply(std::string_view reply) {
  auto out = take(reply, 0);
  if (!reply.empty()) return std::nullopt;
  return out;
}

}  // namespace octavo::redis
