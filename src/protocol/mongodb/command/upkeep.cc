// What operators do about a server of MongoDB, and what there is to do about it here.

#include <charconv>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/index_filter_commands.h"

namespace octavo::mongodb {
namespace {

using enum FieldRule;
using value::Value;

Status require_config(CommandCall& call) {
  return call.engine().access().require(call.user(), catalog::Permission::config, {}, {});
}

// Plans are made anew for each query: there are none to be forgotten.
Result<Reply> run_clear_plans(CommandCall& call) {
  TRY_STATUS(refuse_view(*call.engine().catalog(), call.database(), call.collection()));
  const bool has_query = call.find("query") != nullptr;
  if (!has_query && (call.find("sort") != nullptr || call.find("projection") != nullptr ||
                     call.find("collation") != nullptr)) {
    return error(ErrorCode::bad_value, "sort, projection or collation provided without query");
  }
  return Reply();
}

// "name:27017", "[::1]:27017", or a name alone.
Status check_address(std::string_view text) {
  constexpr std::uint32_t kMostPort = 65'535;
  const auto wrong = [text] {
    return error(ErrorCode::failed_to_parse, "'{}' is no address of a host", text);
  };
  std::string_view host = text;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return wrong();
    host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else if (const std::size_t colon = text.find(':'); colon != text.npos) {
    host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (host.empty()) return wrong();
  if (rest.empty()) return {};
  if (!rest.starts_with(':')) return wrong();
  rest.remove_prefix(1);
  std::uint32_t port = 0;
  const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), port);
  const bool whole = read.ec == std::errc() && read.ptr == rest.data() + rest.size();
  if (!whole || port == 0 || port > kMostPort) return wrong();
  return {};
}

// Connections of the server to others of its set, of which there are none.
Result<Reply> run_drop_connections(CommandCall& call) {
  for (const Value& address : call.elements("hostAndPort")) {
    if (address.is_null()) continue;
    if (!address.is_string()) {
      return wrong_type("dropConnections.hostAndPort", address, field::kString);
    }
    TRY_STATUS(check_address(address.as_string()));
  }
  return Reply();
}

// All that was committed is on the disk when the reply comes.
Result<Reply> run_unlock(CommandCall& call) {
  TRY_STATUS(require_config(call));
  return error(ErrorCode::illegal_operation, "{} called when not locked", call.name());
}

// The log is standard error, which whoever started the server rotates.
Result<Reply> run_rotate_log(CommandCall& call) {
  TRY_STATUS(require_config(call));
  return Reply();
}

// None of MongoDB's locks is there.
Result<Reply> run_lock_info(CommandCall& call) {
  TRY_STATUS(require_config(call));
  Reply reply;
  reply.add("lockInfo", Value::array({}));
  return reply;
}

// The storage compacts itself in the background, always.
Result<Reply> run_auto_compact(CommandCall& call) {
  TRY_STATUS(require_config(call));
  return Reply();
}

// No settings of queries are kept.
Result<Reply> run_remove_query_settings(CommandCall& call) {
  TRY_STATUS(require_config(call));
  return Reply();
}

// Its own version is the only one that it can be set to.
Result<Reply> run_set_compatibility(CommandCall& call) {
  constexpr std::string_view kVersion = "7.0";
  constexpr std::uint32_t kOther = 4926900;
  constexpr std::uint32_t kNotConfirmed = 7369100;
  TRY_STATUS(require_config(call));
  if (call.text(call.name()) != kVersion) {
    return error(kOther, "Invalid feature compatibility version value '{}'; expected '{}'",
                 call.text(call.name()), kVersion);
  }
  if (!call.flag("confirm")) {
    return error(kNotConfirmed,
                 "Once you have set the feature compatibility version, 'confirm: true' is needed");
  }
  return Reply();
}

Result<Reply> run_block_writes(CommandCall& call) {
  TRY_STATUS(require_config(call));
  if (!call.flag("global")) return Reply();
  return error(ErrorCode::command_not_supported, "writes of users cannot be blocked");
}

// An index is built when its command answers.
Result<Reply> run_commit_quorum(CommandCall& call) {
  return error(ErrorCode::index_not_found,
               "Cannot find an index build on collection '{}' with the provided index names",
               call.ns());
}

Result<Reply> run_get_cluster_parameter(CommandCall& call) {
  constexpr std::string_view kAll = "*";
  TRY_STATUS(require_config(call));
  const Value& asked = call.target();
  if (asked.is_string() && asked.as_string() == kAll) {
    Reply reply;
    reply.add("clusterParameters", Value::array({}));
    return reply;
  }
  const Value first =
      asked.is_array() && !asked.as_array().empty() ? asked.as_array().front() : asked;
  if (!first.is_string()) {
    return error(ErrorCode::bad_value, "Must supply at least one cluster server parameter name");
  }
  return error(ErrorCode::no_such_key, "Unknown server parameter: {}", first.as_string());
}

constexpr FieldRow kRotate[] = {{"logRotate", field::kAny, required}};
constexpr FieldRow kLockInfo[] = {{"includeStorageEngineDump", field::kFlag, ignored}};
constexpr FieldRow kCompatibility[] = {{"setFeatureCompatibilityVersion", field::kString, required},
                                       {"confirm", field::kFlag},
                                       {"downgradeOnDiskChanges", field::kFlag, ignored},
                                       {"fromConfigServer", field::kFlag, ignored}};
constexpr FieldRow kAutoCompact[] = {{"autoCompact", field::kBool, required},
                                     {"freeSpaceTargetMB", field::kNumber},
                                     {"runOnce", field::kBool}};
constexpr FieldRow kQuerySettings[] = {
    {"removeQuerySettings", field::kObject | field::kString, required}};
constexpr FieldRow kBlockWrites[] = {{"global", field::kBool, required}};
constexpr FieldRow kCommitQuorum[] = {{"indexNames", field::kArray, required},
                                      {"commitQuorum", field::kString | field::kNumber, required}};
constexpr FieldRow kClusterParameter[] = {
    {"getClusterParameter", field::kString | field::kArray, required}};

constexpr FieldRow kClearPlans[] = {
    {"query"},
    {"sort"},
    {"projection"},
    {"collation"},
};
constexpr FieldRow kDropConnections[] = {{"hostAndPort", field::kArray, required}};

constexpr CommandRow kRows[] = {
    {.name = "planCacheClear",
     .target = Target::collection,
     .flags = kHere,
     .needs = catalog::Permission::read,
     .fields = kClearPlans,
     .run = run_clear_plans,
     .help = "forgets plans of queries"},
    {.name = "planCacheClearFilters",
     .target = Target::collection,
     .flags = kHere | kAnyFields,
     .needs = catalog::Permission::config,
     .run = run_clear_index_filters,
     .help = "forgets which indexes queries may use"},
    {.name = "planCacheListFilters",
     .target = Target::collection,
     .flags = kHere | kAnyFields,
     .needs = catalog::Permission::read,
     .run = run_list_index_filters,
     .help = "which indexes queries may use"},
    {.name = "planCacheSetFilter",
     .target = Target::collection,
     .flags = kHere | kAnyFields,
     .needs = catalog::Permission::config,
     .run = run_set_index_filter,
     .help = "sets which indexes queries of a shape may use"},
    {.name = "logRotate",
     .target = Target::field,
     .flags = kAdminOnly | kHere,
     .fields = kRotate,
     .run = run_rotate_log,
     .help = "begins a new file of the log"},
    {.name = "lockInfo",
     .flags = kAdminOnly | kHere,
     .fields = kLockInfo,
     .run = run_lock_info,
     .help = "the locks that are held"},
    {.name = "setFeatureCompatibilityVersion",
     .target = Target::field,
     .flags = kAdminOnly | kHere | kWriteConcern,
     .fields = kCompatibility,
     .run = run_set_compatibility,
     .help = "the version whose features may be used"},
    {.name = "autoCompact",
     .target = Target::field,
     .flags = kAdminOnly | kHere,
     .fields = kAutoCompact,
     .run = run_auto_compact,
     .help = "compaction in the background, which is always there"},
    {.name = "removeQuerySettings",
     .target = Target::field,
     .flags = kAdminOnly | kHere,
     .fields = kQuerySettings,
     .run = run_remove_query_settings,
     .help = "takes away settings of a query, of which there are none"},
    {.name = "setUserWriteBlockMode",
     .flags = kAdminOnly | kHere,
     .fields = kBlockWrites,
     .run = run_block_writes,
     .help = "lets writes of users through"},
    {.name = "setIndexCommitQuorum",
     .target = Target::collection,
     .flags = kHere,
     .needs = catalog::Permission::config,
     .fields = kCommitQuorum,
     .run = run_commit_quorum,
     .help = "when an index that is being built is ready"},
    {.name = "getClusterParameter",
     .target = Target::field,
     .flags = kAdminOnly | kHere,
     .fields = kClusterParameter,
     .run = run_get_cluster_parameter,
     .help = "parameters of the cluster, of which there are none"},
    {.name = "fsyncUnlock",
     .flags = kAdminOnly | kHere | kAnyFields,
     .run = run_unlock,
     .help = "ends a lock of fsync"},
    {.name = "dropConnections",
     .flags = kAdminOnly | kHere,
     .fields = kDropConnections,
     .run = run_drop_connections,
     .help = "ends connections to other members"},
};

}  // namespace

std::span<const CommandRow> upkeep_commands() { return kRows; }

}  // namespace octavo::mongodb
