#pragma once

// The compact forms of Redis before 7 (ziplist.c, zipmap.c), as they occur in DUMP payloads and RDB
// files of that time.

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace octavo::keyspace {

// The entries as text. nullopt when the bytes are not a well-formed ziplist: u32 total bytes, u32
// place of the last entry, u16 count, entries (length of the one before, encoding, data), 0xff.
std::optional<std::vector<std::string>> read_ziplist(BytesView bytes);

// Names and values in turn. nullopt when the bytes are not a well-formed zipmap: u8 count, pairs
// (length, name, length, u8 unused bytes, value, those), 0xff.
std::optional<std::vector<std::string>> read_zipmap(BytesView bytes);

}  // namespace octavo::keyspace
