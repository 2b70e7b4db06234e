// Users, who are those of all protocols. MongoDB keeps users by database; here a name is one user,
// who is shown as one of that database whose roles are the only ones that it has, else of admin.

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "catalog/edit.h"
#include "catalog/reserved.h"
#include "catalog/scram.h"
#include "catalog/sha1_credentials.h"
#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/roles.h"
#include "protocol/mongodb/command/scram_login.h"

namespace octavo::mongodb {
namespace {

using catalog::CatalogState;
using value::Value;
using Changes = std::vector<catalog::Change>;

constexpr std::string_view kAdminDatabase = "admin";

std::string home_of(const CatalogState& definitions, const catalog::User& user) {
  std::optional<DatabaseId> home;
  for (const catalog::Grant& grant : user.grants) {
    const bool elsewhere = !grant.database || (home && *home != *grant.database);
    if (elsewhere) return std::string(kAdminDatabase);
    home = grant.database;
  }
  const catalog::DatabaseDefinition* const database =
      home ? definitions.find_database(*home) : nullptr;
  return database == nullptr ? std::string(kAdminDatabase) : database->name;
}

std::unexpected<Error> not_found(const CommandCall& call, std::string_view name) {
  return error(ErrorCode::user_not_found, "User '{}@{}' not found", name, call.database());
}

// --- What a user is made of ---

struct Password {
  catalog::Credentials credentials;
  std::optional<catalog::Credentials> sha1;  // if the command does not leave that mechanism out
};

// Whether the command names the mechanism, or none.
bool wants_mechanism(const CommandCall& call, std::string_view mechanism) {
  if (call.find("mechanisms") == nullptr) return true;
  return std::ranges::any_of(call.elements("mechanisms"), [&](const Value& one) {
    return one.is_string() && one.as_string() == mechanism;
  });
}

Result<std::optional<Password>> read_password(const CommandCall& call) {
  const Value* const given = call.find("pwd");
  if (given == nullptr) return std::nullopt;
  if (given->as_string().empty()) return error(50687, "Password cannot be empty");
  if (given->as_string().find('\0') != std::string_view::npos) {
    return error(50692, "Error preflighting SASLprep: prohibited character");
  }
  Password made{catalog::make_credentials(given->as_string()), std::nullopt};
  if (wants_mechanism(call, kScramSha1)) {
    made.sha1 = catalog::make_sha1_credentials(call.target().as_string(), given->as_string());
  }
  return made;
}

Status check_mechanisms(const CommandCall& call) {
  const auto known = login_mechanisms();
  if (call.find("mechanisms") != nullptr && call.elements("mechanisms").empty()) {
    return error(ErrorCode::bad_value, "mechanisms field must not be empty");
  }
  for (const Value& one : call.elements("mechanisms")) {
    if (!one.is_string()) return wrong_type("mechanisms", one, field::kString);
    if (std::ranges::find(known, one.as_string()) == known.end()) {
      return error(ErrorCode::bad_value, "Unknown auth mechanism '{}'", one.as_string());
    }
  }
  return {};
}

// The user as it is to be, with its credentials for SCRAM-SHA-1; unset: those stay as they are.
Result<Changes> put_user(const CatalogState& state, catalog::User user,
                         const std::optional<std::optional<catalog::Credentials>>& sha1) {
  std::optional<catalog::Change> beside;
  if (sha1) beside = catalog::put_sha1_credentials(state, user, *sha1);
  TRY(Changes changes, catalog::put_user(state, std::move(user)));
  if (beside) changes.push_back(*std::move(beside));
  return changes;
}

// What `mechanisms` without a password makes of the credentials that are there: it takes away.
Result<std::optional<std::optional<catalog::Credentials>>> restrict_mechanisms(
    const CommandCall& call, const CatalogState& state) {
  using Kept = std::optional<std::optional<catalog::Credentials>>;
  if (call.find("mechanisms") == nullptr) return Kept();
  const auto now = catalog::sha1_credentials(state, call.target().as_string());
  const bool wanted = wants_mechanism(call, kScramSha1);
  if (wanted && !now) {
    return error(ErrorCode::bad_value,
                 "mechanisms field must be a subset of previously set mechanisms");
  }
  return wanted ? Kept() : Kept(std::optional<catalog::Credentials>());
}

// Those of whole databases and of the server; of single tables they stay, which no role has.
Status set_roles(const CatalogState& state, const std::vector<RoleName>& roles,
                 catalog::User& user) {
  std::erase_if(user.grants, [](const catalog::Grant& grant) { return !grant.table; });
  return grant_roles(state, roles, user.grants);
}

// --- Commands that change one ---

Result<Reply> define(CommandCall& call, const engine::Engine::Decide& decide) {
  TRY(const Lsn lsn, call.engine().define(call.user(), decide));
  call.wrote(lsn, Durability::disk);
  return Reply();
}

Result<Reply> run_create(CommandCall& call) {
  catalog::User user;
  user.name = call.target().as_string();
  if (user.name.empty()) return error(ErrorCode::bad_value, "User name must not be empty");
  TRY_STATUS(check_mechanisms(call));
  TRY(const auto password, read_password(call));
  if (!password) {
    return error(ErrorCode::bad_value,
                 "Must provide a 'pwd' field for all user documents, except those with '$external' "
                 "as the user's source db");
  }
  user.credentials = password->credentials;
  TRY(const auto roles, read_roles(*call.find("roles"), call.database()));
  return define(call, [&](const CatalogState& state) -> Result<Changes> {
    if (state.find_user(user.name) != nullptr) {
      return error(51003, "User \"{}@{}\" already exists", user.name, call.database());
    }
    catalog::User made = user;
    TRY_STATUS(set_roles(state, roles, made));
    return put_user(state, std::move(made), password->sha1);
  });
}

// What `change` does to the user that the command names.
template <class Change>
Result<Reply> change_user(CommandCall& call, Change&& change) {
  const std::string name(call.target().as_string());
  return define(call, [&](const CatalogState& state) -> Result<Changes> {
    const catalog::User* const found = state.find_user(name);
    if (found == nullptr) return not_found(call, name);
    catalog::User user = *found;
    TRY_STATUS(change(state, user));
    return catalog::put_user(state, std::move(user));
  });
}

Result<Reply> run_update(CommandCall& call) {
  TRY_STATUS(check_mechanisms(call));
  TRY(const auto password, read_password(call));
  std::optional<std::vector<RoleName>> roles;
  if (const Value* given = call.find("roles")) {
    TRY(roles, read_roles(*given, call.database()));
  }
  const bool anything = password || roles || call.find("customData") != nullptr ||
                        call.find("mechanisms") != nullptr ||
                        call.find("authenticationRestrictions") != nullptr;
  if (!anything) {
    return error(ErrorCode::bad_value, "Must specify at least one field to update in updateUser");
  }
  const std::string name(call.target().as_string());
  return define(call, [&](const CatalogState& state) -> Result<Changes> {
    const catalog::User* const found = state.find_user(name);
    if (found == nullptr) return not_found(call, name);
    catalog::User user = *found;
    if (roles) TRY_STATUS(set_roles(state, *roles, user));
    if (password) {
      user.credentials = password->credentials;
      return put_user(state, std::move(user), password->sha1);
    }
    TRY(const auto sha1, restrict_mechanisms(call, state));
    return put_user(state, std::move(user), sha1);
  });
}

Result<Reply> run_grant(CommandCall& call) {
  TRY(const auto roles, read_roles(*call.find("roles"), call.database()));
  return change_user(call, [&](const CatalogState& state, catalog::User& user) {
    return grant_roles(state, roles, user.grants);
  });
}

Result<Reply> run_revoke(CommandCall& call) {
  TRY(const auto roles, read_roles(*call.find("roles"), call.database()));
  return change_user(call, [&](const CatalogState& state, catalog::User& user) {
    return revoke_roles(state, roles, user.grants);
  });
}

Result<Reply> run_drop(CommandCall& call) {
  const std::string name(call.target().as_string());
  return define(call, [&](const CatalogState& state) -> Result<Changes> {
    if (state.find_user(name) == nullptr) return not_found(call, name);
    return catalog::drop_user(state, name);
  });
}

Result<Reply> run_drop_all(CommandCall& call) {
  std::int32_t count = 0;
  TRY(Reply reply, define(call, [&](const CatalogState& state) -> Result<Changes> {
        Changes all;
        count = 0;
        for (const catalog::User* user : state.users()) {
          if (user->name == catalog::kAdminName) continue;
          if (home_of(state, *user) != call.database()) continue;
          TRY(Changes changes, catalog::drop_user(state, user->name));
          std::ranges::move(changes, std::back_inserter(all));
          ++count;
        }
        return all;
      }));
  reply.add("n", Value::int32(count));
  return reply;
}

// --- What is told of them ---

// The same for the same name: nothing is kept for it.
Value id_of(std::string_view name) {
  constexpr std::size_t kUuidBytes = 16;
  Bytes bytes = sha256(name).substr(0, kUuidBytes);
  // RFC 4122, version 5 as far as its bits go.
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0fU) | 0x50U);
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3fU) | 0x80U);
  return Value::uuid(bytes);
}

Value describe(const CommandCall& call, const CatalogState& state, const catalog::User& user,
               const std::string& database) {
  std::vector<Value> mechanisms;
  if (catalog::sha1_credentials(state, user.name)) mechanisms.push_back(text(kScramSha1));
  if (!user.credentials.empty_password) mechanisms.push_back(text(kScramSha256));
  std::vector<value::Field> fields;
  fields.push_back({"_id", text(fmt::format("{}.{}", database, user.name))});
  fields.push_back({"userId", id_of(user.name)});
  fields.push_back({"user", text(user.name)});
  fields.push_back({"db", text(database)});
  fields.push_back({"roles", Value::array(roles_of(state, user.name))});
  fields.push_back({"mechanisms", Value::array(std::move(mechanisms))});
  if (call.flag("showPrivileges")) {
    fields.push_back({"inheritedRoles", Value::array(roles_of(state, user.name))});
    fields.push_back({"inheritedPrivileges", Value::array(privileges_of(state, user.name))});
  }
  return Value::object(std::move(fields));
}

// Who asks sees itself; others who may read the users' table.
bool sees(CommandCall& call, std::string_view name) {
  if (call.user() == name) return true;
  const engine::Access& access = call.engine().access();
  return access
      .require(call.user(), catalog::Permission::read, catalog::kSystemDatabase, catalog::kUsers)
      .has_value();
}

struct WhichUsers {
  bool of_all_databases = false;
  bool of_database = false;
  std::vector<std::pair<std::string, std::string>> named;  // name, database
};

Status read_one(const CommandCall& call, const Value& one, WhichUsers& which) {
  if (one.is_string()) {
    which.named.emplace_back(one.as_string(), call.database());
    return {};
  }
  const Value* const user = one.find("user");
  const Value* const database = one.find("db");
  if (user == nullptr || database == nullptr || !user->is_string() || !database->is_string()) {
    return error(ErrorCode::bad_value,
                 "UsersInfo name must be a string, or an object with a user and a db");
  }
  which.named.emplace_back(user->as_string(), database->as_string());
  return {};
}

Result<WhichUsers> read_which(const CommandCall& call) {
  WhichUsers which;
  const Value& target = call.target();
  const Value* const all = target.find("forAllDBs");
  if (all != nullptr && to_flag(*all)) {
    which.of_all_databases = true;
  } else if (target.is_number()) {
    which.of_database = true;
  } else if (target.is_array()) {
    for (const Value& one : target.as_array()) TRY_STATUS(read_one(call, one, which));
  } else {
    TRY_STATUS(read_one(call, target, which));
  }
  return which;
}

Result<Reply> run_users_info(CommandCall& call) {
  TRY(const WhichUsers which, read_which(call));
  const catalog::CatalogPtr state = call.engine().catalog();
  std::vector<Value> users;
  for (const auto& [name, database] : which.named) {
    const catalog::User* const user = state->find_user(name);
    if (user != nullptr && sees(call, name))
      users.push_back(describe(call, *state, *user, database));
  }
  if (which.of_all_databases || which.of_database) {
    for (const catalog::User* user : state->users()) {
      const std::string home = home_of(*state, *user);
      if (which.of_database && home != call.database()) continue;
      if (sees(call, user->name)) users.push_back(describe(call, *state, *user, home));
    }
  }
  Reply reply;
  reply.add("users", Value::array(std::move(users)));
  return reply;
}

Result<Reply> run_roles_info(CommandCall& call) {
  const Value& target = call.target();
  std::vector<Value> roles = describe_roles(call.database());
  if (target.is_string()) {
    std::erase_if(roles, [&](const Value& role) {
      return role.find("role")->as_string() != target.as_string();
    });
  }
  Reply reply;
  reply.add("roles", Value::array(std::move(roles)));
  return reply;
}

Result<Reply> run_invalidate(CommandCall&) { return Reply(); }  // nothing is kept beside the users

constexpr FieldRow kCreateFields[] = {
    {"createUser", field::kString, FieldRule::required},
    {"pwd", field::kString},
    {"roles", field::kArray, FieldRule::required},
    {"mechanisms", field::kArray},
    {"customData", field::kObject, FieldRule::ignored},
    {"digestPassword", field::kFlag, FieldRule::ignored},
    {"authenticationRestrictions", field::kArray, FieldRule::ignored},
};
constexpr FieldRow kUpdateFields[] = {
    {"updateUser", field::kString, FieldRule::required},
    {"pwd", field::kString},
    {"roles", field::kArray},
    {"mechanisms", field::kArray},
    {"customData", field::kObject, FieldRule::ignored},
    {"digestPassword", field::kFlag, FieldRule::ignored},
    {"authenticationRestrictions", field::kArray, FieldRule::ignored},
};
constexpr FieldRow kDropFields[] = {{"dropUser", field::kString, FieldRule::required}};
constexpr FieldRow kGrantFields[] = {{"grantRolesToUser", field::kString, FieldRule::required},
                                     {"roles", field::kArray, FieldRule::required}};
constexpr FieldRow kRevokeFields[] = {{"revokeRolesFromUser", field::kString, FieldRule::required},
                                      {"roles", field::kArray, FieldRule::required}};
constexpr FieldRow kInfoFields[] = {
    {"usersInfo", field::kAny, FieldRule::required},
    {"showPrivileges", field::kFlag},
    {"showCredentials", field::kFlag, FieldRule::ignored},
    {"showCustomData", field::kFlag, FieldRule::ignored},
    {"showAuthenticationRestrictions", field::kAny, FieldRule::ignored},
    {"filter", field::kObject, FieldRule::ignored},
};
constexpr FieldRow kRolesFields[] = {
    {"rolesInfo", field::kAny, FieldRule::required},
    {"showPrivileges", field::kAny, FieldRule::ignored},
    {"showBuiltinRoles", field::kFlag, FieldRule::ignored},
    {"showAuthenticationRestrictions", field::kFlag, FieldRule::ignored},
};

constexpr CommandRow kRows[] = {
    {.name = "createUser",
     .target = Target::field,
     .flags = kWriteConcern | kSecret,
     .fields = kCreateFields,
     .run = run_create,
     .help = "Makes a user."},
    {.name = "updateUser",
     .target = Target::field,
     .flags = kWriteConcern | kSecret,
     .fields = kUpdateFields,
     .run = run_update,
     .help = "Changes a user."},
    {.name = "dropUser",
     .target = Target::field,
     .flags = kWriteConcern,
     .fields = kDropFields,
     .run = run_drop,
     .help = "Deletes a user."},
    {.name = "dropAllUsersFromDatabase",
     .flags = kWriteConcern,
     .run = run_drop_all,
     .help = "Deletes the users of a database."},
    {.name = "grantRolesToUser",
     .target = Target::field,
     .flags = kWriteConcern,
     .fields = kGrantFields,
     .run = run_grant,
     .help = "Gives roles to a user."},
    {.name = "revokeRolesFromUser",
     .target = Target::field,
     .flags = kWriteConcern,
     .fields = kRevokeFields,
     .run = run_revoke,
     .help = "Takes roles from a user."},
    {.name = "usersInfo",
     .target = Target::field,
     .flags = kHere,
     .fields = kInfoFields,
     .run = run_users_info,
     .help = "Users and their roles."},
    {.name = "rolesInfo",
     .target = Target::field,
     .flags = kHere,
     .fields = kRolesFields,
     .run = run_roles_info,
     .help = "The roles that there are."},
    {.name = "invalidateUserCache",
     .flags = kAdminOnly | kHere,
     .run = run_invalidate,
     .help = "Reads users anew, as is always done."},
};

}  // namespace

std::span<const CommandRow> user_commands() { return kRows; }

}  // namespace octavo::mongodb
