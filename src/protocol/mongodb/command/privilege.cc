#include "protocol/mongodb/command/privilege.h"

#include <algorithm>
#include <iterator>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/field.h"
#include "value/json.h"

namespace octavo::mongodb {
namespace {

using catalog::Permission;
using catalog::PermissionSet;
using catalog::RoleGrant;
using catalog::RoleScope;
using value::Value;

enum class About : std::uint8_t {
  rows,      // what the resource names
  server,    // needs `config` of the server
  users,     // needs what users and roles are changed with
  everyone,  // needs nothing
  nothing,   // MongoDB has it, and there is nothing here that it allows
};

struct ActionRow {
  std::string_view name;
  About about;
  PermissionSet needs = {};     // of About::rows
  PermissionSet or_needs = {};  // if it is not empty, these do as well
};

constexpr PermissionSet kRead = Permission::read;
constexpr PermissionSet kConfig = Permission::config;

constexpr ActionRow kActions[] = {
    {"find", About::rows, kRead},
    {"insert", About::rows, Permission::insert},
    // What a change answers tells what was there.
    {"remove", About::rows, kRead | Permission::remove},
    {"update", About::rows, kRead | Permission::update},

    {"changeStream", About::rows, kRead},
    {"collStats", About::rows, kRead},
    {"dbHash", About::rows, kRead},
    {"dbStats", About::rows, kRead},
    {"indexStats", About::rows, kRead},
    {"killCursors", About::rows, kRead},
    {"listCollections", About::rows, kRead},
    {"listIndexes", About::rows, kRead},

    // Who inserts makes collections.
    {"createCollection", About::rows, Permission::insert, kConfig},
    {"analyze", About::rows, kConfig},
    {"bypassDocumentValidation", About::rows, kConfig},
    {"collMod", About::rows, kConfig},
    {"compact", About::rows, kConfig},
    {"convertToCapped", About::rows, kConfig},
    {"createIndex", About::rows, kConfig},
    {"dropCollection", About::rows, kConfig},
    {"dropDatabase", About::rows, kConfig},
    {"dropIndex", About::rows, kConfig},
    {"enableProfiler", About::rows, kConfig},
    {"planCacheIndexFilter", About::rows, kConfig},
    {"planCacheRead", About::rows, kConfig},
    {"planCacheWrite", About::rows, kConfig},
    {"reIndex", About::rows, kConfig},
    {"renameCollectionSameDB", About::rows, kConfig},
    {"storageDetails", About::rows, kConfig},
    {"validate", About::rows, kConfig},

    {"fsync", About::server},
    {"inprog", About::server},
    {"killAnyCursor", About::server},
    {"killAnySession", About::server},
    {"killop", About::server},
    {"setDefaultRWConcern", About::server},
    {"setFeatureCompatibilityVersion", About::server},
    {"setParameter", About::server},
    {"setUserWriteBlockMode", About::server},
    {"unlock", About::server},

    {"changeCustomData", About::users},
    {"changePassword", About::users},
    {"createRole", About::users},
    {"createUser", About::users},
    {"dropRole", About::users},
    {"dropUser", About::users},
    {"grantRole", About::users},
    {"revokeRole", About::users},
    {"viewRole", About::users},
    {"viewUser", About::users},

    {"connPoolStats", About::everyone},
    {"getCmdLineOpts", About::everyone},
    {"getDefaultRWConcern", About::everyone},
    {"getLog", About::everyone},
    {"getParameter", About::everyone},
    {"hostInfo", About::everyone},
    {"invalidateUserCache", About::everyone},
    {"listDatabases", About::everyone},
    {"listSessions", About::everyone},
    {"logRotate", About::everyone},
    {"replSetGetConfig", About::everyone},
    {"replSetGetStatus", About::everyone},
    {"serverStatus", About::everyone},
    {"top", About::everyone},

    {"addShard", About::nothing},
    {"appendOplogNote", About::nothing},
    {"applicationMessage", About::nothing},
    {"applyOps", About::nothing},
    {"auditConfigure", About::nothing},
    {"auditLogRotate", About::nothing},
    {"authSchemaUpgrade", About::nothing},
    {"bypassWriteBlockingMode", About::nothing},
    {"changeOwnCustomData", About::nothing},
    {"changeOwnPassword", About::nothing},
    {"checkMetadataConsistency", About::nothing},
    {"cleanupOrphaned", About::nothing},
    {"closeAllDatabases", About::nothing},
    {"cpuProfiler", About::nothing},
    {"createSearchIndexes", About::nothing},
    {"dropSearchIndex", About::nothing},
    {"enableSharding", About::nothing},
    {"flushRouterConfig", About::nothing},
    {"getClusterParameter", About::nothing},
    {"getShardMap", About::nothing},
    {"getShardVersion", About::nothing},
    {"impersonate", About::nothing},
    {"internal", About::nothing},
    {"listSearchIndexes", About::nothing},
    {"listShards", About::nothing},
    {"moveChunk", About::nothing},
    {"netstat", About::nothing},
    {"operationMetrics", About::nothing},
    {"queryStatsRead", About::nothing},
    {"refineCollectionShardKey", About::nothing},
    {"removeShard", About::nothing},
    {"replSetConfigure", About::nothing},
    {"replSetHeartbeat", About::nothing},
    {"replSetReconfig", About::nothing},
    {"replSetStateChange", About::nothing},
    {"reshardCollection", About::nothing},
    {"resync", About::nothing},
    {"setAuthenticationRestriction", About::nothing},
    {"setClusterParameter", About::nothing},
    {"shardingState", About::nothing},
    {"shutdown", About::nothing},
    {"splitChunk", About::nothing},
    {"splitVector", About::nothing},
    {"touch", About::nothing},
    {"updateSearchIndex", About::nothing},
    {"useUUID", About::nothing},
    {"viewUserSettings", About::nothing},
};

constexpr std::string_view kAnyAction = "anyAction";
// Who has all of them has `config` of the place, which is given as a whole.
constexpr std::string_view kMakeConfig[] = {"collMod", "createCollection", "createIndex",
                                            "dropCollection", "dropIndex"};

const ActionRow* find_action(std::string_view name) {
  const auto* const row = std::ranges::find(kActions, name, &ActionRow::name);
  return row == std::end(kActions) ? nullptr : row;
}

// --- Reading ---

Result<Resource> read_resource(const Value& given) {
  const auto flag = [&](std::string_view name) {
    const Value* const value = given.find(name);
    return value != nullptr && field_type(*value) == field::kBool && value->as_boolean();
  };
  if (flag("cluster")) return Resource{.kind = ResourceKind::cluster};
  if (flag("anyResource")) return Resource{.kind = ResourceKind::any};
  if (given.find("system_buckets") != nullptr) {
    return error(ErrorCode::command_not_supported,
                 "Privileges on system_buckets are not supported: those on the collection count");
  }
  const Value* const database = given.find("db");
  const Value* const collection = given.find("collection");
  if (database == nullptr || collection == nullptr || !database->is_string() ||
      !collection->is_string()) {
    return error(
        ErrorCode::failed_to_parse,
        "resource must have 'db' and 'collection', 'cluster: true' or 'anyResource: true'");
  }
  if (database->as_string().empty() && !collection->as_string().empty()) {
    return error(ErrorCode::command_not_supported,
                 "Privileges on a collection of every database are not supported: name the "
                 "database");
  }
  return Resource{.database = std::string(database->as_string()),
                  .collection = std::string(collection->as_string())};
}

void sort_once(std::vector<std::string>& actions) {
  std::ranges::sort(actions);
  const auto again = std::ranges::unique(actions);
  actions.erase(again.begin(), again.end());
}

constexpr FieldRow kPrivilegeFields[] = {{"resource", field::kObject, FieldRule::required},
                                         {"actions", field::kArray, FieldRule::required}};

Result<Privilege> read_privilege(const Value& given) {
  if (!given.is_object()) return wrong_type("privileges", given, field::kObject);
  TRY_STATUS(check_fields("privileges", given.as_object(), kPrivilegeFields));
  Privilege privilege;
  TRY(privilege.resource, read_resource(*given.find("resource")));
  for (const Value& action : given.find("actions")->as_array()) {
    if (!action.is_string()) return wrong_type("privileges.actions", action, field::kString);
    if (action.as_string() != kAnyAction && find_action(action.as_string()) == nullptr) {
      return error(ErrorCode::failed_to_parse, "Unrecognized action privilege strings: {}",
                   action.as_string());
    }
    privilege.actions.emplace_back(action.as_string());
  }
  if (privilege.actions.empty()) {
    return error(ErrorCode::failed_to_parse, "actions of a privilege must not be empty");
  }
  sort_once(privilege.actions);
  return privilege;
}

Value to_value(const Resource& resource) {
  if (resource.kind == ResourceKind::cluster) return document({{"cluster", Value::boolean(true)}});
  if (resource.kind == ResourceKind::any) return document({{"anyResource", Value::boolean(true)}});
  return document({{"db", text(resource.database)}, {"collection", text(resource.collection)}});
}

// --- What they come to ---

bool has_action(const Privilege& privilege, std::string_view action) {
  return std::ranges::binary_search(
      privilege.actions, action, std::ranges::less{},
      [](const std::string& name) -> std::string_view { return name; });
}

RoleGrant scope_of(const Resource& resource) {
  if (resource.database.empty()) return {.scope = RoleScope::everywhere};
  const bool whole = resource.collection.empty();
  return {.scope = whole ? RoleScope::database : RoleScope::table,
          .database = resource.database,
          .table = resource.collection};
}

// Whether what is granted in the one place holds in the other.
bool holds_in(const RoleGrant& grant, const RoleGrant& place) {
  if (grant.scope == RoleScope::system || place.scope == RoleScope::system) {
    return grant.scope == place.scope;
  }
  if (grant.scope == RoleScope::everywhere) return true;
  if (grant.database != place.database) return false;
  return grant.scope == RoleScope::database || grant.table == place.table;
}

PermissionSet permissions_in(const std::vector<RoleGrant>& grants, const RoleGrant& place) {
  PermissionSet there;
  for (const RoleGrant& grant : grants) {
    if (holds_in(grant, place)) there = there | grant.permissions;
  }
  return there;
}

bool allows(const ActionRow& row, PermissionSet there) {
  return there.has(row.needs) || (!row.or_needs.empty() && there.has(row.or_needs));
}

// What a role has.
struct Had {
  PermissionSet rows;  // in the place of the privilege
  bool server = false;
  bool users = false;
};

// Everywhere, `config` is more than any action says: it comes from built-in roles alone.
PermissionSet given_by(const Privilege& privilege, bool everywhere) {
  constexpr PermissionSet kRows = kRead | Permission::write;
  if (has_action(privilege, kAnyAction)) return everywhere ? kRows : kRows | kConfig;
  PermissionSet given;
  if (has_action(privilege, "find")) given = given | kRead;
  for (const Permission part : catalog::kPartsOfWrite) {
    if (has_action(privilege, catalog::permission_name(part))) given = given | part;
  }
  const bool config = std::ranges::all_of(
      kMakeConfig, [&](std::string_view action) { return has_action(privilege, action); });
  return config && !everywhere ? given | kConfig : given;
}

void add_grants(const Privilege& privilege, std::vector<RoleGrant>& grants) {
  const bool all = has_action(privilege, kAnyAction);
  if (privilege.resource.kind == ResourceKind::any && all) {
    grants.push_back({RoleScope::everywhere, {}, {}, kRead | Permission::write | kConfig});
    grants.push_back({RoleScope::system, {}, {}, kRead | Permission::write});
    return;
  }
  if (privilege.resource.kind == ResourceKind::cluster) return;
  RoleGrant grant = scope_of(privilege.resource);
  grant.permissions = given_by(privilege, grant.scope == RoleScope::everywhere);
  if (!grant.permissions.empty()) grants.push_back(std::move(grant));
}

std::unexpected<Error> refused(const Privilege& privilege, std::string_view action,
                               std::string_view why) {
  return error(ErrorCode::command_not_supported, "The action '{}' on {} cannot be granted: {}",
               action, value::to_json(to_value(privilege.resource)), why);
}

constexpr std::string_view kNotAlone =
    "actions on definitions are one permission here, which all of collMod, createCollection, "
    "createIndex, dropCollection and dropIndex together give on a database or collection, and the "
    "roles dbAdmin and dbAdminAnyDatabase";

std::string_view why_not(const ActionRow& row, ResourceKind kind) {
  switch (row.about) {
    case About::server: return "it is allowed to who has the role clusterAdmin";
    case About::users: return "it is allowed to who has the role userAdminAnyDatabase";
    case About::nothing: return "there is nothing in this server that it would allow";
    case About::rows:
      if (kind == ResourceKind::cluster) return "it is not about the cluster";
      if (row.needs.has(kConfig)) return kNotAlone;
      return row.needs == kRead ? "it is allowed to who has the action find"
                                : "it is allowed to who has the action find as well";
    case About::everyone: break;
  }
  return {};
}

bool allowed(const ActionRow& row, const Had& had) {
  switch (row.about) {
    case About::everyone: return true;
    case About::nothing: return false;
    case About::server: return had.server;
    case About::users: return had.users;
    case About::rows: break;
  }
  return allows(row, had.rows);
}

Status check_actions(const Privilege& privilege, const Had& had) {
  constexpr PermissionSet kAll = kRead | Permission::write | kConfig;
  for (const std::string& action : privilege.actions) {
    const ActionRow* const row = find_action(action);
    if (row == nullptr && !had.rows.has(kAll)) {
      return refused(privilege, action, "what runs the server belongs to it: take the role root");
    }
    if (row != nullptr && !allowed(*row, had)) {
      return refused(privilege, action, why_not(*row, privilege.resource.kind));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<Privilege>> read_privileges(value::ArrayView given) {
  std::vector<Privilege> privileges;
  for (const Value& one : given) {
    TRY(Privilege privilege, read_privilege(one));
    privileges.push_back(std::move(privilege));
    if (privileges.size() > kMostPrivileges) {
      return error(ErrorCode::bad_value, "A role has {} privileges at most", kMostPrivileges);
    }
  }
  return privileges;
}

Value to_value(const Privilege& privilege) {
  std::vector<Value> actions;
  for (const std::string& action : privilege.actions) actions.push_back(text(action));
  return document(
      {{"resource", to_value(privilege.resource)}, {"actions", Value::array(std::move(actions))}});
}

void add_privileges(std::span<const Privilege> added, std::vector<Privilege>& privileges) {
  for (const Privilege& one : added) {
    const auto there = std::ranges::find(privileges, one.resource, &Privilege::resource);
    if (there == privileges.end()) {
      privileges.push_back(one);
      continue;
    }
    std::ranges::copy(one.actions, std::back_inserter(there->actions));
    sort_once(there->actions);
  }
}

void take_privileges(std::span<const Privilege> taken, std::vector<Privilege>& privileges) {
  for (const Privilege& one : taken) {
    const auto there = std::ranges::find(privileges, one.resource, &Privilege::resource);
    if (there == privileges.end()) continue;
    std::erase_if(there->actions,
                  [&](const std::string& action) { return has_action(one, action); });
    if (there->actions.empty()) privileges.erase(there);
  }
}

Status grant_privileges(std::span<const Privilege> privileges, std::vector<RoleGrant>& grants) {
  if (privileges.size() > kMostPrivileges) {
    return error(ErrorCode::bad_value, "A role has {} privileges at most", kMostPrivileges);
  }
  for (const Privilege& privilege : privileges) add_grants(privilege, grants);
  Had had;
  had.server = permissions_in(grants, {.scope = RoleScope::everywhere}).has(kConfig);
  had.users = permissions_in(grants, {.scope = RoleScope::system}).has(kRead | Permission::write);
  for (const Privilege& privilege : privileges) {
    const bool cluster = privilege.resource.kind == ResourceKind::cluster;
    had.rows = cluster ? PermissionSet() : permissions_in(grants, scope_of(privilege.resource));
    TRY_STATUS(check_actions(privilege, had));
  }
  return {};
}

std::vector<std::string> actions_of(PermissionSet permissions, bool of_server, bool users) {
  std::vector<std::string> actions;
  for (const ActionRow& row : kActions) {
    const bool rows = row.about == About::rows && allows(row, permissions);
    const bool runs = row.about == About::server && of_server && permissions.has(kConfig);
    if (rows || runs || (row.about == About::users && users)) actions.emplace_back(row.name);
  }
  std::ranges::sort(actions);
  return actions;
}

}  // namespace octavo::mongodb
