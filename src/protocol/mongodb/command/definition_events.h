#pragma once

// What a change of definitions is told as in change streams that ask for more
// (`showExpandedEvents`; MongoDB manual, "Change Events", "Expanded Events"): the difference of two
// definitions.

#include <string_view>
#include <vector>

#include "catalog/model.h"
#include "value/value.h"

namespace octavo::mongodb {

struct DefinitionEvent {
  std::string_view operation;      // create, createIndexes, dropIndexes, modify
  std::vector<value::Field> more;  // collectionUUID, operationDescription, stateBeforeChange
};

DefinitionEvent collection_made(const catalog::TableDefinition& table);
DefinitionEvent view_made(const catalog::ViewDefinition& view);
// Of a collection that is there before and after: its indexes, once they are built, and its
// options.
std::vector<DefinitionEvent> definition_changes(const catalog::TableDefinition& before,
                                                const catalog::TableDefinition& after);
// {to: {db, coll}} of a rename.
value::Value description_of_rename(std::string_view database, std::string_view collection);

}  // namespace octavo::mongodb
