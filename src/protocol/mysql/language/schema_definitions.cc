// Databases, tables and their columns, as information_schema has them.

#include <algorithm>

#include "dialect/sql/define/describe.h"
#include "dialect/sql/define/selected_columns.h"
#include "dialect/sql/type/names.h"
#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/schema_fill.h"
#include "protocol/mysql/language/sql_session.h"

namespace octavo::mysql::schema {
namespace {

using value::Kind;
using value::LogicalType;
using value::Value;

constexpr std::string_view kCatalog = "def";
constexpr std::string_view kPrivileges = "select,insert,update,references";
// Of tables that declare nothing of their own.
constexpr std::string_view kOpenCollation = "utf8mb4_0900_bin";

std::string_view charset_of(std::string_view collation) {
  const value::Collation* found = value::find_collation(collation);
  return found == nullptr ? std::string_view() : value::charset_of(found->charset).name;
}

// Databases that hold computed tables, by name among the others.
void add_schema_rows(const SchemaContext& context, SchemaRows& rows) {
  for (const SchemaDatabase& database : schema_databases()) {
    if (!sees(context.session, database)) continue;
    rows.add({text_cell(kCatalog), text_cell(database.name), text_cell("utf8mb3"),
              text_cell("utf8mb3_general_ci"), no_cell(), text_cell("NO")});
  }
}

bool is_string(const LogicalType& type) {
  return type.kind == Kind::text || type.kind == Kind::enumeration || type.kind == Kind::set;
}

struct NumberFacts {
  Value precision, scale;
};
struct IntegerDigits {
  std::uint8_t bits, of_sign, without_sign;
};
constexpr IntegerDigits kIntegerDigits[] = {
    {8, 3, 3}, {16, 5, 5}, {24, 7, 7}, {32, 10, 10}, {64, 19, 20}};

NumberFacts number_facts(const LogicalType& type) {
  switch (type.kind) {
    case Kind::integer: {
      const auto* row = std::ranges::find(kIntegerDigits, type.bits, &IntegerDigits::bits);
      if (row == std::end(kIntegerDigits)) return {};
      return {number_cell(type.is_unsigned ? row->without_sign : row->of_sign), number_cell(0)};
    }
    case Kind::decimal: return {number_cell(type.precision), number_cell(type.scale)};
    case Kind::real: {
      constexpr std::uint8_t kSingleBits = 32;
      const std::uint64_t digits = type.bits == kSingleBits ? 12 : 22;
      return {number_cell(type.precision == 0 ? digits : type.precision),
              type.precision == 0 ? no_cell() : number_cell(type.scale)};
    }
    case Kind::bits: return {number_cell(type.bits), no_cell()};
    default: return {};
  }
}

struct LengthFacts {
  Value characters, bytes;
};
LengthFacts length_facts(const LogicalType& type, const sql::Type& whole) {
  if (type.kind == Kind::bytes) return {number_cell(type.length), number_cell(type.length)};
  if (!is_string(type)) return {};
  const std::uint64_t most = value::charset_of(whole.collation().charset).most_bytes;
  if (type.kind == Kind::text && type.extent == value::Extent::large) {
    return {number_cell(type.length), number_cell(type.length)};
  }
  const std::uint64_t characters = whole.width;
  return {number_cell(characters), number_cell(characters * most)};
}

// What COLUMNS says beside the type.
struct ColumnFacts {
  std::string_view name;
  sql::Type type;
  std::string_view key;
  std::optional<std::string> fallback;
  std::string_view extra, comment;
  std::string generated;
};

struct TableName {
  std::string_view database, table;
};
TableName name_of(const ShownTable& shown) { return {shown.database->name, shown.table->name}; }

void add_column(const TableName& table, std::size_t position, const ColumnFacts& column,
                SchemaRows& rows) {
  const LogicalType& type = *column.type.logical;
  const NumberFacts number = number_facts(type);
  const LengthFacts length = length_facts(type, column.type);
  const bool dynamic = type.kind == Kind::dynamic;
  const value::Collation& collation = column.type.collation();
  const bool text = is_string(type) || dynamic;
  const bool of_second =
      type.kind == Kind::time || type.kind == Kind::datetime || type.kind == Kind::timestamp;
  rows.add({text_cell(kCatalog),
            text_cell(table.database),
            text_cell(table.table),
            text_cell(column.name),
            number_cell(position),
            optional_cell(column.fallback),
            yes_or_no(column.type.nullable),
            text_cell(dynamic ? std::string_view("longtext") : sql::type_word(type)),
            length.characters,
            length.bytes,
            number.precision,
            number.scale,
            of_second ? number_cell(type.precision) : no_cell(),
            text ? text_cell(dynamic ? "utf8mb4" : value::charset_of(collation.charset).name)
                 : no_cell(),
            text ? text_cell(dynamic ? kOpenCollation : collation.name) : no_cell(),
            text_cell(dynamic ? std::string("longtext") : sql::type_text(type)),
            text_cell(column.key),
            text_cell(column.extra),
            text_cell(kPrivileges),
            text_cell(column.comment),
            text_cell(column.generated),
            no_cell()});
}

void add_declared(const ShownTable& shown, SchemaRows& rows) {
  std::size_t position = 0;
  for (const sql::ColumnText& text : sql::describe_columns(*shown.table)) {
    const catalog::ColumnDefinition& column = *text.column;
    add_column(name_of(shown), ++position,
               {.name = column.name,
                .type = sql::column_type(column.type, column.nullable),
                .key = text.key,
                .fallback = text.default_value,
                .extra = text.extra,
                .comment = column.comment,
                .generated = text.generated},
               rows);
  }
}

Status add_inferred(const SchemaContext& context, const ShownTable& shown, SchemaRows& rows) {
  LanguageState& shared = context.session.shared();
  auto columns = shared.inferences.columns(shared.service.engine, *shown.table, context.query);
  if (!columns) {
    if (columns.error().code == Code::would_block) context.refused = true;
    // Whoever may only define a table does not learn what is in it.
    if (columns.error().code == Code::permission_denied) return {};
    return std::unexpected(std::move(columns).error());
  }
  std::size_t position = 0;
  for (const auto& column : columns->columns) {
    const bool is_key = position == 0;
    add_column(name_of(shown), ++position,
               {.name = column.name,
                .type = column.type,
                .key = is_key ? "PRI" : "",
                .fallback = {},
                .extra = "",
                .comment = "",
                .generated = {}},
               rows);
  }
  return {};
}

// What a column of a view has where a row leaves it out, as MySQL tells it: of a table's its own,
// and of what is computed and never null nothing at all.
std::optional<std::string> fallback_of(const SchemaContext& context,
                                       const sql::OutputColumn& column) {
  const auto* home = context.definitions.find_database(column.database);
  const auto* table =
      home == nullptr ? nullptr : context.definitions.find_table(home->id, column.original_table);
  if (table != nullptr && !column.original_name.empty()) {
    for (const sql::ColumnText& text : sql::describe_columns(*table)) {
      if (text.column->name != column.original_name) continue;
      return text.column->auto_increment ? "0" : text.default_value;
    }
  }
  const Kind kind = column.type.logical->kind;
  const bool is_number = kind == Kind::integer || kind == Kind::decimal || kind == Kind::real;
  if (column.type.nullable || !column.original_name.empty()) return std::nullopt;
  if (is_number) return "0";
  return kind == Kind::text ? std::optional<std::string>("") : std::nullopt;
}

// What is computed is told with the type of a column that holds it.
sql::Type shown_type(const sql::OutputColumn& column) {
  if (!column.original_name.empty()) return column.type;
  return sql::column_type(value::make_type(sql::stored_type(column.type)), column.type.nullable);
}

Status add_columns_of_view(const SchemaContext& context, const ShownView& shown, SchemaRows& rows) {
  TRY(const auto columns, columns_of(context, shown));
  if (!columns) return {};
  std::size_t position = 0;
  for (const sql::OutputColumn& column : *columns) {
    add_column({shown.database->name, shown.view->name}, ++position,
               {.name = column.name,
                .type = shown_type(column),
                .key = "",
                .fallback = fallback_of(context, column),
                .extra = "",
                .comment = "",
                .generated = {}},
               rows);
  }
  return {};
}

void add_computed(const SchemaContext& context, SchemaRows& rows) {
  for (const SchemaDatabase& database : schema_databases()) {
    if (!sees(context.session, database)) continue;
    for (const SchemaTable& table : database.tables) {
      if (!context.scope.takes(database.name, table.name)) continue;
      std::size_t position = 0;
      for (const SchemaColumn& column : table.columns) {
        add_column({database.name, table.name}, ++position,
                   {.name = column.name,
                    .type = type_of(column),
                    .key = "",
                    .fallback = {},
                    .extra = "",
                    .comment = "",
                    .generated = {}},
                   rows);
      }
    }
  }
}

}  // namespace

std::vector<const catalog::DatabaseDefinition*> shown_databases(const SchemaContext& context) {
  std::vector<const catalog::DatabaseDefinition*> out;
  for (const auto* database : context.definitions.databases()) {
    const catalog::BuiltIn* built_in = catalog::find_built_in(database->id);
    const bool empty = built_in != nullptr && (built_in->flags & catalog::kHidden) != 0 &&
                       !context.session.shared().service.engine.keyspace_in_use();
    if (!empty && context.scope.takes(database->name) &&
        sees(context.definitions, context.session.account(), *database)) {
      out.push_back(database);
    }
  }
  return out;
}

std::vector<ShownTable> shown_tables(const SchemaContext& context) {
  std::vector<ShownTable> out;
  for (const auto* database : shown_databases(context)) {
    for (const auto* table : context.definitions.tables(database->id)) {
      if (context.scope.takes(database->name, table->name) &&
          sees(context.definitions, context.session.account(), *table)) {
        out.push_back({database, table});
      }
    }
  }
  return out;
}

Status fill_schemata(const SchemaContext& context, SchemaRows& rows) {
  add_schema_rows(context, rows);
  for (const auto* database : shown_databases(context)) {
    const std::string collation = sql::database_collation(*database);
    rows.add({text_cell(kCatalog), text_cell(database->name), text_cell(charset_of(collation)),
              text_cell(collation), no_cell(), text_cell("NO")});
  }
  return {};
}

Status fill_tables(const SchemaContext& context, SchemaRows& rows) {
  constexpr std::uint64_t kVersion = 10;
  for (const SchemaDatabase& database : schema_databases()) {
    if (!sees(context.session, database)) continue;
    for (const SchemaTable& table : database.tables) {
      std::vector<Value> row(21);
      row[0] = text_cell(kCatalog);
      row[1] = text_cell(database.name);
      row[2] = text_cell(table.name);
      row[3] = text_cell("SYSTEM VIEW");
      row[5] = number_cell(kVersion);
      row[20] = text_cell("");
      rows.add(std::move(row));
    }
  }
  add_view_tables(context, rows);
  engine::Engine& engine = context.session.shared().service.engine;
  for (const ShownTable& shown : shown_tables(context)) {
    const catalog::TableDefinition& table = *shown.table;
    if (table.temporary) continue;
    const sql::TableText text = sql::describe_table(table);
    const auto count = engine.estimate_count(table.id, context.query);
    if (!count && count.error().code == Code::would_block) {
      context.refused = true;
      return std::unexpected(count.error());
    }
    std::string options;
    for (const sql::OptionText& option : text.options) {
      if (!options.empty()) options.push_back(' ');
      options += option.name + "=" + option.value;
    }
    const bool numbered = table.auto_increment() != nullptr && !table.auto_increment()->hidden;
    rows.add({text_cell(kCatalog),
              text_cell(shown.database->name),
              text_cell(table.name),
              text_cell("BASE TABLE"),
              text_cell(text.engine),
              number_cell(kVersion),
              text_cell("Dynamic"),
              count ? number_cell(*count) : no_cell(),
              number_cell(0),
              number_cell(0),
              number_cell(0),
              number_cell(0),
              number_cell(0),
              numbered ? number_cell(engine.next_number(table.id)) : no_cell(),
              no_cell(),
              no_cell(),
              no_cell(),
              text_cell(table.declared() ? text.collation : std::string(kOpenCollation)),
              no_cell(),
              text_cell(options),
              text_cell(text.comment)});
  }
  return {};
}

Status fill_columns(const SchemaContext& context, SchemaRows& rows) {
  add_computed(context, rows);
  for (const ShownTable& shown : shown_tables(context)) {
    if (shown.table->declared()) {
      add_declared(shown, rows);
    } else {
      TRY_STATUS(add_inferred(context, shown, rows));
    }
  }
  for (const ShownView& shown : shown_views(context)) {
    TRY_STATUS(add_columns_of_view(context, shown, rows));
  }
  return {};
}

}  // namespace octavo::mysql::schema
