// COM_FIELD_LIST: the columns of a table, for completion.

#include <utility>

#include "dialect/sql/ast/quoted_name.h"
#include "dialect/sql/function/pattern.h"
#include "protocol/mysql/language/client_text.h"
#include "protocol/mysql/language/execution.h"
#include "protocol/mysql/language/shown_table.h"
#include "protocol/mysql/language/sql_session.h"

namespace octavo::mysql {
namespace {

// All of them where there is no pattern.
Result<std::vector<Field>> fields_like(std::vector<Column> columns, std::string_view pattern,
                                       function::EvalContext& context) {
  const value::Collation& collation = *value::find_collation("utf8mb3_general_ci");
  std::vector<Field> out;
  for (Column& column : columns) {
    if (!pattern.empty()) {
      TRY(const bool like, sql::is_like(column.name, pattern, "\\", collation, context));
      if (!like) continue;
    }
    Field field;
    field.column = std::move(column);
    out.push_back(std::move(field));
  }
  return out;
}

}  // namespace

io::Task<Result<std::vector<Field>>> SqlSession::fields(std::string table, std::string pattern) {
  const value::Charset& client = *state_.settings().client;
  CO_TRY(const ShownName name, shown_table(*this, {}, to_utf8(client, table)));
  std::string text =
      "SELECT * FROM " + sql::quoted_name(name.database) + "." + sql::quoted_name(name.table);
  auto kept = co_await read(std::move(text), ReadAs::query);
  if (!kept) co_return std::unexpected(std::move(kept).error());
  std::vector<sql::Type> no_parameters;
  auto columns = co_await columns_of(**kept, no_parameters);
  if (!columns) co_return std::unexpected(std::move(columns).error());
  Execution execution(*this, (*kept)->text, {});
  const std::string chosen = to_utf8(client, pattern);
  const auto choose = [&] {
    return fields_like(*std::move(columns), chosen, execution.running().context().evaluation);
  };
  auto out = execution.running().paid(choose);
  if (!out) co_return std::unexpected(execution.told(std::move(out).error()));
  co_return out;
}

}  // namespace octavo::mysql
