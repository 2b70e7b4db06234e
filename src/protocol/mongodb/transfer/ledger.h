#pragma once

// How far a copy is, kept in the target beside the data: the database `octavo_import`. An import
// that was broken off goes on from there.
//
// Order of writes: documents first, then the entry that says so. What is done twice has the same
// result as what is done once.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocol/mongodb/transfer/commands.h"
#include "protocol/mongodb/transfer/names.h"
#include "protocol/mongodb/transfer/remote.h"
#include "protocol/mongodb/transfer/source.h"
#include "value/value.h"

namespace octavo::mongodb::transfer {

struct CollectionEntry {
  CollectionName name;
  CollectionKind kind = CollectionKind::collection;
  value::Value uuid;
  value::Value options = value::Value::object({});  // as they were given to the target
  std::vector<value::Value> indexes;  // those that the target has, as the source lists them
  bool skipped = false;               // it was there before, and is left alone
  bool made = false;                  // the target has it
  bool copied = false;                // all documents of one reading are there
  bool torn = false;                  // it was dropped or renamed while it was read
  value::Value last = value::Value::object({});  // {_id: …} of the last document; empty: none yet
  std::uint64_t documents = 0;
  // The reading saw all that the source had by then. Nothing: it has no time.
  std::optional<SourceTime> since = {};

  bool is_capped() const;
  value::Value to_value(const std::string& source) const;
  static Result<CollectionEntry> from_value(const value::Value& document);
};

class Ledger {
 public:
  // Both outlive it. `source`: its addresses.
  Ledger(Commands& target, std::string source) : target_(target), source_(std::move(source)) {}

  // What an earlier import has left. False: nothing.
  Result<bool> load();
  // Forgets it.
  Status clear();
  // The same at the end of a copy that nothing follows: no trace is left, but of other imports.
  Status finish();

  // The change stream has been applied up to there; null: there is none.
  const value::Value& token() const { return token_; }
  // With what came before it, on the disk.
  Status set_token(value::Value token);

  std::map<CollectionName, CollectionEntry>& collections() { return collections_; }
  CollectionEntry* find(const CollectionName& name);
  Status save(const CollectionEntry& entry);  // which is in `collections`, or is put there
  Status forget(const CollectionName& name);

 private:
  Status put(std::string_view collection, const value::Value& key, value::Value document,
             bool durable);
  Status remove(std::string_view collection, const value::Value& filter);

  Commands& target_;
  const std::string source_;
  value::Value token_;
  std::map<CollectionName, CollectionEntry> collections_;
};

}  // namespace octavo::mongodb::transfer
