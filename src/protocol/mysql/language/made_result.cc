#include "protocol/mysql/language/made_result.h"

#include <utility>

namespace octavo::mysql {

sql::BoundQuery result_of(std::vector<sql::OutputColumn> columns, std::vector<value::Value> rows) {
  sql::BoundQuery bound;
  bound.columns = std::move(columns);
  bound.plan = algebra::make_plan(algebra::Values{std::move(rows)});
  return bound;
}

sql::OutputColumn text_column(std::string name, std::uint32_t width) {
  sql::OutputColumn column;
  column.name = std::move(name);
  column.type = sql::text_type(*value::find_collation("utf8mb3_general_ci"), width);
  return column;
}

sql::OutputColumn number_column(std::string name) {
  sql::OutputColumn column;
  column.name = std::move(name);
  column.type = sql::big_integer(true);
  return column;
}

}  // namespace octavo::mysql
