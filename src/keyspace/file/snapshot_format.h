#pragma once

// Constants of docs/formats/keyspace-snapshot.md.

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/limits.h"
#include "keyspace/type/limits.h"

namespace octavo::keyspace {

inline constexpr std::string_view kSnapshotMagic = "OCTKEYS1";
constexpr std::size_t kSnapshotBlockHeaderBytes = 8 + 4;  // size, CRC-32C
constexpr std::uint64_t kMaxSnapshotBlockBytes = 64 * kGiB;

enum class SnapshotBlock : std::uint8_t {
  header = 1,
  entries = 2,
  footer = 3,
  libraries = 4,
  origin = 5
};

inline constexpr std::int64_t EncodingLimits::* kSnapshotLimits[] = {
    &EncodingLimits::hash_max_pack_entries,   &EncodingLimits::hash_max_pack_value,
    &EncodingLimits::set_max_int_entries,     &EncodingLimits::zset_max_pack_entries,
    &EncodingLimits::zset_max_pack_value,     &EncodingLimits::hll_sparse_max_bytes,
    &EncodingLimits::stream_node_max_entries,
};

void put_snapshot_block(Bytes& out, SnapshotBlock kind, BytesView body);

}  // namespace octavo::keyspace
