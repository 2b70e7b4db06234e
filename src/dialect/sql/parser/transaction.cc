// Transactions and savepoints.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

Parsed<Statement> parse_savepoint_of(Parser& parser, Savepoint::Kind kind) {
  Savepoint savepoint{.kind = kind};
  TRY(savepoint.name, parser.name());
  return statement_of(parser, savepoint);
}

// AND [NO] CHAIN, [NO] RELEASE
Checked parse_completion(Parser& parser, EndTransaction& end) {
  if (parser.take("AND")) {
    end.chain = !parser.take("NO");
    TRY_STATUS(parser.expect("CHAIN"));
  }
  if (parser.take("RELEASE")) {
    end.release = true;
  } else if (parser.take("NO")) {
    TRY_STATUS(parser.expect("RELEASE"));
    end.release = false;
  }
  // A transaction cannot follow on a connection that is closed.
  if (end.chain == true && end.release == true) return parser.unexpected();
  return {};
}

}  // namespace

Parsed<Statement> parse_begin(Parser& parser) {
  TRY_STATUS(parser.expect("BEGIN"));
  parser.take("WORK");
  return statement_of(parser, StartTransaction{});
}

Parsed<Statement> parse_start(Parser& parser) {
  TRY_STATUS(parser.expect("START"));
  if (!parser.at("TRANSACTION")) {
    if (!parser.at("SLAVE") && !parser.at("REPLICA") && !parser.at("GROUP_REPLICATION")) {
      return parser.unexpected();
    }
    return statement_of(parser,
                        Unsupported{.feature = "REPLICATION", .text = skip_statement(parser)});
  }
  parser.advance();
  StartTransaction start;
  if (parser.kind() == TokenKind::end || parser.at(";")) return statement_of(parser, start);
  do {
    if (parser.take("WITH")) {
      TRY_STATUS(parser.expect("CONSISTENT", "SNAPSHOT"));
      start.consistent_snapshot = true;
    } else {
      TRY_STATUS(parser.expect("READ"));
      if (start.access != AccessMode::unsaid) return parser.unexpected();
      start.access = parser.take("ONLY") ? AccessMode::read_only : AccessMode::read_write;
      if (start.access == AccessMode::read_write) TRY_STATUS(parser.expect("WRITE"));
    }
  } while (parser.take(","));
  return statement_of(parser, start);
}

Parsed<Statement> parse_end_of_transaction(Parser& parser) {
  EndTransaction end{.commit = parser.take("COMMIT")};
  if (!end.commit) TRY_STATUS(parser.expect("ROLLBACK"));
  parser.take("WORK");
  if (!end.commit && parser.take("TO")) {
    parser.take("SAVEPOINT");
    return parse_savepoint_of(parser, Savepoint::Kind::rollback);
  }
  TRY_STATUS(parse_completion(parser, end));
  return statement_of(parser, end);
}

Parsed<Statement> parse_savepoint(Parser& parser) {
  TRY_STATUS(parser.expect("SAVEPOINT"));
  return parse_savepoint_of(parser, Savepoint::Kind::set);
}

Parsed<Statement> parse_release(Parser& parser) {
  TRY_STATUS(parser.expect("RELEASE", "SAVEPOINT"));
  return parse_savepoint_of(parser, Savepoint::Kind::release);
}

}  // namespace octavo::sql
