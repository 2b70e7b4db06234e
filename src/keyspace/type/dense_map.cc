#include "keyspace/type/dense_map.h"

#include "base/random.h"

namespace octavo::keyspace {

std::uint32_t dense_hash(std::string_view key) {
  static const std::uint64_t seed = thread_random()();
  return static_cast<std::uint32_t>(hash64(key, seed));
}

}  // namespace octavo::keyspace
