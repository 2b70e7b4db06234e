#pragma once

// Events of a change stream as what they do to a copy.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "protocol/mongodb/transfer/names.h"
#include "protocol/mongodb/transfer/remote.h"
#include "protocol/mongodb/transfer/writes.h"
#include "value/value.h"

namespace octavo::mongodb::transfer {

enum class ChangeKind : std::uint8_t { put, erase, drop, rename, drop_database, nothing };

struct Change {
  ChangeKind kind = ChangeKind::nothing;
  CollectionName name;
  CollectionName to;  // of `rename`
  value::Value key;   // {_id: …} of `put` and `erase`
  // Of `put`: the document as it is after this change, or after a later one of which there will be
  // an event as well.
  value::Value document;
  std::optional<SourceTime> time = {};
};

// An update whose document has gone by now is `nothing`: the event that says so follows.
Result<Change> read_change(const value::Value& event);

// What is to become of documents: the last change of each counts.
class PendingWrites {
 public:
  // By the bytes of the key.
  using Documents = std::map<Bytes, std::optional<value::Value>>;

  void add(const Change& change);  // `put` or `erase`
  void add(const CollectionName& name, const Bytes& key, std::optional<value::Value> document);
  void forget(const CollectionName& name);
  void clear();
  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  std::size_t bytes() const { return bytes_; }
  bool is_full() const;
  bool has(const CollectionName& name) const { return collections_.contains(name); }
  const std::map<CollectionName, Documents>& collections() const { return collections_; }

 private:
  std::map<CollectionName, Documents> collections_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;  // that were added
};

// The statements of `delete` and `update`. `keys` names the documents of the second.
struct Statements {
  BsonList deletes;
  BsonList updates;
  std::vector<Bytes> keys;
};
std::vector<Statements> statements_of(const PendingWrites::Documents& documents);

}  // namespace octavo::mongodb::transfer
