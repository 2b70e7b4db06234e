#include "protocol/mongodb/command/definition_events.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/index_definition.h"

namespace octavo::mongodb {
namespace {

using catalog::IndexDefinition;
using catalog::TableDefinition;
using value::Field;
using value::Value;

constexpr std::string_view kDescription = "operationDescription";

Value options_or_none(const Value& options) {
  return options.is_object() ? options : Value::object({});
}

// Those that clients see, and can read by.
const IndexDefinition* find_built(const TableDefinition& table, IndexId id) {
  const auto found = std::ranges::find(table.indexes, id, &IndexDefinition::id);
  const bool built = found != table.indexes.end() && found->ready && !found->hidden;
  return built ? &*found : nullptr;
}

// Of `table` those that are built, and not in the other definition.
std::vector<Value> indexes_beyond(const TableDefinition& table, const TableDefinition& other) {
  std::vector<Value> shown;
  for (const IndexDefinition& index : table.indexes) {
    const bool is_new =
        find_built(table, index.id) != nullptr && find_built(other, index.id) == nullptr;
    if (is_new) shown.push_back(shown_index(table, index));
  }
  return shown;
}

DefinitionEvent about_indexes(std::string_view operation, const TableDefinition& table,
                              std::vector<Value> indexes) {
  return {operation,
          {{"collectionUUID", uuid_of(table)},
           {std::string(kDescription),
            Value::object({{"indexes", Value::array(std::move(indexes))}})}}};
}

DefinitionEvent modified(const TableDefinition& table, Value description, Value before) {
  return {"modify",
          {{"collectionUUID", uuid_of(table)},
           {std::string(kDescription), std::move(description)},
           {"stateBeforeChange", std::move(before)}}};
}

}  // namespace

DefinitionEvent collection_made(const TableDefinition& table) {
  std::vector<Field> description = {{"idIndex", id_index(table)}};
  std::ranges::copy(options_or_none(options_of(table)).as_object(),
                    std::back_inserter(description));
  return {"create",
          {{"collectionUUID", uuid_of(table)},
           {std::string(kDescription), Value::object(std::move(description))},
           {"nsType", Value::string("collection")}}};
}

DefinitionEvent view_made(const catalog::ViewDefinition& view) {
  return {"create",
          {{std::string(kDescription), options_or_none(view.forms.of(kProtocolName))},
           {"nsType", Value::string("view")}}};
}

std::vector<DefinitionEvent> definition_changes(const TableDefinition& before,
                                                const TableDefinition& after) {
  std::vector<DefinitionEvent> events;
  if (auto made = indexes_beyond(after, before); !made.empty()) {
    events.push_back(about_indexes("createIndexes", after, std::move(made)));
  }
  if (auto gone = indexes_beyond(before, after); !gone.empty()) {
    events.push_back(about_indexes("dropIndexes", after, std::move(gone)));
  }
  for (const IndexDefinition& index : after.indexes) {
    const IndexDefinition* const was = find_built(before, index.id);
    if (was == nullptr || find_built(after, index.id) == nullptr) continue;
    Value old_form = shown_index(before, *was);
    Value new_form = shown_index(after, index);
    if (equal(old_form, new_form)) continue;
    events.push_back(modified(after, Value::object({{"index", std::move(new_form)}}),
                              Value::object({{"indexOptions", std::move(old_form)}})));
  }
  if (!equal(options_of(before), options_of(after))) {
    events.push_back(
        modified(after, options_or_none(options_of(after)),
                 Value::object({{"collectionOptions", options_or_none(options_of(before))}})));
  }
  return events;
}

Value description_of_rename(std::string_view database, std::string_view collection) {
  return Value::object({{"to", Value::object({{"db", Value::string(database)},
                                              {"coll", Value::string(collection)}})}});
}

}  // namespace octavo::mongodb
