#pragma once

// What the caller of a command must be allowed, asked before anything tells whether what the
// command names is there: who may not use a name is told the same (13) of one that is there and of
// one that is not.

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "catalog/model.h"
#include "dialect/mongodb/pipeline/output.h"

namespace octavo::mongodb {

class CommandCall;

// On the collection or view of the name, or what would be one; for an empty name, on the database
// of the name. What the profiler records is read by who may configure
// the database.
Status require_on(CommandCall& call, catalog::Permission permission, std::string_view database,
                  std::string_view collection);
// Whether a collection may come into being in a database, which may be new, of a state of the
// definitions: for who may insert into what has its name, or configure the database. What is made
// is empty, has no rights of its own and replaces nothing, so that it gives nothing that its maker
// did not have (docs/security.md).
Status may_make_collection(CommandCall& call, const catalog::CatalogState& state,
                           std::string_view database, std::string_view collection);
constexpr std::size_t kMostCollectionsOfWriters = 10'000;  // in a database
// Of `update`, which may insert by `upsert`.
Status require_update(CommandCall& call);
Status require_find_and_modify(CommandCall& call);
// Of `create`.
Status require_create(CommandCall& call);
// Of a pipeline that ends in $merge or $out: what it is to write.
Status require_output(CommandCall& call, const PipelineOutput& output);
// What the row of the command says (CommandRow::needs, CommandRow::may).
Status check_rights(CommandCall& call);

}  // namespace octavo::mongodb
