// CREATE, ALTER and DROP: what follows them says which part of the grammar reads on.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

struct ObjectRow {
  Terminal word;
  Parsed<Statement> (*parse)(Parser& parser, bool alter);
  // Not run here: what messages call it.
  std::string_view unsupported = {};
  Terminal second = {};
};

Parsed<Statement> parse_view_or_program(Parser& parser, bool alter);

constexpr ObjectRow kCreated[] = {
    {"TEMPORARY", parse_create_table},
    {"TABLE", parse_create_table},
    {"UNIQUE", parse_create_index},
    {"FULLTEXT", parse_create_index},
    {"SPATIAL", nullptr, "SPATIAL REFERENCE SYSTEM", "REFERENCE"},
    {"SPATIAL", parse_create_index},
    {"INDEX", parse_create_index},
    {"DATABASE", parse_database},
    {"SCHEMA", parse_database},
    {"USER", parse_user},
    {"ROLE", parse_create_role},
    {"OR", parse_view_or_program},
    {"ALGORITHM", parse_view_or_program},
    {"DEFINER", parse_view_or_program},
    {"SQL", parse_view_or_program},
    {"VIEW", parse_view_or_program},
    {"AGGREGATE", nullptr, "FUNCTION"},
    {"EVENT", nullptr, "EVENT"},
    {"FUNCTION", nullptr, "FUNCTION"},
    {"LOGFILE", nullptr, "LOGFILE GROUP"},
    {"PROCEDURE", nullptr, "PROCEDURE"},
    {"RESOURCE", nullptr, "RESOURCE GROUP"},
    {"SERVER", nullptr, "SERVER"},
    {"TABLESPACE", nullptr, "TABLESPACE"},
    {"TRIGGER", nullptr, "TRIGGER"},
    {"UNDO", nullptr, "UNDO TABLESPACE"},
};

constexpr ObjectRow kAltered[] = {
    {"TABLE", parse_alter_table},         {"DATABASE", parse_database},
    {"SCHEMA", parse_database},           {"USER", parse_user},
    {"ALGORITHM", parse_view_or_program}, {"DEFINER", parse_view_or_program},
    {"SQL", parse_view_or_program},       {"VIEW", parse_view_or_program},
    {"EVENT", nullptr, "EVENT"},          {"FUNCTION", nullptr, "FUNCTION"},
    {"INSTANCE", nullptr, "INSTANCE"},    {"LOGFILE", nullptr, "LOGFILE GROUP"},
    {"PROCEDURE", nullptr, "PROCEDURE"},  {"RESOURCE", nullptr, "RESOURCE GROUP"},
    {"SERVER", nullptr, "SERVER"},        {"TABLESPACE", nullptr, "TABLESPACE"},
    {"UNDO", nullptr, "UNDO TABLESPACE"},
};

constexpr ObjectRow kDropped[] = {
    {"TEMPORARY", parse_drop_tables},
    {"TABLE", parse_drop_tables},
    {"TABLES", parse_drop_tables},
    {"VIEW", parse_drop_tables},
    {"DATABASE", parse_drop_database},
    {"SCHEMA", parse_drop_database},
    {"INDEX", parse_drop_index},
    {"USER", parse_drop_users},
    {"ROLE", parse_drop_users},
    {"PREPARE", parse_drop_prepare},
    {"EVENT", parse_drop_program},
    {"FUNCTION", parse_drop_program},
    {"LOGFILE", nullptr, "LOGFILE GROUP"},
    {"PROCEDURE", parse_drop_program},
    {"RESOURCE", nullptr, "RESOURCE GROUP"},
    {"SERVER", nullptr, "SERVER"},
    {"SPATIAL", nullptr, "SPATIAL REFERENCE SYSTEM"},
    {"TABLESPACE", nullptr, "TABLESPACE"},
    {"TRIGGER", parse_drop_program},
    {"UNDO", nullptr, "UNDO TABLESPACE"},
};

Parsed<Statement> unsupported(Parser& parser, std::string_view feature) {
  return statement_of(parser, Unsupported{.feature = feature, .text = skip_statement(parser)});
}

// Behind DEFINER a view, or a stored program of some kind, may come.
constexpr Terminal kStored[] = {"EVENT", "FUNCTION", "PROCEDURE", "TRIGGER"};

Parsed<Statement> parse_view_or_program(Parser& parser, bool alter) {
  if (!parser.at("DEFINER")) return parse_view(parser, alter);
  // An account is up to three tokens, or CURRENT_USER with parentheses.
  for (std::size_t ahead = 3; ahead <= 5; ++ahead) {
    for (const Terminal word : kStored) {
      if (parser.at_ahead(ahead, word)) return unsupported(parser, terminal_text(word.number()));
    }
  }
  return parse_view(parser, alter);
}

template <std::size_t kRows>
Parsed<Statement> parse_object(Parser& parser, const ObjectRow (&rows)[kRows], bool alter) {
  for (const ObjectRow& row : rows) {
    if (!parser.at(row.word, row.second)) continue;
    if (row.parse != nullptr) return row.parse(parser, alter);
    return unsupported(parser, row.unsupported);
  }
  return parser.unexpected();
}

}  // namespace

Parsed<Statement> parse_create(Parser& parser) {
  TRY_STATUS(parser.expect("CREATE"));
  return parse_object(parser, kCreated, false);
}

Parsed<Statement> parse_alter(Parser& parser) {
  TRY_STATUS(parser.expect("ALTER"));
  return parse_object(parser, kAltered, true);
}

Parsed<Statement> parse_drop(Parser& parser) {
  TRY_STATUS(parser.expect("DROP"));
  return parse_object(parser, kDropped, false);
}

}  // namespace octavo::sql
