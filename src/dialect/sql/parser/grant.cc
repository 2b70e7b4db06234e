// GRANT and REVOKE.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

struct PrivilegeRow {
  std::string_view words;
  Terminal first;
  Terminal second = {};
  Terminal third = {};
};
// Those with more words come before those they begin like.
constexpr PrivilegeRow kPrivileges[] = {
    {"ALTER ROUTINE", "ALTER", "ROUTINE"},
    {"ALTER", "ALTER"},
    {"CREATE ROLE", "CREATE", "ROLE"},
    {"CREATE ROUTINE", "CREATE", "ROUTINE"},
    {"CREATE TABLESPACE", "CREATE", "TABLESPACE"},
    {"CREATE TEMPORARY TABLES", "CREATE", "TEMPORARY", "TABLES"},
    {"CREATE USER", "CREATE", "USER"},
    {"CREATE VIEW", "CREATE", "VIEW"},
    {"CREATE", "CREATE"},
    {"DELETE", "DELETE"},
    {"DROP ROLE", "DROP", "ROLE"},
    {"DROP", "DROP"},
    {"EVENT", "EVENT"},
    {"EXECUTE", "EXECUTE"},
    {"FILE", "FILE"},
    {"GRANT OPTION", "GRANT", "OPTION"},
    {"INDEX", "INDEX"},
    {"INSERT", "INSERT"},
    {"LOCK TABLES", "LOCK", "TABLES"},
    {"PROCESS", "PROCESS"},
    {"REFERENCES", "REFERENCES"},
    {"RELOAD", "RELOAD"},
    {"REPLICATION CLIENT", "REPLICATION", "CLIENT"},
    {"REPLICATION SLAVE", "REPLICATION", "SLAVE"},
    {"SELECT", "SELECT"},
    {"SHOW DATABASES", "SHOW", "DATABASES"},
    {"SHOW VIEW", "SHOW", "VIEW"},
    {"SHUTDOWN", "SHUTDOWN"},
    {"SUPER", "SUPER"},
    {"TRIGGER", "TRIGGER"},
    {"UPDATE", "UPDATE"},
    {"USAGE", "USAGE"},
};

// A row, or a name: of a role, or of a privilege that is not the language's.
Parsed<Privilege> parse_privilege(Parser& parser) {
  Privilege privilege;
  for (const PrivilegeRow& row : kPrivileges) {
    if (!parser.take(row.first, row.second, row.third)) continue;
    privilege.words = row.words;
    break;
  }
  if (privilege.words.empty()) {
    if (!at_account(parser)) return parser.unexpected();
    TRY(privilege.role, parse_account(parser));
  }
  if (parser.at("(")) {
    TRY(privilege.columns, parser.names_in_parentheses());
  }
  return privilege;
}

Parsed<GrantLevel> parse_level(Parser& parser) {
  GrantLevel level;
  if (parser.take("FUNCTION")) {
    level.object = GrantLevel::Object::function;
  } else if (parser.take("PROCEDURE")) {
    level.object = GrantLevel::Object::procedure;
  } else {
    parser.take("TABLE");
  }
  if (parser.take("*")) {
    level.any_object = true;
    level.any_database = parser.take(".");
    if (level.any_database) TRY_STATUS(parser.expect("*"));
    return level;
  }
  TRY(level.name, parser.name());
  if (!parser.take(".")) return level;
  level.database = level.name;
  level.name = {};
  if (parser.take("*")) {
    level.any_object = true;
  } else {
    TRY(level.name, parser.name());
  }
  return level;
}

// Old servers took what CREATE USER takes; MySQL 8 does not.
Checked parse_with(Parser& parser, Grant& grant) {
  if (!parser.take("WITH")) return {};
  if (!parser.take("GRANT")) TRY_STATUS(parser.expect("ADMIN"));
  TRY_STATUS(parser.expect("OPTION"));
  grant.with_option = true;
  return {};
}

Checked parse_what(Parser& parser, Grant& grant) {
  if (parser.take("PROXY")) {
    TRY_STATUS(parser.expect("ON"));
    grant.proxy = true;
    Privilege proxied;
    TRY(proxied.role, parse_account(parser));
    auto privileges = parser.list<Privilege>();
    privileges.add(proxied);
    grant.privileges = privileges.finish(parser.arena());
    return {};
  }
  if (parser.take("ALL")) {
    parser.take("PRIVILEGES");
    grant.all = true;
    // REVOKE ALL PRIVILEGES, GRANT OPTION FROM user
    if (grant.revoke && parser.take(",", "GRANT")) {
      grant.with_option = true;
      return parser.expect("OPTION");
    }
  } else {
    TRY(grant.privileges, parser.list_of<Privilege>(parse_privilege));
  }
  if (parser.take("ON")) {
    TRY(grant.level, parse_level(parser));
  }
  return {};
}

// Without a level, roles are granted, and those are no words of the language.
bool is_complete(const Grant& grant) {
  if (grant.level || grant.proxy) return true;
  if (grant.all) return grant.revoke && grant.with_option;
  return std::ranges::all_of(grant.privileges, [](const Privilege& privilege) {
    return privilege.words.empty() && privilege.columns.empty();
  });
}

}  // namespace

Parsed<Statement> parse_grant(Parser& parser) {
  Grant grant{.revoke = parser.take("REVOKE")};
  if (!grant.revoke) TRY_STATUS(parser.expect("GRANT"));
  grant.if_exists = grant.revoke && parser.take("IF", "EXISTS");
  TRY_STATUS(parse_what(parser, grant));
  if (!is_complete(grant)) return parser.unexpected();
  TRY_STATUS(grant.revoke ? parser.expect("FROM") : parser.expect("TO"));
  TRY(grant.to, parse_accounts(parser));
  if (!grant.revoke) TRY_STATUS(parse_with(parser, grant));
  if (grant.revoke && parser.take("IGNORE")) {
    TRY_STATUS(parser.expect("UNKNOWN", "USER"));
    grant.ignore_unknown_user = true;
  }
  return statement_of(parser, grant);
}

}  // namespace octavo::sql
