#pragma once

// Keys in the three families. All integers are big endian, so that ids sort and ranges of
// one table or index are contiguous.
//   rows:  u64 table id, encoded primary key
//   index: u64 index id, encoded index key, encoded primary key
//   meta:  text, by owner: `applied` (kv), `cluster`, `cursor/...`, `sequence/...`,
//          `checkpoint/...`, `retry/...`, `retried/...`, `rows`, `rows/...`, `txn/...` (this
//          folder), everything else is the catalog's

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/id.h"

namespace octavo::txn {

inline constexpr std::size_t kIdPrefixSize = 8;

inline void put_row_key(Bytes& out, TableId table, BytesView primary_key) {
  put_be(out, raw(table));
  out.append(primary_key);
}
inline Bytes row_key(TableId table, BytesView primary_key) {
  Bytes out;
  put_row_key(out, table, primary_key);
  return out;
}
inline BytesView primary_key_of(BytesView row_key) { return row_key.substr(kIdPrefixSize); }
inline TableId table_of(BytesView row_key) {
  return TableId{load_be<std::uint64_t>(row_key.data())};
}

// All rows of a table are in [table_begin, table_end), all entries of an index likewise.
inline Bytes id_prefix(std::uint64_t id) {
  Bytes out;
  put_be(out, id);
  return out;
}
inline Bytes table_begin(TableId table) { return id_prefix(raw(table)); }
inline Bytes table_end(TableId table) { return id_prefix(raw(table) + 1); }
inline Bytes index_begin(IndexId index) { return id_prefix(raw(index)); }
inline Bytes index_end(IndexId index) { return id_prefix(raw(index) + 1); }

// What certification and locks compare. 64 bits: two keys in a window of a million meet by chance
// once in ten million windows, and then a transaction is retried for nothing.
using KeyHash = std::uint64_t;
inline KeyHash row_hash(TableId table, BytesView primary_key) {
  return hash64(primary_key, raw(table));
}
// For things that are no rows: `named_hash("schema", id)`, `named_hash("sequence", name)`.
inline KeyHash named_hash(std::string_view kind, BytesView name) {
  return hash64(name, hash64(kind, ~std::uint64_t{0}));
}
inline KeyHash named_hash(std::string_view kind, std::uint64_t id) {
  return named_hash(kind, id_prefix(id));
}
// Writes of a table read it, DDL on the table writes it: neither can pass the other unseen.
inline KeyHash schema_hash(TableId table) { return named_hash("schema", raw(table)); }

// All rows of a table, those that are not there too. On a shared log every write of a row is one of
// this key as well, so that whoever has read the table can ask for it.
inline KeyHash table_rows_hash(TableId table) { return named_hash("rows", raw(table)); }

// Values: cursor and checkpoint, the op's bytes; sequence, u64 LE, the next free number.
inline Bytes cursor_key(BytesView name) { return Bytes("cursor/").append(name); }
inline Bytes sequence_key(BytesView name) { return Bytes("sequence/").append(name); }
inline Bytes checkpoint_key(BytesView name) { return Bytes("checkpoint/").append(name); }

// How many rows a table has: u64 LE, absent for none. `rows` itself says that they are counted.
inline constexpr BytesView kRowsCounted = "rows";
inline Bytes row_count_key(TableId table) { return Bytes("rows/").append(id_prefix(raw(table))); }

// A retried write is known again for one period of log time at least, and for two at most.
inline constexpr std::int64_t kRetryPeriodNs = std::int64_t{30} * 60 * 1'000'000'000;
inline std::uint64_t retry_period(std::int64_t time_ns) {
  return time_ns < 0 ? 0 : static_cast<std::uint64_t>(time_ns / kRetryPeriodNs);
}
inline Bytes retry_key(std::uint64_t period, BytesView session) {
  return Bytes("retry/").append(id_prefix(period)).append(session);
}
// The statements of a retried write that one transaction has done: u64 LE number of the write,
// varint how many, what they came to. The key ends with the number of the first, big endian.
inline constexpr std::uint32_t kLastStatement = 0xffffffff;
inline Bytes retried_prefix(std::uint64_t period) {
  return Bytes("retried/").append(id_prefix(period));
}
inline Bytes retried_key(std::uint64_t period, BytesView session, std::uint32_t statement) {
  Bytes key = retried_prefix(period);
  put_length_prefixed(key, session);
  put_le(key, std::byteswap(statement));
  return key;
}
inline std::uint32_t retried_statement(BytesView key) {
  return std::byteswap(load_le<std::uint32_t>(key.data() + key.size() - sizeof(std::uint32_t)));
}

}  // namespace octavo::txn
