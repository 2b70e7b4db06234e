#include "dialect/mongodb/pipeline/source_options.h"

#include <algorithm>
#include <array>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/pipeline/names.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Value;

using Names = std::span<const std::string_view>;

bool is_boolean(const Value& value) { return value.type() == value::Type::boolean; }

// --- $collStats ---

constexpr std::string_view kCollStats = "$collStats";

Status check_scale(const Value& statistics) {
  const Value* scale = statistics.find("scale");
  if (scale == nullptr || scale->is_null()) return {};
  if (!scale->is_number()) return wrong_type("$collStats.storageStats", "scale", *scale, "number");
  if (saturated_int64(*scale) >= 1) return {};
  return error(ErrorCode::bad_value, "BSON field 'scale' value must be >= 1, actual value '{}'",
               print(*scale));
}

Status check_collection_statistics(const Value& operand, const CollectionName& /*collection*/) {
  constexpr std::uint32_t kNoObject = 5447000;
  constexpr std::uint32_t kNotEmpty = 31170;
  constexpr std::array<std::string_view, 4> kNames{"latencyStats", "storageStats", "count",
                                                   "queryExecStats"};
  constexpr std::array<std::string_view, 2> kEmpty{"count", "queryExecStats"};
  if (!operand.is_object()) {
    return error(kNoObject, "$collStats must take a nested object but found: {}", print(operand));
  }
  for (const Field& field : operand.as_object()) {
    const bool is_known = std::ranges::find(kNames, field.name) != kNames.end();
    if (is_known && !field.value.is_null() && !field.value.is_object()) {
      return wrong_type(kCollStats, field.name, field.value, "object");
    }
  }
  TRY_STATUS(check_fields(kCollStats, operand, kNames));
  for (const std::string_view name : kEmpty) {
    const Value* option = operand.find(name);
    if (option == nullptr || option->is_null() || option->as_object().empty()) continue;
    return error(kNotEmpty, "{} option must be an empty object, but got: {}", name, print(*option));
  }
  const Value* statistics = operand.find("storageStats");
  return statistics == nullptr || statistics->is_null() ? Status() : check_scale(*statistics);
}

// --- $indexStats, $planCacheStats ---

Status check_index_statistics(const Value& operand, const CollectionName& /*collection*/) {
  constexpr std::uint32_t kNotEmpty = 28803;
  if (operand.is_object() && operand.as_object().empty()) return {};
  return error(kNotEmpty, "The $indexStats stage specification must be an empty object");
}

Status check_plan_cache(const Value& operand, const CollectionName& /*collection*/) {
  constexpr std::uint32_t kNoBoolean = 13111;
  constexpr std::uint32_t kOfShards = 4503200;
  constexpr std::string_view kAllHosts = "allHosts";
  if (!operand.is_object()) {
    return error(ErrorCode::failed_to_parse, "$planCacheStats value must be an object. Found: {}",
                 type_alias(operand));
  }
  for (const Field& field : operand.as_object()) {
    if (field.name != kAllHosts) {
      return error(ErrorCode::failed_to_parse,
                   "$planCacheStats parameters object may contain only 'allHosts' field. Found: {}",
                   field.name);
    }
    if (!is_boolean(field.value)) {
      return error(kNoBoolean, "wrong type for field ({}) {} != bool", field.name,
                   type_alias(field.value));
    }
    if (field.value.as_boolean()) {
      return error(kOfShards,
                   "$planCacheStats stage supports allHosts parameter only for sharded "
                   "clusters");
    }
  }
  return {};
}

// --- $currentOp, $listSessions, $listLocalSessions ---

Status check_flags(std::string_view stage, const Value& operand, Names names) {
  constexpr std::uint32_t kUnknown = 40415;
  for (const Field& field : operand.as_object()) {
    if (std::ranges::find(names, field.name) == names.end()) {
      return error(kUnknown, "Unrecognized option '{}' in {} stage.", field.name, stage);
    }
    if (!is_boolean(field.value)) return wrong_type(stage, field.name, field.value, "bool");
  }
  return {};
}

Status check_current_operations(const Value& operand, const CollectionName& collection) {
  constexpr std::string_view kStage = "$currentOp";
  constexpr std::string_view kAdmin = "admin";
  constexpr std::array<std::string_view, 8> kNames{"idleConnections", "idleSessions", "allUsers",
                                                   "localOps",        "truncateOps",  "idleCursors",
                                                   "targetAllNodes",  "backtrace"};
  constexpr std::string_view kOfShards = "targetAllNodes";
  if (collection.database != kAdmin || !collection.collection.empty()) {
    return error(ErrorCode::invalid_namespace,
                 "$currentOp must be run against the 'admin' database with {{aggregate: 1}}");
  }
  if (!operand.is_object()) {
    return error(ErrorCode::failed_to_parse,
                 "$currentOp options must be specified in an object, but found: {}",
                 type_alias(operand));
  }
  TRY_STATUS(check_flags(kStage, operand, kNames));
  const Value* of_shards = operand.find(kOfShards);
  if (of_shards == nullptr || !of_shards->as_boolean()) return {};
  return error(ErrorCode::failed_to_parse,
               "$currentOp supports targetAllNodes parameter only for sharded clusters");
}

Status check_users(std::string_view stage, const Value& users) {
  constexpr std::array<std::string_view, 2> kNames{"user", "db"};
  if (!users.is_array()) return wrong_type(stage, "users", users, "array");
  for (const Value& user : users.as_array()) {
    if (user.is_null()) continue;
    if (!user.is_object()) return wrong_type(stage, "users", user, "object");
    TRY_STATUS(check_fields(stage, user, kNames));
    for (const std::string_view name : kNames) TRY_STATUS(required_string(stage, user, name));
  }
  return {};
}

Status check_session_options(std::string_view stage, const Value& operand) {
  constexpr std::array<std::string_view, 2> kNames{"users", "allUsers"};
  if (!operand.is_object()) {
    return error(ErrorCode::type_mismatch,
                 "{} options must be specified in an object, but found: {}", stage,
                 type_alias(operand));
  }
  TRY_STATUS(check_fields(stage, operand, kNames));
  const Value* users = operand.find(kNames[0]);
  const Value* all = operand.find(kNames[1]);
  if (users != nullptr && !users->is_null()) TRY_STATUS(check_users(stage, *users));
  if (all != nullptr && !is_boolean(*all)) return wrong_type(stage, kNames[1], *all, "bool");
  const bool names_some = users != nullptr && users->is_array() && !users->as_array().empty();
  if (names_some && all != nullptr && all->as_boolean()) {
    return error(ErrorCode::unsupported_format,
                 "{} may not specify {{allUsers:true}} and {{users:[...]}} at the same time",
                 stage);
  }
  return {};
}

Status check_sessions(const Value& operand, const CollectionName& collection) {
  constexpr std::string_view kStage = "$listSessions";
  static const CollectionName kSessions{"config", "system.sessions"};
  if (collection != kSessions) {
    return error(ErrorCode::invalid_namespace,
                 "$listSessions may only be run against "
                 "config.system.sessions");
  }
  return check_session_options(kStage, operand);
}

Status check_local_sessions(const Value& operand, const CollectionName& collection) {
  constexpr std::string_view kStage = "$listLocalSessions";
  if (!collection.collection.empty()) {
    return error(ErrorCode::invalid_namespace,
                 "$listLocalSessions must be run against the database with {{aggregate: 1}}");
  }
  return check_session_options(kStage, operand);
}

// --- $listSampledQueries ---

Status check_sampled(const Value& operand, const CollectionName& collection) {
  constexpr std::string_view kStage = "$listSampledQueries";
  constexpr std::string_view kAdmin = "admin";
  constexpr std::array<std::string_view, 1> kNames{"namespace"};
  if (collection.database != kAdmin || !collection.collection.empty()) {
    return error(
        ErrorCode::invalid_namespace,
        "$listSampledQueries must be run against the 'admin' database with {{aggregate: 1}}");
  }
  if (!operand.is_object()) {
    return error(6876000, "$listSampledQueries must take a nested object but found: {}",
                 print(operand));
  }
  TRY_STATUS(check_fields(kStage, operand, kNames));
  const Value* const name = operand.find(kNames[0]);
  if (name == nullptr || name->is_null() || name->is_string()) return {};
  return wrong_type(kStage, kNames[0], *name, "string");
}

// --- $listClusterCatalog, $querySettings, $queryStats ---

Status check_booleans(std::string_view stage, const Value& operand, Names names) {
  TRY_STATUS(check_fields(stage, operand, names));
  for (const Field& field : operand.as_object()) {
    if (!is_boolean(field.value)) return wrong_type(stage, field.name, field.value, "bool");
  }
  return {};
}

Status check_cluster_catalog(const Value& operand, const CollectionName& collection) {
  constexpr std::string_view kStage = "$listClusterCatalog";
  constexpr std::array<std::string_view, 3> kNames{"shards", "tracked", "balancingConfiguration"};
  if (!collection.collection.empty()) {
    return error(9621301, "{} must be run against the database with {{aggregate: 1}}", kStage);
  }
  if (!operand.is_object()) {
    return error(9621302, "{} must take a nested object but found: {}", kStage, print(operand));
  }
  return check_booleans(kStage, operand, kNames);
}

Status check_admin(std::string_view stage, const CollectionName& collection) {
  constexpr std::string_view kAdmin = "admin";
  if (collection.database == kAdmin && collection.collection.empty()) return {};
  return error(ErrorCode::invalid_namespace,
               "{} must be run against the 'admin' database with {{aggregate: 1}}", stage);
}

Status check_query_settings(const Value& operand, const CollectionName& collection) {
  constexpr std::string_view kStage = "$querySettings";
  constexpr std::array<std::string_view, 1> kNames{"showDebugQueryShape"};
  TRY_STATUS(check_admin(kStage, collection));
  if (!operand.is_object()) {
    return error(7746800, "{} stage expects a document as argument", kStage);
  }
  return check_booleans(kStage, operand, kNames);
}

Status check_query_statistics(const Value& operand, const CollectionName& collection) {
  constexpr std::string_view kStage = "$queryStats";
  constexpr std::array<std::string_view, 1> kNames{"transformIdentifiers"};
  TRY_STATUS(check_admin(kStage, collection));
  if (!operand.is_object()) {
    return error(ErrorCode::failed_to_parse, "{} value must be an object. Found: {}", kStage,
                 type_alias(operand));
  }
  return check_fields(kStage, operand, kNames);
}

struct SourceRow {
  OtherSource source;
  Status (*check)(const Value& operand, const CollectionName& collection);
};
constexpr SourceRow kSources[] = {
    {OtherSource::collection_statistics, check_collection_statistics},
    {OtherSource::index_statistics, check_index_statistics},
    {OtherSource::plan_cache_statistics, check_plan_cache},
    {OtherSource::sampled_queries, check_sampled},
    {OtherSource::current_operations, check_current_operations},
    {OtherSource::sessions, check_sessions},
    {OtherSource::local_sessions, check_local_sessions},
    {OtherSource::cluster_catalog, check_cluster_catalog},
    {OtherSource::query_settings, check_query_settings},
    {OtherSource::query_statistics, check_query_statistics},
};

}  // namespace

Status check_source_options(OtherSource source, const Value& operand,
                            const CollectionName& collection) {
  const auto* row = std::ranges::find(kSources, source, &SourceRow::source);
  return row == std::end(kSources) ? Status() : row->check(operand, collection);
}

}  // namespace octavo::mongodb
