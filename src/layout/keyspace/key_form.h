#pragma once

// What a document says of a key (layout/keyspace/key_documents.h), checked, and in the form in
// which Redis keeps it. Numbers become their text. Refused is what Redis could not keep as it was
// written:
//
//   set     members may repeat: equal ones are one
//   zset    each member once; a score is a number that is not NaN, "inf" or "-inf"
//   hash    each field once
//   stream  entries in the order of their ids, "ms" or "ms-sequence", each above the one before; a
//           field may repeat
//   ttl     above zero: a key that has no time left is deleted, not written

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "keyspace/type/object.h"
#include "keyspace/type/stream_value.h"
#include "value/value.h"

namespace octavo::layout {

struct StreamEntry {
  keyspace::StreamId id;
  std::vector<std::string> fields;  // name, value, name, value …
  friend bool operator==(const StreamEntry&, const StreamEntry&) = default;
};

using Texts = std::vector<std::string>;                          // a list; a set, bytewise sorted
using Scores = std::vector<std::pair<double, std::string>>;      // a zset, in its order
using Pairs = std::vector<std::pair<std::string, std::string>>;  // a hash, sorted by field
using StreamEntries = std::vector<StreamEntry>;
using KeyContent = std::variant<std::string, Texts, Scores, Pairs, StreamEntries>;

// A document's parts; `content` is unset where the document has none.
struct KeyParts {
  std::string key;
  keyspace::Kind kind = keyspace::Kind::string;
  const value::Value* content = nullptr;
  const value::Value* ttl = nullptr;
};
// `type_mismatch`, `missing_value` or `invalid_argument` for documents that are no key. Views the
// document. A missing type follows from the value.
Result<KeyParts> key_parts(const value::Value& document);

Result<KeyContent> key_content(keyspace::Kind kind, const value::Value& content);

// Milliseconds from now; nothing: for ever.
Result<std::optional<std::int64_t>> ttl_ms_of(const value::Value* ttl);

}  // namespace octavo::layout
