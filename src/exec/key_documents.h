#pragma once

// Keys as documents {id, type, value, ttl}, and back: how other doors read and write a keyspace.
//
//   id     the key; a string, or bytes where it is not UTF-8 (values and members likewise)
//   type   as TYPE answers
//   value  string: text          list: array          set: array, sorted bytewise
//          zset: array of {member, score} in order; an infinite score is the text "inf" or "-inf"
//          hash: object; an array of {field, value} where a field is not UTF-8
//          stream: array of {id, fields}, fields being [name, value, name, value …]
//   ttl    seconds left, to the millisecond; null: for ever

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "keyspace/key_entry.h"
#include "value/value.h"

namespace octavo::exec {

// Bytes of a client as a value: a string where they are UTF-8.
value::Value text_value(std::string_view bytes);
// The other way; nothing where the value is neither text nor bytes.
std::optional<std::string> key_of(const value::Value& id);

// A key that has expired and is still there reads as one with no time left; callers that must not
// see it ask `expired_at` first.
value::Value key_document(const keyspace::KeyEntry& entry, std::int64_t now_ms);

// What an edit starts from.
struct KeyState {
  value::Value document;
  std::int64_t expire_at_ms = keyspace::kNoExpiry;
};

using Command = std::vector<std::string>;

// Commands that turn the key of `next` from `current` (nothing: absent) into `next`, to be run as
// one transaction. A time to live that was not edited keeps its exact end. `type_mismatch` or
// `invalid_argument` for documents that are no key.
Result<std::vector<Command>> document_to_commands(const KeyState* current,
                                                  const value::Value& next);

}  // namespace octavo::exec
