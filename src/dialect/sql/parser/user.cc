// CREATE and ALTER USER, with what is set about users; roles.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

// A number or a time behind an option's words is part of them.
std::string_view with_words(Parser& parser, std::uint32_t begin) {
  std::string text;
  const Place place = parser.place_from(begin);
  bool space = false;
  for (const char c : parser.written(place.begin, place.end)) {
    const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (!blank) {
      if (space && !text.empty()) text += ' ';
      text += c;
    }
    space = blank;
  }
  return parser.upper(parser.arena().copy(text));
}

Checked parse_days(Parser& parser) {
  TRY_STATUS(parser.digits());
  return parser.expect("DAY");
}

// Behind PASSWORD.
Checked parse_password_option(Parser& parser) {
  if (parser.take("EXPIRE")) {
    if (parser.take("INTERVAL")) return parse_days(parser);
    if (!parser.take("NEVER")) parser.take("DEFAULT");
    return {};
  }
  if (parser.take("HISTORY")) {
    if (!parser.take("DEFAULT")) TRY_STATUS(parser.digits());
    return {};
  }
  if (parser.take("REUSE")) {
    TRY_STATUS(parser.expect("INTERVAL"));
    return parser.take("DEFAULT") ? Checked() : parse_days(parser);
  }
  TRY_STATUS(parser.expect("REQUIRE", "CURRENT"));
  if (!parser.take("DEFAULT")) parser.take("OPTIONAL");
  return {};
}

constexpr Terminal kLimits[] = {"MAX_QUERIES_PER_HOUR", "MAX_UPDATES_PER_HOUR",
                                "MAX_CONNECTIONS_PER_HOUR", "MAX_USER_CONNECTIONS"};
constexpr Terminal kTls[] = {"CIPHER", "ISSUER", "SUBJECT"};

// One option; false when none comes.
Parsed<bool> parse_simple_option(Parser& parser) {
  if (parser.take("PASSWORD")) {
    TRY_STATUS(parse_password_option(parser));
    return true;
  }
  if (parser.take("ACCOUNT")) {
    if (!parser.take("LOCK")) TRY_STATUS(parser.expect("UNLOCK"));
    return true;
  }
  if (parser.take("FAILED_LOGIN_ATTEMPTS")) {
    TRY_STATUS(parser.digits());
    return true;
  }
  if (parser.take("PASSWORD_LOCK_TIME")) {
    if (!parser.take("UNBOUNDED")) TRY_STATUS(parser.digits());
    return true;
  }
  return false;
}

using Options = ListBuilder<UserOption>;

// REQUIRE SSL, REQUIRE CIPHER '…' AND ISSUER '…'
Checked parse_require(Parser& parser, Options& options) {
  struct Row {
    Terminal word;
    std::string_view text;
  };
  static constexpr Row kAlone[] = {
      {"NONE", "REQUIRE NONE"}, {"SSL", "REQUIRE SSL"}, {"X509", "REQUIRE X509"}};
  for (const Row& row : kAlone) {
    if (!parser.take(row.word)) continue;
    options.add({.words = row.text});
    return {};
  }
  std::string_view before = "REQUIRE ";
  bool any = false;
  for (bool found = true; found;) {
    found = false;
    for (const Terminal word : kTls) {
      if (!parser.take(word)) continue;
      TRY(const std::string_view text, parser.text());
      const std::string words = std::string(before) + std::string(terminal_text(word.number()));
      options.add({.words = parser.arena().copy(words), .text = text});
      before = "AND ";
      parser.take("AND");
      any = found = true;
    }
  }
  return any ? Checked() : Checked(parser.unexpected());
}

Checked parse_limits(Parser& parser, Options& options) {
  bool any = false;
  for (bool found = true; found;) {
    found = false;
    for (const Terminal word : kLimits) {
      if (!parser.take(word)) continue;
      TRY(const std::string_view digits, parser.digits());
      std::string words(any ? "" : "WITH ");
      words += terminal_text(word.number());
      words += ' ';
      words += digits;
      options.add({.words = parser.arena().copy(words)});
      any = found = true;
    }
  }
  return any ? Checked() : Checked(parser.unexpected());
}

Checked parse_options(Parser& parser, CreateUser& create) {
  Options options = parser.list<UserOption>();
  for (;;) {
    const std::uint32_t begin = parser.begin();
    if (parser.take("REQUIRE")) {
      TRY_STATUS(parse_require(parser, options));
    } else if (parser.take("WITH")) {
      TRY_STATUS(parse_limits(parser, options));
    } else if (parser.take("COMMENT")) {
      TRY(const std::string_view text, parser.text());
      options.add({.words = "COMMENT", .text = text});
    } else if (parser.take("ATTRIBUTE")) {
      TRY(const std::string_view text, parser.text());
      options.add({.words = "ATTRIBUTE", .text = text});
    } else {
      TRY(const bool found, parse_simple_option(parser));
      if (!found) break;
      options.add({.words = with_words(parser, begin)});
    }
  }
  create.options = options.finish(parser.arena());
  return {};
}

Parsed<UserSpec> parse_spec(Parser& parser) {
  UserSpec spec;
  TRY(spec.account, parse_account(parser));
  TRY(spec.authentication, parse_authentication(parser));
  return spec;
}

}  // namespace

Parsed<Statement> parse_user(Parser& parser, bool alter) {
  TRY_STATUS(parser.expect("USER"));
  CreateUser create{.alter = alter};
  create.if_exists = alter ? parser.take("IF", "EXISTS") : parser.take("IF", "NOT", "EXISTS");
  TRY(create.users, parser.list_of<UserSpec>(parse_spec));
  if (parser.take("DEFAULT")) {
    TRY_STATUS(parser.expect("ROLE"));
    TRY(const RoleSet roles, parse_role_set(parser));
    if (alter && create.users.size() == 1) {
      auto users = parser.list<Account>();
      users.add(create.users[0].account);
      return statement_of(parser,
                          SetDefaultRole{.roles = roles, .users = users.finish(parser.arena())});
    }
    if (roles.kind != RoleSet::Kind::listed) return parser.unexpected();
    create.default_roles = roles.roles;
  }
  TRY_STATUS(parse_options(parser, create));
  return statement_of(parser, create);
}

Parsed<Statement> parse_drop_users(Parser& parser, bool /*alter*/) {
  DropUser drop{.roles = parser.take("ROLE")};
  if (!drop.roles) TRY_STATUS(parser.expect("USER"));
  drop.if_exists = parser.take("IF", "EXISTS");
  TRY(drop.users, parse_accounts(parser));
  return statement_of(parser, drop);
}

Parsed<Statement> parse_create_role(Parser& parser, bool /*alter*/) {
  TRY_STATUS(parser.expect("ROLE"));
  CreateRole create{.if_not_exists = parser.take("IF", "NOT", "EXISTS")};
  TRY(create.roles, parse_accounts(parser));
  return statement_of(parser, create);
}

}  // namespace octavo::sql
