#pragma once

// One way into a table by something other than the primary key. Each kind is a folder that
// implements this interface; the planner and the executor see nothing else.
//
// Entries live in kv family `index` under: u64 BE index id, entry key, encoded primary key → empty.
// A key that a document has several times makes as many entries: each after the first ends in its
// number, from 1, as u32 BE.
//
// What a row's entries are is found out when it is written, when the index is built, on replay and
// by readers, and must be the same each time: a function of the document alone, bounded by steps of
// work and never by time. A row for which the steps do not suffice has no entry, like one for which
// the index's function fails. docs/notes/0008-index-functions.md says why.

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

// How an index answers a request: which entries to read. Of a key that is a geometry they are those
// of rows that may be meant: whoever asks looks at the rows.
struct Access {
  std::vector<EntryRange> ranges;  // read one after the other; may repeat
  // A row may have several entries in the ranges and is delivered at the first of them only.
  bool once = false;
};

using Request = std::variant<algebra::KeyRange, algebra::KeySet>;

// Steps that finding out the entries of one row in one index may take; one is some 30 ns of work.
// A change of this number, or of what a step is, changes which rows are in existing indexes.
inline constexpr std::int64_t kEntrySteps = 100'000;

// What is left of them for a row.
class EntryWork {
 public:
  EntryWork() {
    context_.limited = true;
    context_.steps_left = kEntrySteps;
  }
  std::optional<value::Value> evaluate(const algebra::ExprPtr& function,
                                       const value::Value& document);
  // False when it is too much.
  bool spend_on(const value::Value& value, std::uint64_t times = 1) {
    return context_.spend_on(value, times).has_value();
  }
  bool spend(std::uint64_t steps) { return context_.spend(steps).has_value(); }
  bool exceeded() const { return context_.steps_left < 0; }
  std::int64_t steps() const { return kEntrySteps - context_.steps_left; }

 private:
  function::EvalContext context_;
};

class Index {
 public:
  virtual ~Index() = default;

  // Adds the entry keys of a document, in any order: none when it is not in the index, and several
  // that are equal when it is to be delivered as often for them. Returns the steps that it took.
  std::int64_t keys_of(const value::Value& document, std::vector<Bytes>& out) const;
  // The same for an encoded document, of which no more is decoded than is needed.
  std::int64_t keys_of(BytesView document, std::vector<Bytes>& out) const;
  // Whether two documents must have the same entries, as far as can be told by comparing bytes.
  bool sees_no_difference(BytesView before, BytesView after) const;

  // How to read what `request` asks for; nullopt when this kind cannot.
  virtual std::optional<Access> match(const Request& request) const = 0;

  const catalog::IndexDefinition& definition() const { return definition_; }

 protected:
  Index(catalog::IndexDefinition definition, algebra::ExprPtr function)
      : definition_(std::move(definition)),
        function_(std::move(function)),
        fields_(function::fields_read(function_)) {}

  // The entry keys for what the function makes of a document. What is added when the work is too
  // much is taken away again.
  virtual void add_keys(const value::Value& indexed, EntryWork& work,
                        std::vector<Bytes>& out) const = 0;

 private:
  std::int64_t keys_of_seen(const value::Value& seen, std::vector<Bytes>& out) const;

  catalog::IndexDefinition definition_;
  algebra::ExprPtr function_;
  std::optional<std::vector<std::string>> fields_;  // that the function sees; unset: all
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
