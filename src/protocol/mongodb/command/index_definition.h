#pragma once

// Indexes as MongoDB's clients gave them and see them: {v: 2, key: {a: 1}, name: "a_1", unique:
// true}. That document is what a definition keeps under this protocol's name (`forms`).

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "catalog/model.h"
#include "dialect/mongodb/index/entries.h"
#include "dialect/mongodb/index/key_pattern.h"
#include "dialect/mongodb/index/special.h"
#include "engine/engine.h"
#include "value/value.h"

namespace octavo::mongodb {

class Variables;

inline constexpr std::string_view kIdIndexName = "_id_";

// What a client asks for, checked.
struct IndexSpec {
  std::string name;
  KeyPattern pattern;
  value::Value document;  // as it is kept and shown
  bool unique = false;
  bool is_id = false;           // {_id: 1}, which there is always
  bool says_collation = false;  // `simple`, too, which is not kept
};

// Of an element of `createIndexes`; `ignore_unknown`: options that are not known are left out.
Result<IndexSpec> parse_index_spec(const value::Value& given, std::string_view ns,
                                   bool ignore_unknown);

// The same with what the collection compares by, where the specification says nothing.
IndexSpec with_collation_of(const catalog::TableDefinition& table, IndexSpec spec);

// The definition to be added to a table with that primary key.
Result<catalog::IndexDefinition> define_index(const IndexSpec& spec, std::string_view primary_key,
                                              const Variables& variables,
                                              const engine::Engine& engine);

// The index by which no two keys of a collection are equal under its collation, beside the table's
// own keys, which are different bytes. It is hidden, and read as the index of `_id`.
Result<catalog::IndexDefinition> define_id_index(const value::Value& collation,
                                                 const Variables& variables,
                                                 const engine::Engine& engine);
// Makes documents of an index go so many seconds after the times that they have in it; nothing:
// they stay.
Status set_expiry(catalog::IndexDefinition& index, const KeyPattern& pattern,
                  std::optional<std::int64_t> seconds);
// What is wrong with a number of seconds, in MongoDB's words; the error's code is 72.
Status check_expiry_seconds(const value::Value& seconds);

// What there is under the name or the same key already: 85, 86; true where nothing is to be made.
Result<bool> exists_already(const catalog::TableDefinition& table, const IndexSpec& spec);

// How an index made by anybody is shown, in full and its key alone.
value::Value shown_index(const catalog::TableDefinition& table,
                         const catalog::IndexDefinition& index);
value::Value shown_key_pattern(const catalog::TableDefinition& table,
                               const catalog::IndexDefinition& index);
value::Value id_index();
value::Value id_index(const catalog::TableDefinition& table);  // with its collation
// How many there are for clients, that of _id among them.
std::int32_t index_count(const catalog::TableDefinition& table);

// What an entry stands for: the other way round than `index_form`.
value::Value entry_as_shown(const value::Value& entry);

// Of an index that is over something else than values at paths; nothing: it is not, or was not made
// here.
std::optional<SpecialIndex> special_index(const catalog::IndexDefinition& index);

// The document of the table's text index; null: it has none that may be asked.
value::Value text_index_of(const catalog::TableDefinition& table);

// What was given of an index that was made here; null pointer: it was not.
const value::Value* given_spec(const catalog::IndexDefinition& index);

}  // namespace octavo::mongodb
