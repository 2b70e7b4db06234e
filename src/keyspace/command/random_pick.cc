#include "keyspace/command/random_pick.h"

#include <limits>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "keyspace/arguments.h"
#include "keyspace/reply.h"

namespace octavo::keyspace {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

}  // namespace

std::optional<std::int64_t> pick_count_argument(std::string_view argument, Reply& reply) {
  const auto count = integer_argument(argument, reply);
  if (count && *count < -kMax) {
    reply.error(
        "ERR value is out of range, value must between -9223372036854775807 and "
        "9223372036854775807");
    return std::nullopt;
  }
  return count;
}

bool pick_count_fits(std::int64_t count, bool with_values, Reply& reply) {
  if ((!with_values || (count >= -kMax / 2 && count <= kMax / 2)) && count >= -kMaxRepeatedPicks) {
    return true;
  }
  reply.error("ERR value is out of range");
  return false;
}

std::uint64_t pick_cost(std::uint32_t size, std::int64_t count) {
  if (count < 0) return static_cast<std::uint64_t>(-count);
  return count > size / 3 ? size : static_cast<std::uint64_t>(count);
}

std::vector<std::uint32_t> pick_random(Random& random, std::uint32_t size, std::int64_t count) {
  std::vector<std::uint32_t> picks;
  if (count < 0) {
    picks.reserve(static_cast<std::size_t>(-count));
    for (std::int64_t i = 0; i < -count; ++i) {
      picks.push_back(static_cast<std::uint32_t>(random.below(size)));
    }
    return picks;
  }
  if (count >= size) {
    picks.resize(size);
    std::iota(picks.begin(), picks.end(), 0U);
    return picks;
  }
  const auto wanted = static_cast<std::uint32_t>(count);
  if (wanted > size / 3) {
    // Many of them: shuffle the front of a full deck.
    picks.resize(size);
    std::iota(picks.begin(), picks.end(), 0U);
    for (std::uint32_t i = 0; i < wanted; ++i) {
      std::swap(picks[i], picks[i + static_cast<std::uint32_t>(random.below(size - i))]);
    }
    picks.resize(wanted);
    return picks;
  }
  std::unordered_set<std::uint32_t> taken;
  while (picks.size() < wanted) {
    const auto pick = static_cast<std::uint32_t>(random.below(size));
    if (taken.insert(pick).second) picks.push_back(pick);
  }
  return picks;
}

}  // namespace octavo::keyspace
