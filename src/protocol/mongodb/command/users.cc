// Users, who are those of all protocols, and the commands that change them.

#include <algorithm>
#include <iterator>
#include <utility>

#include "catalog/edit.h"
#include "catalog/reserved.h"
#include "catalog/scram.h"
#include "catalog/sha1_credentials.h"
#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/roles.h"
#include "protocol/mongodb/command/scram_login.h"
#include "protocol/mongodb/command/users_info.h"

namespace octavo::mongodb {
namespace {

using catalog::CatalogState;
using value::Value;
using Changes = std::vector<catalog::Change>;

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
// `before` are changes that it needs.
Result<Changes> put_user(const CatalogState& state, catalog::User user,
                         const std::optional<std::optional<catalog::Credentials>>& sha1,
                         Changes before) {
  std::optional<catalog::Change> beside;
  if (sha1) beside = catalog::put_sha1_credentials(state, user, *sha1);
  TRY(Changes changes, catalog::put_user(state, std::move(user)));
  std::ranges::move(changes, std::back_inserter(before));
  if (beside) before.push_back(*std::move(beside));
  return before;
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
    Changes before;
    TRY_STATUS(set_roles(state, roles, made, before));
    return put_user(state, std::move(made), password->sha1, std::move(before));
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
    Changes before;
    TRY_STATUS(change(state, user, before));
    return put_user(state, std::move(user), std::nullopt, std::move(before));
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
    Changes before;
    if (roles) TRY_STATUS(set_roles(state, *roles, user, before));
    if (password) {
      user.credentials = password->credentials;
      return put_user(state, std::move(user), password->sha1, std::move(before));
    }
    TRY(const auto sha1, restrict_mechanisms(call, state));
    return put_user(state, std::move(user), sha1, std::move(before));
  });
}

Result<Reply> run_grant(CommandCall& call) {
  TRY(const auto roles, read_roles(*call.find("roles"), call.database()));
  return change_user(call, [&](const CatalogState& state, catalog::User& user, Changes& before) {
    return grant_roles(state, roles, user, before);
  });
}

Result<Reply> run_revoke(CommandCall& call) {
  TRY(const auto roles, read_roles(*call.find("roles"), call.database()));
  return change_user(call, [&](const CatalogState& state, catalog::User& user, Changes&) {
    return revoke_roles(state, roles, user);
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
    {.name = "invalidateUserCache",
     .flags = kAdminOnly | kHere,
     .run = run_invalidate,
     .help = "Reads users anew, as is always done."},
};

}  // namespace

std::span<const CommandRow> user_commands() { return kRows; }

}  // namespace octavo::mongodb
