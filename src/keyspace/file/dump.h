#pragma once

// The payload of DUMP and RESTORE, in Redis's own format (RDB value, u16 version, CRC-64), so
// that keys can be carried between Redis and Octavo in both directions.
//
// Written are the plain forms, which every Redis since 2.6 (streams: 7.0) reads. Read are those
// and the compact forms of Redis 5 to 7.2; the ziplists of older ones are not.

#include <optional>

#include "base/bytes.h"
#include "keyspace/type/limits.h"
#include "keyspace/type/object.h"

namespace octavo::keyspace {

Bytes dump_value(const Object& value);

// True when version and checksum fit.
bool dump_is_intact(BytesView payload);
// nullopt when the bytes in front of version and checksum are no value that we know.
std::optional<Object> restore_value(BytesView payload, const EncodingLimits& limits);

}  // namespace octavo::keyspace
