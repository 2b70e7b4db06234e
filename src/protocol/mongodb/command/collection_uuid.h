#pragma once

// `collectionUUID`: a command is to be done on the collection with that one alone, whatever it is
// called by now.

#include <optional>
#include <string_view>

#include "base/result.h"
#include "catalog/model.h"
#include "protocol/mongodb/command/reply.h"
#include "protocol/mongodb/command/write_rows.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

// 361 where what has the name is another one, or none; beside it stands how the collection with the
// UUID is called in that database. Null: any is meant.
Expected<void, WriteError> check_collection_uuid(const catalog::CatalogState& state,
                                                 std::string_view database, std::string_view name,
                                                 const value::Value* uuid);

// The same of a command on one collection, by its field `collectionUUID`: the error that it answers
// with. Nothing: it may run.
std::optional<Reply> refuse_other_collection(CommandCall& call);

}  // namespace octavo::mongodb
