#include <algorithm>
#include <array>
#include <string_view>

#include "dialect/reql/read/parse.h"

namespace octavo::reql {
namespace {

// Those of the query itself, and every option of a term: given globally it is the default of all
// terms that know it. Sorted.
constexpr std::array<std::string_view, 72> kGlobalOptions{"_EVAL_FLAGS_",
                                                          "_NO_RECURSE_",
                                                          "_SHORTCUT_",
                                                          "array_limit",
                                                          "attempts",
                                                          "auth",
                                                          "base",
                                                          "binary_format",
                                                          "changefeed_queue_size",
                                                          "conflict",
                                                          "data",
                                                          "db",
                                                          "default",
                                                          "default_timezone",
                                                          "dry_run",
                                                          "durability",
                                                          "emergency_repair",
                                                          "emit",
                                                          "fill",
                                                          "final_emit",
                                                          "first_batch_scaledown_factor",
                                                          "float",
                                                          "geo",
                                                          "geo_system",
                                                          "group_format",
                                                          "header",
                                                          "identifier_format",
                                                          "ignore_write_hook",
                                                          "include_cursor",
                                                          "include_initial",
                                                          "include_offsets",
                                                          "include_states",
                                                          "include_types",
                                                          "index",
                                                          "interleave",
                                                          "left_bound",
                                                          "max_batch_bytes",
                                                          "max_batch_rows",
                                                          "max_batch_seconds",
                                                          "max_dist",
                                                          "max_results",
                                                          "method",
                                                          "min_batch_rows",
                                                          "multi",
                                                          "non_atomic",
                                                          "nonvoting_replica_tags",
                                                          "noreply",
                                                          "num_vertices",
                                                          "ordered",
                                                          "overwrite",
                                                          "page",
                                                          "page_limit",
                                                          "params",
                                                          "primary_key",
                                                          "primary_replica_tag",
                                                          "profile",
                                                          "read_mode",
                                                          "redirects",
                                                          "replicas",
                                                          "result_format",
                                                          "resume_after",
                                                          "return_changes",
                                                          "return_vals",
                                                          "right_bound",
                                                          "shards",
                                                          "squash",
                                                          "time_format",
                                                          "timeout",
                                                          "unit",
                                                          "use_outdated",
                                                          "verify",
                                                          "wait_for"};
static_assert(std::is_sorted(kGlobalOptions.begin(), kGlobalOptions.end()));

}  // namespace

bool is_global_option(std::string_view name) {
  return std::binary_search(kGlobalOptions.begin(), kGlobalOptions.end(), name);
}

}  // namespace octavo::reql
