#pragma once

#include <cstdint>
#include <string_view>

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

  friend bool operator==(const EncodingLimits&, const EncodingLimits&) = default;
};

// The names that Redis's configuration has for them.
struct EncodingLimitName {
  std::string_view name;
  std::int64_t EncodingLimits::* field;
};
inline constexpr EncodingLimitName kEncodingLimitNames[] = {
    {"hash-max-listpack-entries", &EncodingLimits::hash_max_pack_entries},
    {"hash-max-listpack-value", &EncodingLimits::hash_max_pack_value},
    {"set-max-intset-entries", &EncodingLimits::set_max_int_entries},
    {"zset-max-listpack-entries", &EncodingLimits::zset_max_pack_entries},
    {"zset-max-listpack-value", &EncodingLimits::zset_max_pack_value},
    {"hll-sparse-max-bytes", &EncodingLimits::hll_sparse_max_bytes},
    {"stream-node-max-entries", &EncodingLimits::stream_node_max_entries},
};

// The longest string value, and the longest argument that a protocol should accept.
constexpr std::int64_t kDefaultMaxStringBytes = 512LL * 1024 * 1024;

}  // namespace octavo::keyspace
