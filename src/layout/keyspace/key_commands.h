#pragma once

// Edits of documents as the commands that do the same to a key.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "keyspace/type/key_entry.h"
#include "layout/keyspace/key_form.h"
#include "value/value.h"

namespace octavo::layout {

// What an edit starts from.
struct KeyState {
  value::Value document;
  std::int64_t expire_at_ms = keyspace::kNoExpiry;
  keyspace::StreamId last_stream_id;  // of a stream: ids that it takes are above
  std::map<std::string, std::int64_t, std::less<>> field_ends;  // of a hash, those that there are

  static KeyState of(const keyspace::KeyEntry& entry, std::int64_t now_ms);
};

using Command = std::vector<std::string>;

struct KeyEdit {
  std::vector<Command> commands;  // to be run as one transaction
  value::Value stored;            // the document as it will read then
};

// Turns the key of `next` from `current` (nothing: absent) into `next`. A value that was not edited
// is not written, and a time to live that was not edited keeps its exact end. A stream stays what
// it is, with its groups: entries go, and new ones come behind its last id; Redis has no way to
// change those that are there, and that is refused. Other values are made anew; fields of a hash
// that were not edited end when they would have.
Result<KeyEdit> edit_key(const KeyState* current, const value::Value& next);

}  // namespace octavo::layout
