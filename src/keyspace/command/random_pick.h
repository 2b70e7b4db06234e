#pragma once

// Random choices among the elements of a collection: SRANDMEMBER, HRANDFIELD, ZRANDMEMBER, SPOP.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace octavo::keyspace {

class Reply;

// A negative count asks for that many picks with repetition, whatever the size of the
// collection; this bounds the reply.
constexpr std::int64_t kMaxRepeatedPicks = 16 * 1024 * 1024;

// An integer other than the least one. nullopt: the error is written.
std::optional<std::int64_t> pick_count_argument(std::string_view argument, Reply& reply);
// False, with the error, for a count that would overflow or flood the reply.
bool pick_count_fits(std::int64_t count, bool with_values, Reply& reply);

// How many elements `pick_random` and a reply of its picks visit.
std::uint64_t pick_cost(std::uint32_t size, std::int64_t count);

// Positions below `size`: `count` distinct ones (all when there are fewer), or -`count` of them
// with repetition.
std::vector<std::uint32_t> pick_random(Random& random, std::uint32_t size, std::int64_t count);

}  // namespace octavo::keyspace
