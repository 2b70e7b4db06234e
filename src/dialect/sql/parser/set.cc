// SET in all its forms.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

// A scope before a name; the words are names themselves: SET global = 1.
VariableScope take_scope(Parser& parser) {
  const VariableScope scope = at_scope(parser);
  const bool name = parser.at_ahead(1, "=") || parser.at_ahead(1, ":=") || parser.at_ahead(1, ".");
  if (scope == VariableScope::none || name) return VariableScope::none;
  parser.advance();
  return scope;
}

// Words that are values of variables, and would not be expressions.
constexpr Terminal kWordValues[] = {"ON", "ALL", "BINARY", "ROW", "SYSTEM"};

Parsed<Ref<Expr>> parse_set_value(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  if (parser.at("DEFAULT") && !parser.at("DEFAULT", "(")) {
    parser.advance();
    return Ref<Expr>();
  }
  for (const Terminal word : kWordValues) {
    const bool alone = parser.token(1).kind == TokenKind::end || parser.at_ahead(1, ",") ||
                       parser.at_ahead(1, ";");
    if (!parser.at(word) || !alone) continue;
    parser.advance();
    auto parts = parser.list<Name>();
    parts.add(terminal_text(word.number()));
    const ColumnName name{parts.finish(parser.arena())};
    return parser.make(expr_from(parser, begin, name));
  }
  return parse_expr_node(parser);
}

Checked expect_assignment(Parser& parser) {
  return parser.take(":=") ? Checked() : parser.expect("=");
}

Parsed<SetItem> parse_user_variable(Parser& parser) {
  SetUserVariable set{.name = parser.content(parser.token())};
  parser.advance();
  TRY_STATUS(expect_assignment(parser));
  TRY(set.value, parse_expr_node(parser));
  return SetItem(set);
}

Parsed<SetItem> parse_names(Parser& parser, bool names) {
  SetNames set{.names = names};
  if (parser.take("DEFAULT")) return SetItem(set);
  TRY(set.charset, parse_charset_name(parser));
  if (names && parser.take("COLLATE")) {
    TRY(set.collation, parse_collation_name(parser));
  }
  return SetItem(set);
}

Parsed<SetItem> parse_password(Parser& parser) {
  using Kind = Authentication::Kind;
  SetPassword set;
  if (parser.take("FOR")) {
    TRY(set.account, parse_account(parser));
  }
  Authentication& authentication = set.authentication;
  if (parser.take("TO")) {
    TRY_STATUS(parser.expect("RANDOM"));
    authentication.kind = Kind::random_password;
  } else {
    TRY_STATUS(parser.expect("="));
    authentication.kind = Kind::password;
    TRY(authentication.text, parser.text());
  }
  TRY(const Authentication more, parse_authentication(parser));
  if (more.kind != Kind::unsaid || more.discard) return parser.unexpected();
  authentication.replaced = more.replaced;
  authentication.retain = more.retain;
  return SetItem(parser.make(set));
}

Parsed<Isolation> parse_isolation(Parser& parser) {
  TRY_STATUS(parser.expect("ISOLATION", "LEVEL"));
  if (parser.take("SERIALIZABLE")) return Isolation::serializable;
  if (parser.take("REPEATABLE")) {
    TRY_STATUS(parser.expect("READ"));
    return Isolation::repeatable_read;
  }
  TRY_STATUS(parser.expect("READ"));
  if (parser.take("COMMITTED")) return Isolation::read_committed;
  TRY_STATUS(parser.expect("UNCOMMITTED"));
  return Isolation::read_uncommitted;
}

Parsed<SetItem> parse_transaction(Parser& parser, VariableScope scope) {
  TRY_STATUS(parser.expect("TRANSACTION"));
  SetTransaction set{.scope = scope};
  do {
    if (parser.at("ISOLATION") && set.isolation == Isolation::unsaid) {
      TRY(set.isolation, parse_isolation(parser));
    } else {
      if (set.access != AccessMode::unsaid) return parser.unexpected();
      TRY_STATUS(parser.expect("READ"));
      set.access = parser.take("ONLY") ? AccessMode::read_only : AccessMode::read_write;
      if (set.access == AccessMode::read_write) TRY_STATUS(parser.expect("WRITE"));
    }
  } while (parser.take(","));
  return SetItem(set);
}

Parsed<SetItem> parse_variable_item(Parser& parser, VariableScope scope) {
  SetVariable set{.scope = scope};
  if (parser.at("@@")) {
    TRY(const Expr variable, parse_variable(parser));
    const auto& system = std::get<SystemVariable>(variable.node);
    set.scope = system.scope;
    set.by_sign = system.scope == VariableScope::none;
    set.name = system.path;
  } else {
    TRY(set.name, parser.path(2));
  }
  TRY_STATUS(expect_assignment(parser));
  TRY(set.value, parse_set_value(parser));
  return SetItem(set);
}

// `scope` is that of the item before: SET GLOBAL a = 1, b = 2 sets both of them globally.
Parsed<SetItem> parse_item(Parser& parser, VariableScope& scope) {
  if (parser.kind() == TokenKind::variable) return parse_user_variable(parser);
  if (parser.at("NAMES") && !parser.at("NAMES", "=")) {
    parser.advance();
    return parse_names(parser, true);
  }
  if (take_charset_words(parser)) return parse_names(parser, false);
  if (parser.at("PASSWORD", "=") || parser.at("PASSWORD", "FOR") || parser.at("PASSWORD", "TO")) {
    parser.advance();
    return parse_password(parser);
  }
  if (const VariableScope own = take_scope(parser); own != VariableScope::none) scope = own;
  return parse_variable_item(parser, scope);
}

Parsed<Statement> parse_roles(Parser& parser) {
  if (parser.take("DEFAULT", "ROLE")) {
    SetDefaultRole set;
    TRY(set.roles, parse_role_set(parser));
    TRY_STATUS(parser.expect("TO"));
    TRY(set.users, parse_accounts(parser));
    return statement_of(parser, set);
  }
  TRY_STATUS(parser.expect("ROLE"));
  TRY(const RoleSet roles, parse_role_set(parser));
  auto items = parser.list<SetItem>();
  items.add(roles);
  return statement_of(parser, Set{items.finish(parser.arena())});
}

}  // namespace

Parsed<Statement> parse_set(Parser& parser) {
  TRY_STATUS(parser.expect("SET"));
  if (parser.at("DEFAULT", "ROLE")) return parse_roles(parser);
  if (parser.at("ROLE") && !parser.at("ROLE", "=")) return parse_roles(parser);
  if (parser.at("RESOURCE", "GROUP")) {
    return statement_of(parser,
                        Unsupported{.feature = "RESOURCE GROUP", .text = skip_statement(parser)});
  }
  auto items = parser.list<SetItem>();
  VariableScope scope = take_scope(parser);
  if (parser.at("TRANSACTION") && !parser.at("TRANSACTION", "=")) {
    TRY(const SetItem item, parse_transaction(parser, scope));
    items.add(item);
    return statement_of(parser, Set{items.finish(parser.arena())});
  }
  do {
    TRY(const SetItem item, parse_item(parser, scope));
    items.add(item);
  } while (parser.take(","));
  return statement_of(parser, Set{items.finish(parser.arena())});
}

}  // namespace octavo::sql
