#pragma once

// Keys as documents {id, type, value, ttl}: how other protocols see a keyspace. The other way is
// layout/keyspace/key_commands.h.
//
//   id     the key; a string, or bytes where it is not UTF-8 (values and members likewise)
//   type   as TYPE answers
//   value  string: text          list: array          set: array, sorted bytewise
//          zset: array of {member, score} in order; an infinite score is the text "inf" or "-inf"
//          hash: object; an array of {field, value} where a field is not UTF-8; when a field ends
//          it does not say
//          stream: array of {id, fields}, fields being [name, value, name, value …]
//   ttl    seconds left, to the millisecond; null: for ever

#include <optional>
#include <string>
#include <string_view>

#include "keyspace/type/key_entry.h"
#include "layout/keyspace/key_form.h"
#include "value/value.h"

namespace octavo::layout {

// Bytes of a client as a value: a string where they are UTF-8.
value::Value text_value(std::string_view bytes);
// The other way; nothing for a value that `text_value` does not make.
std::optional<std::string> key_of(const value::Value& id);

// The `value` of a document. `earlier` is what this key's was before: parts that are still the same
// are taken over and not made again, and all of it when nothing has changed (`same_content`).
// Fields of a hash that have ended at `now_ms` and are still there are left out; at 0 none has.
value::Value content_value(const keyspace::Object& object, const value::Value* earlier = nullptr,
                           std::int64_t now_ms = 0);
value::Value content_value(const KeyContent& content);

// Whether two contents of one kind are equal, the later one made with the earlier one.
bool same_content(const value::Value& earlier, const value::Value& later);

value::Value ttl_value(std::int64_t expire_at_ms, std::int64_t now_ms);

// A key that has expired and is still there reads as one with no time left; callers that must not
// see it ask `expired_at` first.
value::Value key_document(const keyspace::KeyEntry& entry, std::int64_t now_ms);
// The same with its content, which was made already.
value::Value key_document(const keyspace::KeyEntry& entry, value::Value content,
                          std::int64_t now_ms);

}  // namespace octavo::layout
