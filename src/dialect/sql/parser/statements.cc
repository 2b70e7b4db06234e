// Statements by their first word.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

struct StatementRow {
  Terminal word;
  Dialects dialects;
  Parsed<Statement> (*parse)(Parser& parser);
  // Not run here: what messages call it.
  std::string_view unsupported = {};
};

constexpr StatementRow kStatements[] = {
    {"(", kMysql, parse_query_statement},
    {"ALTER", kMysql, parse_alter},
    {"ANALYZE", kMysql, parse_table_care},
    {"BEGIN", kMysql, parse_begin},
    {"CHECK", kMysql, parse_table_care},
    {"CHECKSUM", kMysql, parse_table_care},
    {"COMMIT", kMysql, parse_end_of_transaction},
    {"CREATE", kMysql, parse_create},
    {"DEALLOCATE", kMysql, parse_deallocate},
    {"DELETE", kMysql, parse_delete},
    {"DESC", kMysql, parse_explain},
    {"DESCRIBE", kMysql, parse_explain},
    {"DO", kMysql, parse_do},
    {"DROP", kMysql, parse_drop},
    {"EXECUTE", kMysql, parse_execute},
    {"EXPLAIN", kMysql, parse_explain},
    {"FLUSH", kMysql, parse_flush},
    {"GRANT", kMysql, parse_grant},
    {"INSERT", kMysql, parse_insert},
    {"KILL", kMysql, parse_kill},
    {"LOAD", kMysql, parse_load},
    {"LOCK", kMysql, parse_lock},
    {"OPTIMIZE", kMysql, parse_table_care},
    {"PREPARE", kMysql, parse_prepare},
    {"RELEASE", kMysql, parse_release},
    {"RENAME", kMysql, parse_rename},
    {"REPAIR", kMysql, parse_table_care},
    {"REPLACE", kMysql, parse_insert},
    {"REVOKE", kMysql, parse_grant},
    {"ROLLBACK", kMysql, parse_end_of_transaction},
    {"SAVEPOINT", kMysql, parse_savepoint},
    {"SELECT", kMysql, parse_query_statement},
    {"SET", kMysql, parse_set},
    {"SHOW", kMysql, parse_show},
    {"START", kMysql, parse_start},
    {"SUBSCRIBE", kMysql, parse_subscribe},
    {"TABLE", kMysql, parse_query_statement},
    {"TRUNCATE", kMysql, parse_truncate},
    {"UNLOCK", kMysql, parse_unlock},
    {"UPDATE", kMysql, parse_update},
    {"USE", kMysql, parse_use},
    {"VALUES", kMysql, parse_query_statement},
    {"WITH", kMysql, parse_with_statement},
    {"BINLOG", kMysql, nullptr, "BINLOG"},
    {"CACHE", kMysql, nullptr, "CACHE INDEX"},
    {"CALL", kMysql, nullptr, "PROCEDURE"},
    {"CHANGE", kMysql, nullptr, "REPLICATION"},
    {"CLONE", kMysql, nullptr, "CLONE"},
    {"GET", kMysql, nullptr, "GET DIAGNOSTICS"},
    {"HANDLER", kMysql, nullptr, "HANDLER"},
    {"HELP", kMysql, nullptr, "HELP"},
    {"IMPORT", kMysql, nullptr, "IMPORT TABLE"},
    {"INSTALL", kMysql, nullptr, "PLUGIN"},
    {"PURGE", kMysql, nullptr, "BINARY LOGS"},
    {"RESET", kMysql, nullptr, "RESET"},
    {"RESIGNAL", kMysql, nullptr, "SIGNAL"},
    {"RESTART", kMysql, nullptr, "RESTART"},
    {"SHUTDOWN", kMysql, nullptr, "SHUTDOWN"},
    {"SIGNAL", kMysql, nullptr, "SIGNAL"},
    {"STOP", kMysql, nullptr, "REPLICATION"},
    {"UNINSTALL", kMysql, nullptr, "PLUGIN"},
    {"XA", kMysql, nullptr, "XA"},
};

}  // namespace

std::string_view skip_statement(Parser& parser) {
  // Stored programs have `;` inside, so that all that follows belongs to it.
  while (parser.kind() != TokenKind::end) parser.advance();
  return parser.written(parser.statement_begin(), parser.token().end);
}

Parsed<Statement> parse_query_statement(Parser& parser) {
  TRY(const Ref<Query> query, parse_query(parser));
  return Statement{.node = query};
}

// WITH may begin a query, UPDATE or DELETE. The tables are read once, whatever follows them.
Parsed<Statement> parse_with_statement(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  TRY(const Ref<With> with, parse_with(parser));
  if (parser.at("UPDATE")) return parse_update_with(parser, with);
  if (parser.at("DELETE")) return parse_delete_with(parser, with);
  TRY(const Ref<Query> query, parse_query(parser));
  Query whole = *query;
  // `WITH … (WITH … SELECT …)`: the inner one's tables are its own.
  if (whole.with) whole = {.body = query};
  whole.with = with;
  whole.place.begin = begin;
  return Statement{.node = parser.make(whole)};
}

Parsed<Statement> parse_statement(Parser& parser) {
  parser.begin_statement();
  for (const StatementRow& row : kStatements) {
    if (!parser.at(row.word) || (row.dialects & parser.dialect().bit) == 0) continue;
    Statement statement;
    if (row.parse == nullptr) {
      statement = statement_of(
          parser, Unsupported{.feature = row.unsupported, .text = skip_statement(parser)});
    } else {
      TRY(statement, row.parse(parser));
    }
    statement.place = parser.place_from(parser.statement_begin());
    return statement;
  }
  return parser.unexpected();
}

}  // namespace octavo::sql
