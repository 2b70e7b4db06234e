#pragma once

// The commands about collections, databases and indexes, each in its file; collections.cc and
// indexes.cc have their rows.

#include "base/result.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/reply.h"

namespace octavo::mongodb {

Result<Reply> run_create(CommandCall& call);
Result<Reply> run_drop(CommandCall& call);
Result<Reply> run_drop_database(CommandCall& call);
Status may_rename_collection(CommandCall& call);
Result<Reply> run_rename_collection(CommandCall& call);
Result<Reply> run_collection_modify(CommandCall& call);

Result<Reply> run_convert_to_capped(CommandCall& call);

Result<Reply> run_list_collections(CommandCall& call);
Result<Reply> run_list_databases(CommandCall& call);

Result<Reply> run_database_statistics(CommandCall& call);
Result<Reply> run_collection_statistics(CommandCall& call);
Result<Reply> run_validate(CommandCall& call);

Result<Reply> run_create_indexes(CommandCall& call);
Result<Reply> run_list_indexes(CommandCall& call);
Result<Reply> run_drop_indexes(CommandCall& call);

}  // namespace octavo::mongodb
