#pragma once

#include <cstdint>

namespace octavo::keyspace {

// When compact forms give way to tables. They decide which member SPOP takes, so a change of
// them travels through the log like a write (`octavo.tune`) and snapshots carry them.
struct EncodingLimits {
  std::int64_t hash_max_pack_entries = 512;
  std::int64_t hash_max_pack_value = 64;
  std::int64_t set_max_int_entries = 512;
  std::int64_t zset_max_pack_entries = 128;
  std::int64_t zset_max_pack_value = 64;
  std::int64_t hll_sparse_max_bytes = 3000;
  std::int64_t stream_node_max_entries = 100;
};

// The longest string value, and the longest argument a door should accept.
constexpr std::int64_t kDefaultMaxStringBytes = 512LL * 1024 * 1024;

}  // namespace octavo::keyspace
