// Users and roles: their names, and how they prove who they are. user.cc makes and changes them.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

// IDENTIFIED [WITH plugin] …
Checked parse_identified(Parser& parser, Authentication& authentication) {
  using Kind = Authentication::Kind;
  if (parser.take("WITH")) {
    authentication.kind = Kind::plugin;
    TRY(authentication.plugin, parser.name_or_text());
  }
  if (parser.take("BY")) {
    if (parser.take("RANDOM")) {
      TRY_STATUS(parser.expect("PASSWORD"));
      authentication.kind = Kind::random_password;
    } else {
      TRY(authentication.text, parser.text());
      authentication.kind = Kind::password;
    }
  } else if (authentication.kind != Kind::plugin) {
    return parser.unexpected();
  } else if (parser.take("AS")) {
    authentication.kind = Kind::hash;
    TRY(authentication.text, parser.text_or_bytes());
  }
  return {};
}

}  // namespace

bool at_account(Parser& parser) {
  return parser.at_name() || parser.at_text() || parser.at("CURRENT_USER");
}

Parsed<Account> parse_account(Parser& parser) {
  Account account;
  // USER() is the current one where ALTER USER begins.
  if (parser.take("CURRENT_USER") || parser.at("USER", "(")) {
    account.current = true;
    parser.take("USER");
    if (parser.take("(")) TRY_STATUS(parser.expect(")"));
    return account;
  }
  TRY(account.user, parser.name_or_text());
  if (parser.kind() == TokenKind::variable) {
    account.has_host = true;
    account.host = parser.content(parser.token());
    parser.advance();
  }
  return account;
}

Parsed<List<Account>> parse_accounts(Parser& parser) {
  return parser.list_of<Account>(parse_account);
}

Parsed<Authentication> parse_authentication(Parser& parser) {
  Authentication authentication;
  if (parser.take("IDENTIFIED")) TRY_STATUS(parse_identified(parser, authentication));
  if (parser.take("REPLACE")) {
    TRY(authentication.replaced, parser.text());
  }
  if (parser.take("RETAIN")) {
    TRY_STATUS(parser.expect("CURRENT", "PASSWORD"));
    authentication.retain = true;
  }
  if (parser.take("DISCARD")) {
    TRY_STATUS(parser.expect("OLD", "PASSWORD"));
    authentication.discard = true;
  }
  return authentication;
}

// DEFAULT ROLE of ALTER USER, SET ROLE, SET DEFAULT ROLE.
Parsed<RoleSet> parse_role_set(Parser& parser) {
  using Kind = RoleSet::Kind;
  if (parser.take("NONE")) return RoleSet{.kind = Kind::none};
  if (parser.take("DEFAULT")) return RoleSet{.kind = Kind::by_default};
  RoleSet set;
  if (parser.take("ALL")) {
    set.kind = Kind::all;
    if (!parser.take("EXCEPT")) return set;
    set.kind = Kind::all_except;
  }
  TRY(set.roles, parse_accounts(parser));
  return set;
}

}  // namespace octavo::sql
