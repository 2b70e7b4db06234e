#pragma once

// What happens when the data grows above its limit. A policy picks keys; the owner removes them
// through the log (`octavo.evict`), so that every replica loses the same ones.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "keyspace/keyspace.h"

namespace octavo::keyspace {

// "noeviction", "allkeys-lru", ...; nullopt for other names.
std::optional<EvictionPolicy> parse_eviction_policy(std::string_view name);

// Up to `count` keys that the policy gives up first, judged from samples as Redis does. Empty when
// there are none it may take. With the mutex held.
std::vector<KeyRef> eviction_victims(const Keyspace& keyspace, std::size_t count,
                                     std::int64_t now_ms, Random& random);

}  // namespace octavo::keyspace
