#pragma once

// The commands about documents, each in its file; documents.cc has their rows.

#include "base/result.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/reply.h"

namespace octavo::mongodb {

Result<Reply> run_find(CommandCall& call);
Result<Reply> run_count(CommandCall& call);
Result<Reply> run_distinct(CommandCall& call);
Result<Reply> run_insert(CommandCall& call);
Result<Reply> run_update(CommandCall& call);
Result<Reply> run_delete(CommandCall& call);
Result<Reply> run_find_and_modify(CommandCall& call);
Result<Reply> run_bulk_write(CommandCall& call);
Result<Reply> run_apply_ops(CommandCall& call);
Result<Reply> run_map_reduce(CommandCall& call);

}  // namespace octavo::mongodb
