#pragma once

#include <cstdint>

namespace octavo::keyspace {

// How a lookup's memory is brought into the cache. Each step reads what the step before has
// brought, so that other work, or the same step of other lookups, belongs between them.
enum class PrefetchStep : std::uint8_t { index, node, value };

}  // namespace octavo::keyspace
