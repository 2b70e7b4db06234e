#include "protocol/mongodb/command/users_info.h"

#include <set>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "catalog/reserved.h"
#include "catalog/sha1_credentials.h"
#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/builtin_roles.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/roles.h"
#include "protocol/mongodb/command/scram_login.h"

namespace octavo::mongodb {
namespace {

using catalog::CatalogState;
using value::Value;

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
  fields.push_back({"roles", Value::array(to_values(roles_of(state, user.name)))});
  fields.push_back({"mechanisms", Value::array(std::move(mechanisms))});
  if (call.flag("showPrivileges")) {
    fields.push_back(
        {"inheritedRoles", Value::array(to_values(inherited_roles_of(state, user.name)))});
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

}  // namespace

std::string home_of(const CatalogState& definitions, const catalog::User& user) {
  std::set<std::string> homes;
  for (const catalog::Grant& grant : user.grants) {
    const catalog::DatabaseDefinition* const database =
        grant.database ? definitions.find_database(*grant.database) : nullptr;
    homes.insert(database == nullptr ? std::string(kAdminDatabase) : database->name);
  }
  for (const catalog::RoleId id : user.roles) {
    if (const catalog::Role* const role = definitions.find_role(id)) homes.insert(role->home);
  }
  return homes.size() == 1 ? *homes.begin() : std::string(kAdminDatabase);
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

}  // namespace octavo::mongodb
