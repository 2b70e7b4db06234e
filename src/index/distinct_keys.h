#pragma once

// The keys of an index that the rows of a scan have, each once: by the entries, which have them.
// Where many rows have one key it is a look behind the key for the next one and no step for each of
// them.

#include <memory>

#include "index/entry_walker.h"
#include "index/table_reader.h"

namespace octavo::index {

// Takes keys in the order of a scan.
class KeySink {
 public:
  virtual ~KeySink() = default;
  // Of a kind of which keys say all (value/key.h).
  virtual Status add(value::Value key) = 0;
  // Of another one: the first row that has it, as the family `rows` has it.
  virtual Status add_row(BytesView row_key, BytesView stored) = 0;
};

class KeyReader {
 public:
  virtual ~KeyReader() = default;
  // Up to `max_keys`, fewer when rows are large; none means the end.
  virtual Status read(std::size_t max_keys, KeySink& sink) = 0;
};

// Of entries that a row has one of at most. Equal keys have to follow each other.
std::unique_ptr<KeyReader> read_distinct_keys(TableId table, kv::View view, EntryWalker walker,
                                              kv::ReadTier tier);

}  // namespace octavo::index
