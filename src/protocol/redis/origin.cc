#include "protocol/redis/origin.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"

namespace octavo::redis {
namespace {

constexpr std::string_view kNoId = "?";

}  // namespace

std::string Origin::text() const {
  return fmt::format("{} {} {} {} {} {}", host, port, id.empty() ? kNoId : id, offset, db,
                     loading ? 1 : 0);
}

std::optional<Origin> Origin::parse(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (words.size() != 6) return std::nullopt;
  const auto port = parse_number<std::uint16_t>(words[1]);
  const auto offset = parse_number<std::uint64_t>(words[3]);
  const auto db = parse_number<unsigned>(words[4]);
  if (!port || !offset || !db) return std::nullopt;
  return Origin{.host = std::string(words[0]),
                .port = *port,
                .id = words[2] == kNoId ? std::string() : std::string(words[2]),
                .offset = *offset,
                .db = *db,
                .loading = words[5] == "1"};
}

}  // namespace octavo::redis
