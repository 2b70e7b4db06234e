#pragma once

// Collections as tables: docs/notes/0022-mongodb.md. A collection that MongoDB's clients made is a
// table whose primary key is `_id`; any other table is a collection as well, whose documents show
// their primary key under `_id`, too.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/model.h"
#include "engine/engine.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

inline constexpr std::string_view kIdField = "_id";
// Under which name definitions keep what only this protocol knows of them.
inline constexpr std::string_view kProtocolName = "mongodb";

// What `create` said of a collection: {validator: …, capped: …}. Null: nothing was said, or the
// table was not made here.
const value::Value& options_of(const catalog::TableDefinition& table);
// Null: there is none of that name.
const value::Value* find_option(const catalog::TableDefinition& table, std::string_view name);

// As listCollections shows it.
value::Value uuid_of(const catalog::TableDefinition& table);

using TablePtr = std::shared_ptr<const catalog::TableDefinition>;

struct Collection {
  TablePtr table;

  TableId id() const { return table->id; }
  const std::string& primary_key() const { return table->primary_key; }
  // Whether documents are stored as clients see them.
  bool is_plain() const;
  // A stored row as a document: with `_id` first.
  value::Value shown(const value::Value& row) const;
  // A document as it is stored. `_id` of it is the primary key.
  value::Value stored(const value::Value& document) const;
};

// In the definitions in force. Nothing: there is none (a view is none).
std::optional<Collection> find_collection(const catalog::CatalogState& state,
                                          std::string_view database, std::string_view name);
const catalog::ViewDefinition* find_view(const catalog::CatalogState& state,
                                         std::string_view database, std::string_view name);
// 166 where the name is a view's: what only a collection can do.
Status refuse_view(const catalog::CatalogState& state, std::string_view database,
                   std::string_view name);

// The database, which is made where there is none, for a collection that it is to have. On a
// worker.
Status ensure_database(CommandCall& call, std::string_view database, std::string_view collection);
// The collection, which is made, and its database, where there is none. 166 for a view.
Result<Collection> ensure_collection(CommandCall& call, std::string_view database,
                                     std::string_view name);
// Makes it with options, and a condition (validator.h); `already_exists` where there is something
// of the name.
Result<Collection> create_collection(CommandCall& call, std::string_view database,
                                     std::string_view name, const value::Value& options,
                                     const Bytes& validator = {});

}  // namespace octavo::mongodb
