#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"
#include "load.h"

namespace octavo::load {

Result<std::vector<Share>> parse_mix(std::string_view text, const DialectRow& row) {
  std::vector<Share> mix;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    const std::size_t colon = std::min(one.find(':'), one.size());
    const std::string_view operation = one.substr(0, colon);
    if (std::ranges::find(row.operations, operation) == row.operations.end()) {
      return fail(Code::invalid_argument, fmt::format("{} has no operation '{}', but: {}", row.name,
                                                      operation, fmt::join(row.operations, ", ")));
    }
    const auto parts = colon == one.size() ? std::optional<std::uint32_t>(1)
                                           : parse_number<std::uint32_t>(one.substr(colon + 1));
    if (!parts || *parts == 0) {
      return fail(Code::invalid_argument,
                  fmt::format("'{}' is no share such as {}:9", one, operation));
    }
    mix.push_back({std::string(operation), *parts});
  }
  if (mix.empty()) return fail(Code::invalid_argument, "no operation is named");
  return mix;
}

bool contains(const std::vector<Share>& mix, std::string_view operation) {
  return std::ranges::any_of(mix, [&](const Share& share) { return share.operation == operation; });
}

}  // namespace octavo::load
