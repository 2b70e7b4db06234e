#pragma once

// The payload of DUMP and RESTORE, in Redis's own format (RDB value, u16 version, CRC-64), so
// that keys can be carried between Redis and Octavo in both directions.
//
// Written are the plain forms, which every Redis since 2.6 (streams: 7.0) reads. Read are those
// and the compact forms of all versions up to 7.4.

#include <optional>

#include "base/bytes.h"
#include "keyspace/type/limits.h"
#include "keyspace/type/object.h"

namespace octavo::keyspace {

Bytes dump_value(const Object& value);
// The same of a value that is at hand as it lies in an RDB file of that version.
Bytes dump_of(std::uint8_t type, BytesView value, std::uint16_t version);

// A key with its value as it stands in an RDB file of our version; kNoExpiry: it does not expire.
void put_rdb_key(Bytes& out, std::string_view key, std::int64_t expire_at_ms, const Object& value);

// A length and a string as they stand in such bytes, and what they end with: version and checksum.
void put_dump_length(Bytes& out, std::uint64_t length);
void put_dump_string(Bytes& out, std::string_view text);
void put_dump_trailer(Bytes& out, std::uint16_t version);

// True when version and checksum fit.
bool dump_is_intact(BytesView payload);
// nullopt when the bytes in front of version and checksum are no value that we know.
std::optional<Object> restore_value(BytesView payload, const EncodingLimits& limits);

}  // namespace octavo::keyspace
