#pragma once

// Tables that tell about the server and its definitions: information_schema, and what there is of
// performance_schema. Computed when they are read, of what the user may see. A new one is a row in
// schema_tables.cc.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/model.h"
#include "dialect/sql/bind/context.h"
#include "dialect/sql/bind/tables.h"
#include "exec/context.h"

namespace octavo::mysql {

class SqlSession;

enum class SchemaKind : std::uint8_t {
  text,
  name,  // a text whose case counts: of databases and tables
  number,
  time,
};

struct SchemaColumn {
  std::string_view name;
  SchemaKind kind = SchemaKind::text;
  std::uint32_t width = 64;  // of texts, in characters
};

// What a statement asks of such tables at most; empty: anything.
struct SchemaScope {
  std::string database, table;

  bool takes(std::string_view database_name) const {
    return database.empty() || database == database_name;
  }
  bool takes(std::string_view database_name, std::string_view table_name) const {
    return takes(database_name) && (table.empty() || table == table_name);
  }
};

struct SchemaContext {
  SqlSession& session;
  const catalog::CatalogState& definitions;
  const SchemaScope& scope;
  exec::QueryContext& query;
  bool& refused;  // set where something would have to wait that may not
  // By which the columns of views are found.
  const sql::BindContext* binding = nullptr;
};

class SchemaRows {
 public:
  void add(std::vector<value::Value> row) { rows_.push_back(value::Value::array(std::move(row))); }
  std::vector<value::Value> take() && { return std::move(rows_); }

 private:
  std::vector<value::Value> rows_;
};

struct SchemaTable {
  std::string_view name;  // as it is shown; case does not count
  std::span<const SchemaColumn> columns;
  // Null: there are never any rows.
  Status (*fill)(const SchemaContext& context, SchemaRows& rows) = nullptr;
};

sql::Type type_of(const SchemaColumn& column);

struct SchemaDatabase {
  std::string_view name;
  std::span<const SchemaTable> tables;
  bool (*sees)(SqlSession& session) = nullptr;  // who is shown it; null: everybody
};
bool sees(SqlSession& session, const SchemaDatabase& database);
std::span<const SchemaDatabase> schema_databases();
const SchemaDatabase* find_schema_database(std::string_view name);  // null: there is none

// Nothing: it is no database of such tables. 1109: it has none of that name.
Result<std::optional<sql::ComputedTable>> computed_table(std::string_view database,
                                                         std::string_view table,
                                                         const SchemaContext& context);

// A database that a client may use, as it is called: 1044, 1049, 1046 (no name).
Result<std::string> usable_database(SqlSession& session, std::string_view name);

// Cells of rows.
value::Value text_cell(std::string_view text);
value::Value optional_cell(const std::optional<std::string>& text);
value::Value number_cell(std::uint64_t number);
value::Value no_cell();
value::Value yes_or_no(bool yes);

}  // namespace octavo::mysql
