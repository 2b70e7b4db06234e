// SUBSCRIBE [AFTER 'cursor'] query

#include <utility>

#include "dialect/sql/error/error.h"
#include "protocol/mysql/language/feed_rows.h"
#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/run_statements.h"
#include "protocol/mysql/language/wire_column.h"

namespace octavo::mysql {
namespace {

io::Task<Result<sql::BoundQuery>> bind_followed(Execution& execution, const sql::Query& query) {
  execution.only_committed();
  const auto bind = [&query](sql::BindContext& context) -> Result<sql::BoundQuery> {
    context.locks = nullptr;
    context.follows = true;
    TRY(auto bound, sql::bind_query(query, context));
    return followed(std::move(bound));
  };
  auto bound = co_await execution.bind(bind);
  co_return bound;
}

}  // namespace

Answered run_subscribe(Execution& execution, const sql::Subscribe& statement) {
  const sql::Query& query = *statement.query;
  if (query.into) co_return sql::not_supported("SUBSCRIBE to a query with INTO");
  if (!query.locking.empty()) co_return sql::not_supported("SUBSCRIBE to a query with FOR UPDATE");
  std::optional<Cursor> after;
  if (!statement.after.empty()) {
    after = parse_cursor(statement.after);
    if (!after) co_return sql::error<1210>("SUBSCRIBE AFTER");
  }
  auto bound = co_await bind_followed(execution, query);
  if (!bound) co_return std::unexpected(std::move(bound).error());
  CO_TRY_STATUS(may_be_followed(bound->plan));
  const auto definitions = execution.engine().catalog();
  CO_TRY_STATUS(
      may_read(execution.session(), execution.running().context(), *definitions, bound->plan));
  auto rows = std::make_unique<FeedRows>(execution, *std::move(bound));
  const Status opened = co_await rows->open(std::move(after));
  if (!opened) co_return std::unexpected(opened.error());
  Answer answer;
  answer.what = std::unique_ptr<Rows>(std::move(rows));
  co_return answer;
}

Described columns_of_subscribe(Execution& execution, const sql::Subscribe& statement) {
  auto bound = co_await bind_followed(execution, *statement.query);
  if (!bound) co_return std::unexpected(std::move(bound).error());
  std::vector<Column> columns;
  columns.reserve(bound->columns.size());
  for (const sql::OutputColumn& column : bound->columns) {
    columns.push_back(wire_column(column, execution.state().settings()));
  }
  co_return columns;
}

}  // namespace octavo::mysql
