#pragma once

#include "base/result.h"
#include "protocol/mongodb/command/reply.h"

namespace octavo::mongodb {

class CommandCall;

// planCacheSetFilter, planCacheListFilters, planCacheClearFilters. 2 for what is no shape of a
// query or no index, 166 for views.
Result<Reply> run_set_index_filter(CommandCall& call);
Result<Reply> run_list_index_filters(CommandCall& call);
Result<Reply> run_clear_index_filters(CommandCall& call);

}  // namespace octavo::mongodb
