// CREATE, ALTER, DROP and RENAME USER.

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "catalog/keyspace_rules.h"
#include "catalog/scram.h"
#include "dialect/sql/define/accounts.h"
#include "dialect/sql/define/statements.h"
#include "dialect/sql/error/error.h"
#include "value/utf8.h"

namespace octavo::sql {
namespace {

constexpr std::size_t kMaxUserCharacters = 32;

// What is so of every user.
constexpr std::array kGranted = std::to_array<std::string_view>({
    "REQUIRE NONE",
    "PASSWORD EXPIRE NEVER",
    "PASSWORD EXPIRE DEFAULT",
    "PASSWORD HISTORY DEFAULT",
    "PASSWORD HISTORY 0",
    "PASSWORD REUSE INTERVAL DEFAULT",
    "PASSWORD REUSE INTERVAL 0 DAY",
    "PASSWORD REQUIRE CURRENT DEFAULT",
    "PASSWORD REQUIRE CURRENT OPTIONAL",
    "ACCOUNT UNLOCK",
    "FAILED_LOGIN_ATTEMPTS 0",
    "PASSWORD_LOCK_TIME 0",
    "WITH MAX_QUERIES_PER_HOUR 0",
    "WITH MAX_UPDATES_PER_HOUR 0",
    "WITH MAX_CONNECTIONS_PER_HOUR 0",
    "WITH MAX_USER_CONNECTIONS 0",
    "MAX_QUERIES_PER_HOUR 0",
    "MAX_UPDATES_PER_HOUR 0",
    "MAX_CONNECTIONS_PER_HOUR 0",
    "MAX_USER_CONNECTIONS 0",
});
// Whose clients send a password that the stored credentials can be compared with.
constexpr std::array kPlugins =
    std::to_array<std::string_view>({"caching_sha2_password", "sha256_password"});

Status check_options(const CreateUser& create) {
  if (!create.default_roles.empty()) return not_supported("DEFAULT ROLE");
  for (const UserOption& option : create.options) {
    const bool granted = std::ranges::find(kGranted, option.words) != kGranted.end();
    if (!granted || option.text) return not_supported(option.words);
  }
  return {};
}

Status check_plugin(std::string_view plugin) {
  if (plugin.empty() || std::ranges::find(kPlugins, plugin) != kPlugins.end()) return {};
  return error<1524>(plugin);
}

// What the statement says of how the user proves who it is.
Status authenticate(const Authentication& authentication, bool is_new, catalog::User& user) {
  using Kind = Authentication::Kind;
  if (authentication.retain) return not_supported("RETAIN CURRENT PASSWORD");
  if (authentication.discard) return not_supported("DISCARD OLD PASSWORD");
  if (authentication.replaced &&
      !catalog::password_matches(user.credentials, *authentication.replaced)) {
    return error<3891>();
  }
  TRY_STATUS(check_plugin(authentication.plugin));
  switch (authentication.kind) {
    case Kind::password:
      user.credentials = catalog::make_credentials(authentication.text);
      return {};
    case Kind::plugin:
      if (!is_new) return not_supported("IDENTIFIED WITH without a password");
      [[fallthrough]];
    case Kind::unsaid:
      if (is_new) user.credentials = catalog::make_credentials("");
      return {};
    case Kind::random_password: return not_supported("IDENTIFIED BY RANDOM PASSWORD");
    case Kind::hash: return not_supported("IDENTIFIED WITH ... AS");
  }
  std::unreachable();
}

// Those of a statement for whom it cannot be done.
class Failed {
 public:
  void add(const NamedAccount& account) { names_ += (names_.empty() ? "" : ",") + account.shown; }
  Result<Alteration> or_else(std::string_view operation, Alteration alteration) const {
    if (names_.empty()) return alteration;
    return error<1396>(operation, names_);
  }

 private:
  std::string names_;
};

Status check_new_name(const NamedAccount& account) {
  if (!account.anywhere) return not_supported("a user of one host (of '%' there are)");
  if (value::count_code_points(account.name) <= kMaxUserCharacters) return {};
  return error<1470>(account.name, "user name", std::to_string(kMaxUserCharacters));
}

void put(catalog::User user, Alteration& out) {
  out.changes.emplace_back(catalog::PutUser{std::move(user)});
}

}  // namespace

Result<Alteration> define(const CreateUser& create, const CatalogState& state,
                          const DefineContext& context) {
  TRY_STATUS(check_options(create));
  Alteration out;
  Failed failed;
  std::set<std::string> seen;
  for (const UserSpec& spec : create.users) {
    const NamedAccount account = account_named(spec.account, state, context);
    const bool is_there = exists(account, state);
    if (is_there != create.alter && create.if_exists) {
      if (create.alter) {
        note(context, error<3162>(account.shown));
      } else {
        note(context, error<3163>(account.shown));
      }
      continue;
    }
    if (is_there != create.alter || account.name.empty() || !seen.insert(account.name).second) {
      failed.add(account);
      continue;
    }
    if (!create.alter) TRY_STATUS(check_new_name(account));
    catalog::User user = user_of(account, state);
    TRY_STATUS(authenticate(spec.authentication, !create.alter, user));
    put(std::move(user), out);
  }
  return failed.or_else(create.alter ? "ALTER USER" : "CREATE USER", std::move(out));
}

Result<Alteration> define(const DropUser& drop, const CatalogState& state,
                          const DefineContext& context) {
  if (drop.roles) return not_supported("DROP ROLE");
  Alteration out;
  Failed failed;
  catalog::KeyspaceRulesEdit rules(state);
  std::set<std::string> seen;
  for (const Account& named : drop.users) {
    const NamedAccount account = account_named(named, state, context);
    const bool is_there = exists(account, state);
    if (!is_there && drop.if_exists) {
      note(context, error<3162>(account.shown));
    } else if (!is_there || account.name == catalog::kAdminName ||
               !seen.insert(account.name).second) {
      failed.add(account);
    } else {
      out.changes.emplace_back(catalog::DropUser{account.name});
      rules.drop(account.name);
    }
  }
  if (auto change = rules.change()) out.changes.push_back(*std::move(change));
  return failed.or_else("DROP USER", std::move(out));
}

// One after the other, so that two may change their names with the help of a third.
Result<Alteration> define(const RenameUser& rename, const CatalogState& state,
                          const DefineContext& context) {
  std::map<std::string, std::optional<catalog::User>> changed;  // nothing: it is gone
  const auto find = [&](const NamedAccount& account) -> std::optional<catalog::User> {
    const auto found = changed.find(account.name);
    if (found != changed.end()) return found->second;
    if (!exists(account, state)) return std::nullopt;
    return user_of(account, state);
  };
  Failed failed;
  catalog::KeyspaceRulesEdit rules(state);
  for (const UserRename& one : rename.renames) {
    const NamedAccount from = account_named(one.from, state, context);
    const NamedAccount to = account_named(one.to, state, context);
    std::optional<catalog::User> user = find(from);
    if (!user || from.name == catalog::kAdminName || to.name.empty() || find(to)) {
      failed.add(from);
      continue;
    }
    TRY_STATUS(check_new_name(to));
    user->name = to.name;
    rules.rename(from.name, to.name);
    changed[from.name] = std::nullopt;
    changed[to.name] = std::move(user);
  }
  Alteration out;
  for (auto& [name, user] : changed) {
    if (user) {
      put(*std::move(user), out);
    } else if (state.find_user(name) != nullptr) {
      out.changes.emplace_back(catalog::DropUser{name});
    }
  }
  if (auto change = rules.change()) out.changes.push_back(*std::move(change));
  return failed.or_else("RENAME USER", std::move(out));
}

Result<Alteration> define(const CreateRole& /*create*/, const CatalogState& /*state*/,
                          const DefineContext& /*context*/) {
  return not_supported("CREATE ROLE");
}

}  // namespace octavo::sql
