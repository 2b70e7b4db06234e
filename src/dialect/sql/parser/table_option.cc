// Options of tables and databases.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

enum class OptionValue : std::uint8_t {
  name,     // a name or a string
  number,   // digits
  choice,   // 0, 1 or DEFAULT, or a word
  text,     // a string
  charset,  // a character set's or collation's name
  tables,   // (a, b)
};

// Where an option may stand beside those of tables.
enum Where : std::uint8_t { kOfTable = 0, kOfDatabase = 1 << 0, kOfPartition = 1 << 1 };

struct OptionRow {
  std::string_view name;
  OptionValue value;
  Terminal first;
  Terminal second = {};
  std::uint8_t where = kOfTable;
};
// Those with more words come before those they begin like.
constexpr OptionRow kOptions[] = {
    {"ENGINE", OptionValue::name, "ENGINE", {}, kOfPartition},
    {"SECONDARY_ENGINE", OptionValue::name, "SECONDARY_ENGINE"},
    {"AUTOEXTEND_SIZE", OptionValue::choice, "AUTOEXTEND_SIZE"},
    {"AUTO_INCREMENT", OptionValue::number, "AUTO_INCREMENT"},
    {"AVG_ROW_LENGTH", OptionValue::number, "AVG_ROW_LENGTH"},
    {"CHARACTER SET", OptionValue::charset, "CHARACTER", "SET", kOfDatabase},
    {"CHARACTER SET", OptionValue::charset, "CHAR", "SET", kOfDatabase},
    {"CHARACTER SET", OptionValue::charset, "CHARSET", {}, kOfDatabase},
    {"COLLATE", OptionValue::charset, "COLLATE", {}, kOfDatabase},
    {"ENCRYPTION", OptionValue::text, "ENCRYPTION", {}, kOfDatabase},
    {"READ ONLY", OptionValue::choice, "READ", "ONLY", kOfDatabase},
    {"CHECKSUM", OptionValue::choice, "CHECKSUM"},
    {"CHECKSUM", OptionValue::choice, "TABLE_CHECKSUM"},
    {"COMMENT", OptionValue::text, "COMMENT", {}, kOfPartition},
    {"COMPRESSION", OptionValue::text, "COMPRESSION"},
    {"CONNECTION", OptionValue::text, "CONNECTION"},
    {"DATA DIRECTORY", OptionValue::text, "DATA", "DIRECTORY", kOfPartition},
    {"INDEX DIRECTORY", OptionValue::text, "INDEX", "DIRECTORY", kOfPartition},
    {"DELAY_KEY_WRITE", OptionValue::choice, "DELAY_KEY_WRITE"},
    {"ENGINE_ATTRIBUTE", OptionValue::text, "ENGINE_ATTRIBUTE"},
    {"SECONDARY_ENGINE_ATTRIBUTE", OptionValue::text, "SECONDARY_ENGINE_ATTRIBUTE"},
    {"INSERT_METHOD", OptionValue::choice, "INSERT_METHOD"},
    {"KEY_BLOCK_SIZE", OptionValue::number, "KEY_BLOCK_SIZE"},
    {"MAX_ROWS", OptionValue::number, "MAX_ROWS", {}, kOfPartition},
    {"MIN_ROWS", OptionValue::number, "MIN_ROWS", {}, kOfPartition},
    {"NODEGROUP", OptionValue::number, "NODEGROUP", {}, kOfPartition},
    {"PACK_KEYS", OptionValue::choice, "PACK_KEYS"},
    {"PASSWORD", OptionValue::text, "PASSWORD"},
    {"ROW_FORMAT", OptionValue::choice, "ROW_FORMAT"},
    {"STATS_AUTO_RECALC", OptionValue::choice, "STATS_AUTO_RECALC"},
    {"STATS_PERSISTENT", OptionValue::choice, "STATS_PERSISTENT"},
    {"STATS_SAMPLE_PAGES", OptionValue::choice, "STATS_SAMPLE_PAGES"},
    {"STORAGE", OptionValue::choice, "STORAGE"},
    {"TABLESPACE", OptionValue::name, "TABLESPACE", {}, kOfPartition},
    {"UNION", OptionValue::tables, "UNION"},
};

const OptionRow* find_option(Parser& parser) {
  // DEFAULT may stand before some, and changes none.
  const std::size_t skipped = parser.at("DEFAULT") ? 1 : 0;
  for (const OptionRow& row : kOptions) {
    if (skipped != 0 && (row.where & kOfDatabase) == 0) continue;
    if (!parser.at_ahead(skipped, row.first)) continue;
    if (row.second && !parser.at_ahead(skipped + 1, row.second)) continue;
    return &row;
  }
  return nullptr;
}

Parsed<std::string_view> parse_choice(Parser& parser) {
  if (parser.kind() == TokenKind::integer) return parser.digits();
  if (parser.take("DEFAULT")) return std::string_view("DEFAULT");
  TRY(const Name word, parser.name());
  return parser.upper(word);
}

}  // namespace

bool at_table_option(Parser& parser) { return find_option(parser) != nullptr; }

bool at_database_option(Parser& parser) {
  const OptionRow* const row = find_option(parser);
  return row != nullptr && (row->where & kOfDatabase) != 0;
}

bool at_partition_option(Parser& parser) {
  const OptionRow* const row = find_option(parser);
  return row != nullptr && (row->where & kOfPartition) != 0;
}

Parsed<TableOption> parse_table_option(Parser& parser) {
  const OptionRow* const row = find_option(parser);
  if (row == nullptr) return parser.unexpected();
  parser.take("DEFAULT");
  parser.advance();
  if (row->second) parser.advance();
  parser.take("=");
  TableOption option{.name = row->name};
  switch (row->value) {
    case OptionValue::name: {
      if (parser.take("NULL")) {
        option.kind = TableOption::Kind::word;
        option.value = "NULL";
        break;
      }
      TRY(option.value, parser.name_or_text());
      break;
    }
    case OptionValue::number: {
      option.kind = TableOption::Kind::word;
      TRY(option.value, parser.digits());
      break;
    }
    case OptionValue::choice: {
      option.kind = TableOption::Kind::word;
      TRY(option.value, parse_choice(parser));
      break;
    }
    case OptionValue::text: {
      option.kind = TableOption::Kind::text;
      TRY(option.value, parser.text());
      break;
    }
    case OptionValue::charset: {
      if (parser.take("DEFAULT")) {
        option.kind = TableOption::Kind::word;
        option.value = "DEFAULT";
      } else {
        TRY(option.value, parse_charset_name(parser));
      }
      break;
    }
    case OptionValue::tables: {
      option.kind = TableOption::Kind::tables;
      if (parser.take("(", ")")) break;
      TRY(option.tables,
          parser.list_in_parentheses<Path>([](Parser& inner) { return inner.table_name(); }));
      break;
    }
  }
  return option;
}

}  // namespace octavo::sql
