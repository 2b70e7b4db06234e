#include "dialect/sql/define/accounts.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace octavo::sql {
namespace {

constexpr std::string_view kAnyHost = "%";
constexpr std::array kThisMachine =
    std::to_array<std::string_view>({"localhost", "127.0.0.1", "::1"});

bool is_this_machine(std::string_view host) {
  return std::ranges::any_of(
      kThisMachine, [host](std::string_view name) { return equals_ignoring_case(host, name); });
}

}  // namespace

NamedAccount account_named(const Account& account, const catalog::CatalogState& state,
                           const DefineContext& context) {
  NamedAccount named;
  std::string_view user = account.user;
  const std::string_view host = account.has_host ? account.host : kAnyHost;
  if (account.current) {
    user = context.session.current_user;
    user = user.substr(0, user.rfind('@'));
    named.name = user;
  } else {
    named.name = context.account_of == nullptr ? std::string(user)
                                               : context.account_of(state, std::string(user));
    named.anywhere =
        host == kAnyHost || (named.name == catalog::kAdminName && is_this_machine(host));
  }
  named.shown.append("'").append(user).append("'@'").append(host).append("'");
  return named;
}

bool exists(const NamedAccount& account, const catalog::CatalogState& state) {
  if (!account.anywhere) return false;
  return account.name == catalog::kAdminName || state.find_user(account.name) != nullptr;
}

catalog::User user_of(const NamedAccount& account, const catalog::CatalogState& state) {
  const catalog::User* found = state.find_user(account.name);
  if (found != nullptr) return *found;
  catalog::User user;
  user.name = account.name;
  return user;
}

}  // namespace octavo::sql
