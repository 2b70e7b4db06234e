#pragma once

// A database as a table of documents, for the doors that are not Redis:
//
//   {id: key, type: "string" | "list" | "set" | "zset" | "hash" | "stream", value: …, ttl: …}
//
// value: a string; list: an array; set: a sorted array; zset: an array of {member, score} in
// order; hash: an object; stream: an array of {id, fields: [name, value, …]}. Bytes that are not
// UTF-8 are `bytes` values; in the names of hash fields such bytes are written as \xNN.
// ttl: seconds left, as a float with milliseconds, or null.
//
// Writing goes the other way: a document becomes the commands that make its key from nothing.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "keyspace/batch.h"
#include "keyspace/keyspace.h"
#include "value/value.h"

namespace octavo::keyspace {

// A key's bytes as the `id` of its document, and back. Code::type_mismatch for other values.
value::Value key_to_id(std::string_view key);
Result<std::string> id_to_key(const value::Value& id);

// The document, or nullopt when the key is absent or has expired. With the mutex held.
std::optional<value::Value> read_key(const Keyspace& keyspace, unsigned db, std::string_view key,
                                     std::int64_t now_ms);
value::Value document_of(const KeyEntry& entry, std::int64_t now_ms);

// The keys that are there now, in the order of their bytes. With the mutex held.
std::vector<std::string> sorted_keys(const Keyspace& keyspace, unsigned db, std::int64_t now_ms);

using Command = std::vector<std::string>;
// The key of the document is replaced by what it says. `type` may be left out where the value
// tells it (string, number: string; array: list; object: hash); numbers become their text.
// Code::type_mismatch or invalid_argument name the field that is wrong.
Result<std::vector<Command>> document_to_commands(const value::Value& document,
                                                  std::int64_t now_ms);
std::vector<Command> erase_commands(std::string_view key);

// The commands as one operation for the log, to be executed all or none: none if a guard's key
// has another version then (Keyspace::version_of, Keyspace::apply_logged).
Bytes encode_commands(unsigned db, std::span<const WatchGuard> guards,
                      std::span<const Command> commands);

}  // namespace octavo::keyspace
