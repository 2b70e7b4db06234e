// GRANT and REVOKE.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "catalog/reserved.h"
#include "dialect/sql/define/accounts.h"
#include "dialect/sql/define/privileges.h"
#include "dialect/sql/define/statements.h"
#include "dialect/sql/error/error.h"

namespace octavo::sql {
namespace {

using catalog::Permissions;

// A database of GRANT is a pattern: `\_` is what `_` is elsewhere.
Result<std::string> database_named(std::string_view written) {
  std::string name;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const bool escaped = written[i] == '\\' && i + 1 < written.size();
    if (escaped) ++i;
    if (written[i] == '%' && !escaped) return not_supported("GRANT on a pattern of databases");
    name += written[i];
  }
  return name;
}

struct Target {
  GrantScope scope;
  std::string_view table;  // for messages
};

Result<Target> target_of(const GrantLevel& level, const CatalogState& state,
                         const DefineContext& context) {
  using Object = GrantLevel::Object;
  if (level.object != Object::table) {
    return error<1305>(level.object == Object::function ? "FUNCTION" : "PROCEDURE", level.name);
  }
  if (level.any_database) return Target();
  std::string name = context.session.database.value_or("");
  if (!level.database.empty()) {
    TRY(name, database_named(level.database));
  }
  if (name.empty()) return error<1046>();
  const auto* database = state.find_database(name);
  if (database == nullptr) return error<1049>(name);
  Target target{.scope = {database->id, std::nullopt}, .table = level.name};
  if (level.any_object) return target;
  if (const auto* table = state.find_table(database->id, level.name)) {
    target.scope.table = table->id;
  } else if (const auto* view = state.find_view(database->id, level.name)) {
    target.scope.table = view->id;
  } else {
    return error<1146>(name, level.name);
  }
  return target;
}

// What the statement is about, as permissions of the store.
class Asked {
 public:
  Asked(const Grant& grant, const GrantScope& scope, const DefineContext& context)
      : grant_(grant), level_(scope.level()), context_(context) {}

  Status read() {
    grants_ = grant_.with_option;
    if (grant_.all) {
      read_ = write_ = config_ = true;
      users_ = level_ == grant_level::kGlobal;
    }
    for (const Privilege& privilege : grant_.privileges) TRY_STATUS(add(privilege));
    TRY_STATUS(take_group(Gives::read, read_));
    TRY_STATUS(take_group(Gives::write, write_));
    TRY_STATUS(take_group(Gives::config, config_));
    TRY_STATUS(take_group(Gives::users, users_));
    // What may be granted by whom is one right over all that there is.
    const bool of_all = grant_.all && level_ == grant_level::kGlobal;
    if (grants_ && !grant_.revoke && !of_all) {
      return not_supported("GRANT OPTION with less than ALL PRIVILEGES ON *.*");
    }
    return {};
  }

  Permissions of_scope() const {
    Permissions permissions;
    if (read_) permissions.read = true;
    if (write_) permissions.write = true;
    if (config_) permissions.config = true;
    return permissions;
  }
  bool users() const { return users_; }
  bool grants() const { return grants_; }

 private:
  Status add(const Privilege& privilege) {
    if (!privilege.columns.empty()) return not_supported("privileges of columns");
    if (privilege.words.empty()) return not_supported(privilege.role.user);
    if (privilege.words == "USAGE") return {};
    if (privilege.words == "GRANT OPTION") {
      grants_ = true;
      return {};
    }
    const PrivilegeRow* const row = find_privilege(privilege.words);
    if (row == nullptr) return not_supported(privilege.words);
    if ((row->levels & level_) == 0) {
      if (level_ == grant_level::kDatabase) return error<1221>("DB GRANT", "GLOBAL PRIVILEGES");
      return error<1144>();
    }
    if (row->gives == Gives::nothing) {
      // What there is not needs no right; when it comes, it has to be granted.
      const Error told = not_supported(words() + " " + std::string(row->words)).error();
      context_.notes.add(function::NoteLevel::warning, told.number, told.what);
    }
    named_.insert(row);
    return {};
  }

  // A permission is given and taken as a whole: with a part of it more, or less, would be given
  // than the statement says.
  Status take_group(Gives gives, bool& taken) {
    std::string some;
    std::string missing;
    for (const PrivilegeRow& row : privilege_rows()) {
      if (row.gives != gives || (row.levels & level_) == 0) continue;
      std::string& list = named_.contains(&row) ? some : missing;
      if (!list.empty()) list += ", ";
      list += row.words;
    }
    if (some.empty()) return {};
    if (!missing.empty() && !taken) {
      return not_supported(fmt::format("{} {} without {}", words(), some, missing));
    }
    taken = true;
    return {};
  }

  std::string words() const { return grant_.revoke ? "REVOKE" : "GRANT"; }

  const Grant& grant_;
  const std::uint8_t level_;
  const DefineContext& context_;
  std::set<const PrivilegeRow*> named_;
  bool read_ = false, write_ = false, config_ = false, users_ = false, grants_ = false;
};

using Flag = std::optional<bool> Permissions::*;
constexpr std::array<Flag, 3> kFlags = {&Permissions::read, &Permissions::write,
                                        &Permissions::config};

// Where rights over users and over grants are kept.
GrantScope system_scope(TableId table) { return {catalog::kSystemDatabase, table}; }
constexpr Permissions kToWrite{.read = true, .write = true};

class Edited {
 public:
  explicit Edited(catalog::User user) : user_(std::move(user)) {}

  void give(const GrantScope& scope, const Permissions& given) {
    if (given.empty()) return;
    Permissions& permissions = at(scope);
    for (const Flag flag : kFlags) {
      if (given.*flag) permissions.*flag = true;
    }
  }
  // Whether there was any of it. What was denied stays so.
  bool take(const GrantScope& scope, const Permissions& taken) {
    bool any = false;
    Permissions& permissions = at(scope);
    for (const Flag flag : kFlags) {
      if (!(taken.*flag) || !(permissions.*flag).value_or(false)) continue;
      permissions.*flag = std::nullopt;
      any = true;
    }
    std::erase_if(user_.grants,
                  [](const catalog::Grant& grant) { return grant.permissions.empty(); });
    return any;
  }
  void take_all() { user_.grants.clear(); }
  catalog::User user() && { return std::move(user_); }

 private:
  Permissions& at(const GrantScope& scope) {
    const auto found = std::ranges::find_if(user_.grants, [&](const catalog::Grant& grant) {
      return grant.database == scope.database && grant.table == scope.table;
    });
    if (found != user_.grants.end()) return found->permissions;
    user_.grants.push_back({scope.database, scope.table, {}});
    return user_.grants.back().permissions;
  }

  catalog::User user_;
};

void give(const Asked& asked, const GrantScope& scope, Edited& user) {
  user.give(scope, asked.of_scope());
  if (asked.users()) user.give(system_scope(catalog::kUsers), kToWrite);
  if (asked.grants()) user.give(system_scope(catalog::kGrants), kToWrite);
}

// Whether there was any of it.
bool take(const Asked& asked, const GrantScope& scope, Edited& user) {
  bool any = user.take(scope, asked.of_scope());
  if (asked.users()) any = user.take(system_scope(catalog::kUsers), kToWrite) || any;
  if (asked.grants()) any = user.take(system_scope(catalog::kGrants), kToWrite) || any;
  return any;
}

std::unexpected<Error> no_such_grant(const NamedAccount& account, const Target& target) {
  if (!target.scope.table) return error<1141>(account.name, "%");
  return error<1147>(account.name, "%", target.table);
}

// An error of one of the users, which IGNORE UNKNOWN USER or IF EXISTS makes a note.
Status unless(bool ignored, const std::unexpected<Error>& failure, const DefineContext& context) {
  if (!ignored) return failure;
  note(context, failure);
  return {};
}

Status unknown_user(const Grant& grant, const NamedAccount& account, const DefineContext& context) {
  if (!grant.revoke) return error<1410>();
  if (grant.ignore_unknown_user) return unless(true, error<3162>(account.shown), context);
  if (!grant.level) return error<1269>();
  return error<1133>();
}

}  // namespace

Result<Alteration> define(const Grant& grant, const CatalogState& state,
                          const DefineContext& context) {
  if (grant.proxy) return not_supported("PROXY");
  // Without a level, all that a user has is revoked, or it is about roles.
  const bool everything = !grant.level && grant.all;
  if (!grant.level && !everything) return not_supported("roles");
  Target target;
  if (grant.level) {
    TRY(target, target_of(*grant.level, state, context));
  }
  Asked asked(grant, target.scope, context);
  if (!everything) TRY_STATUS(asked.read());
  Alteration out;
  for (const Account& to : grant.to) {
    const NamedAccount account = account_named(to, state, context);
    if (!exists(account, state)) {
      TRY_STATUS(unknown_user(grant, account, context));
      continue;
    }
    if (account.name == catalog::kAdminName) {
      // Who may do anything is given nothing.
      if (grant.revoke) return not_supported("REVOKE from the administrator");
      continue;
    }
    const catalog::User before = user_of(account, state);
    Edited edited(before);
    if (everything) {
      edited.take_all();
    } else if (!grant.revoke) {
      give(asked, target.scope, edited);
    } else if (!take(asked, target.scope, edited) && target.scope.database) {
      TRY_STATUS(unless(grant.if_exists, no_such_grant(account, target), context));
    }
    catalog::User after = std::move(edited).user();
    if (after.grants != before.grants) {
      out.changes.emplace_back(catalog::PutUser{std::move(after)});
    }
  }
  return out;
}

}  // namespace octavo::sql
