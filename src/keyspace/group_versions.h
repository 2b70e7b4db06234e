#pragma once

// Versions of the consumer groups of streams. What changes them alone (XREADGROUP, XACK, …) gives
// the key no version of its own, as WATCH does not see it; who has seen them needs to know all the
// same. Kept beside the versions of absent keys, in snapshots as well, and by the key's hash only:
// keys that share a slot can make a condition fail without need, never hold wrongly.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/checksum.h"

namespace octavo::keyspace {

inline constexpr std::size_t kGroupSlots = 1024;

// A fixed seed: these versions must agree between replicas.
inline std::size_t group_slot(unsigned db, std::string_view key) {
  return hash64(key, db + 1) % kGroupSlots;
}

// The database of a guard that is about the groups of a key of `db`.
inline constexpr unsigned kGroupsOfDatabases = 128;
inline constexpr unsigned groups_of(unsigned db) { return kGroupsOfDatabases + db; }

// The group of commands (CommandSpec) that change them.
inline constexpr std::string_view kStreamCommands = "stream";

}  // namespace octavo::keyspace
