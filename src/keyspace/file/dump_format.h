#pragma once

// Constants of the RDB value format that writer and reader share.

#include <cstddef>
#include <cstdint>

namespace octavo::keyspace {

enum class RdbType : std::uint8_t {
  string = 0,
  list = 1,
  set = 2,
  zset_text = 3,  // scores as text: before Redis 4
  hash = 4,
  zset = 5,  // scores as 8 bytes
  hash_zipmap = 9,
  list_ziplist = 10,
  set_intset = 11,
  zset_ziplist = 12,
  hash_ziplist = 13,
  list_ziplists = 14,
  stream_1 = 15,
  hash_listpack = 16,
  zset_listpack = 17,
  list_quicklist = 18,
  stream_2 = 19,
  set_listpack = 20,
  stream_3 = 21,
  // With times to live of fields, since Redis 7.4; the early ones are of its release candidates.
  hash_ends_early = 22,
  hash_listpack_ends_early = 23,
  hash_ends = 24,
  hash_listpack_ends = 25,
};

// In the place of a type: the code of a library of functions follows.
constexpr std::uint8_t kRdbLibrary = 0xf5;

constexpr std::uint16_t kRdbVersion = 10;         // what we write: Redis 7.0
constexpr std::uint16_t kRdbVersionOfEnds = 12;   // where fields of hashes have times to live: 7.4
constexpr std::uint16_t kNewestRdbVersion = 12;   // what we read
constexpr std::size_t kDumpTrailerBytes = 2 + 8;  // version, CRC-64

// A moment at which a field ends, in milliseconds since 1970, takes 48 bits at most.
constexpr std::uint64_t kMaxFieldEndMs = (std::uint64_t{1} << 48) - 2;

// Flags of a stream entry inside its listpack.
constexpr std::int64_t kStreamEntryDeleted = 1;
constexpr std::int64_t kStreamEntrySameFields = 2;

}  // namespace octavo::keyspace
