#include "protocol/mysql/language/expressions.h"

#include <utility>

#include "dialect/sql/ast/query.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/operators.h"
#include "protocol/mysql/language/query_rows.h"

namespace octavo::mysql {

// As the list of a SELECT without tables, which is what they mean.
io::Task<Result<std::vector<sql::Constant>>> evaluate(Execution& execution,
                                                      std::vector<sql::Expr> expressions) {
  if (expressions.empty()) co_return std::vector<sql::Constant>();
  std::vector<sql::SelectItem> items;
  items.reserve(expressions.size());
  for (const sql::Expr& expression : expressions) {
    sql::SelectItem item;
    item.expr = expression;
    items.push_back(item);
  }
  sql::Select select;
  select.items = sql::List<sql::SelectItem>(items.data(), static_cast<std::uint32_t>(items.size()));
  sql::Query query;
  query.body = sql::Ref<sql::Select>(&select);
  const auto bind = [&query](sql::BindContext& context) { return sql::bind_query(query, context); };
  auto bound = co_await execution.bind(bind);
  if (!bound) co_return std::unexpected(std::move(bound).error());
  auto rows = co_await first_rows(execution, bound->plan, 1);
  if (!rows) co_return std::unexpected(std::move(rows).error());
  if (rows->empty() || !rows->front().is_array()) {
    co_return fail(Code::internal, "A list of expressions has no row.");
  }
  std::vector<sql::Constant> out;
  const value::ArrayView values = rows->front().as_array();
  for (std::size_t i = 0; i < values.size(); ++i) {
    out.push_back({values[i], bound->columns[i].type});
  }
  co_return out;
}

Result<sql::UserValue> user_value(const sql::Constant& constant, Execution& execution) {
  switch (constant.type.kind()) {
    case sql::Kind::null:
    case sql::Kind::integer:
    case sql::Kind::real:
    case sql::Kind::decimal:
    case sql::Kind::text:
    case sql::Kind::bytes: return sql::UserValue{constant.value, constant.type};
    default: break;
  }
  const sql::SessionFacts facts = execution.state().facts();
  const sql::CallContext calls{facts, execution.running().context().evaluation};
  const bool number = constant.type.kind() == sql::Kind::boolean ||
                      constant.type.kind() == sql::Kind::year ||
                      constant.type.kind() == sql::Kind::bits;
  sql::Type type =
      number ? sql::big_integer()
             : sql::text_type(*execution.state().settings().connection, constant.type.width);
  TRY(const sql::Typed typed,
      sql::convert_to({algebra::constant(constant.value), constant.type}, type, calls));
  TRY(value::Value value, sql::compute(typed.expression, calls));
  return sql::UserValue{std::move(value), typed.type};
}

}  // namespace octavo::mysql
