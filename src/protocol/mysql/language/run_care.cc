// ANALYZE makes statistics of tables, from which the work of plans is told beforehand. OPTIMIZE has
// nothing to do and says so, as tables are kept in order at all times. What would look for damage,
// or repair it, is `octavo check`.

#include <array>
#include <utility>

#include "base/rows.h"
#include "dialect/sql/error/error.h"
#include "engine/table_statistics.h"
#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/made_result.h"
#include "protocol/mysql/language/query_rows.h"
#include "protocol/mysql/language/run_statements.h"
#include "protocol/mysql/language/schema_tables.h"
#include "protocol/mysql/language/shown_table.h"

namespace octavo::mysql {
namespace {

struct CareRow {
  sql::TableCare care;
  std::string_view name;
  bool is_there;
};
constexpr std::array kRows = std::to_array<CareRow>({
    {sql::TableCare::analyze, "analyze", true},
    {sql::TableCare::check, "CHECK TABLE", false},
    {sql::TableCare::checksum, "CHECKSUM TABLE", false},
    {sql::TableCare::optimize, "optimize", true},
    {sql::TableCare::repair, "REPAIR TABLE", false},
});
static_assert(rows_in_place(kRows, &CareRow::care, sql::TableCare::repair));

Status is_stored(const Result<ShownName>& name) {
  if (!name) return std::unexpected(name.error());
  if (name->view) return sql::error<1347>(name->database, name->table, "BASE TABLE");
  return {};
}

Result<sql::BoundQuery> told_of(Execution& execution, const sql::CareForTables& statement) {
  const CareRow& care = row_of(kRows, statement.care);
  std::vector<value::Value> rows;
  for (const sql::Path& path : statement.tables) {
    const std::string_view home = path.size() > 1 ? path.front() : std::string_view();
    const auto name = shown_table(execution.session(), home, path.back());
    if (name && name->definition != nullptr) {
      TRY_STATUS(may_use(execution.session(), sql::TableUse::insert, *name->definition));
      if (statement.care == sql::TableCare::analyze) {
        TRY_STATUS(engine::statistics_of(execution.engine())
                       .make(*name->definition, execution.running().context()));
      }
    }
    const std::string database =
        home.empty() ? execution.state().database.value_or("") : std::string(home);
    const auto add = [&](std::string_view type, std::string_view text) {
      rows.push_back(value::Value::array({text_cell(database + "." + std::string(path.back())),
                                          text_cell(care.name), text_cell(type), text_cell(text)}));
    };
    const Status stored = is_stored(name);
    if (stored) {
      add("status", "OK");
    } else {
      add("Error", stored.error().what);
      add("status", "Operation failed");
    }
  }
  std::vector<sql::OutputColumn> columns;
  columns.push_back(text_column("Table", 128));
  columns.push_back(text_column("Op", 10));
  columns.push_back(text_column("Msg_type", 10));
  columns.push_back(text_column("Msg_text", 393'216));
  return result_of(std::move(columns), std::move(rows));
}

}  // namespace

Answered run_care(Execution& execution, const sql::CareForTables& statement) {
  const CareRow& care = row_of(kRows, statement.care);
  if (!care.is_there) co_return sql::not_supported(care.name);
  if (statement.histogram) co_return sql::not_supported("HISTOGRAM");
  const auto tell = [&] { return told_of(execution, statement); };
  // All rows are read for it.
  auto bound = statement.care == sql::TableCare::analyze ? co_await execution.on_worker(tell)
                                                         : execution.running().paid(tell);
  if (!bound) co_return std::unexpected(std::move(bound).error());
  auto answer = co_await answer_with(execution, *std::move(bound));
  co_return answer;
}

}  // namespace octavo::mysql
