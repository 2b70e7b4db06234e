#pragma once

// One way into a table by something other than the primary key. Each kind is a folder that
// implements this interface; the planner and the executor see nothing else.
//
// Entries live in kv family `index` under: u64 BE index id, entry key, encoded primary key → empty.
// A key that a document has several times makes as many entries: each after the first ends in its
// number, from 1, as u32 BE.
// `keys_of` is called inside the commit pipeline and on every replay, so it must be a function of
// the document alone.

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "algebra/plan.h"
#include "base/bytes.h"
#include "base/result.h"
#include "catalog/model.h"
#include "function/family.h"
#include "value/value.h"

namespace octavo::index {

// A half-open range of entry keys; an empty `upper` is unbounded.
struct EntryRange {
  Bytes lower;
  Bytes upper;
};

// How an index answers a request: which entries to read, and whether reading them in key order
// gives rows in the order that was asked for.
struct Access {
  std::vector<EntryRange> ranges;  // read one after the other; may repeat
  bool exact = true;               // false: rows must be checked against the request again
  // A row may have several entries in the ranges and is delivered at the first of them only.
  bool once = false;
};

using Request = std::variant<algebra::KeyRange, algebra::KeySet>;

class Index {
 public:
  virtual ~Index() = default;

  // The entry keys of a document, in any order: none when it is not in the index, and several that
  // are equal when it is to be delivered as often for them.
  virtual void keys_of(const value::Value& document, std::vector<Bytes>& out) const = 0;

  // How to read what `request` asks for; nullopt when this kind cannot.
  virtual std::optional<Access> match(const Request& request) const = 0;

  const catalog::IndexDefinition& definition() const { return definition_; }

 protected:
  explicit Index(catalog::IndexDefinition definition) : definition_(std::move(definition)) {}

 private:
  catalog::IndexDefinition definition_;
};

// The byte range of keys between two bounds, over any order-preserving encoding of ours.
EntryRange entry_range(const algebra::KeyRange& range);
EntryRange entry_range(const value::Value& key);
// The ranges of encoded primary keys that a scan without an index reads.
std::vector<EntryRange> primary_ranges(const algebra::Scan& scan);

// Tells equal entries of one row apart, given with or without the index id; sorts them.
void number_repeats(std::vector<Bytes>& entries);

bool contains(const EntryRange& range, BytesView key);
// The smallest of a row's entry keys that is in one of the ranges: where a row with `once` stands.
std::optional<Bytes> first_entry(const Index& index, const value::Value& row,
                                 const std::vector<EntryRange>& ranges);

}  // namespace octavo::index
