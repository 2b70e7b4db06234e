#include "protocol/mysql/language/feed_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "algebra/children.h"
#include "base/overloaded.h"
#include "dialect/sql/error/error.h"
#include "engine/plan_tables.h"
#include "function/family.h"
#include "io/per_executor.h"
#include "protocol/mysql/language/made_result.h"
#include "protocol/mysql/language/wire_column.h"

namespace octavo::mysql {
namespace {

using stream::FeedItem;
using value::Value;

constexpr std::uint32_t kChangeWidth = 10;
constexpr std::uint32_t kCursorWidth = 40;  // of a log with few partitions

// What a node does that keeps its rows from being followed one by one; empty: nothing.
std::string_view obstacle(const algebra::Plan& plan) {
  constexpr std::string_view kNone;
  constexpr std::string_view kJoin = "a join";
  return std::visit(
      Overloaded{
          [&](const algebra::Scan&) { return kNone; },
          [&](const algebra::Filter&) { return kNone; },
          [&](const algebra::Map&) { return kNone; },
          [&](const algebra::Limit& limit) { return limit.skip == 0 ? kNone : "OFFSET"; },
          [&](const algebra::ScanBy&) { return kJoin; },
          [&](const algebra::LookupJoin&) { return kJoin; },
          [&](const algebra::Apply&) { return kJoin; },
          [&](const algebra::Join&) { return kJoin; },
          [](const algebra::Values&) { return std::string_view("rows of no table"); },
          [](const algebra::Unwind&) { return std::string_view("JSON_TABLE"); },
          [](const algebra::Sort&) { return std::string_view("ORDER BY without an index"); },
          [](const algebra::Distinct&) { return std::string_view("DISTINCT"); },
          [](const algebra::Union&) { return std::string_view("UNION"); },
          [](const algebra::Group&) { return std::string_view("GROUP BY or an aggregate"); },
          [](const algebra::Window&) { return std::string_view("a window function"); },
          [](const algebra::Working&) { return std::string_view("WITH RECURSIVE"); },
          [](const algebra::Recursive&) { return std::string_view("WITH RECURSIVE"); },
      },
      plan.node);
}

std::string_view obstacle(const algebra::ExprPtr& function) {
  if (algebra::has_subplan(function)) return "a subquery";
  // A row that goes would not look as it did when it came.
  if (!function::is_deterministic(function)) return "a function whose result changes";
  return {};
}

std::string_view obstacle_within(const algebra::PlanPtr& plan) {
  std::string_view found = obstacle(*plan);
  algebra::for_each_expression(*plan, [&found](const algebra::ExprPtr& function) {
    if (found.empty()) found = obstacle(function);
  });
  algebra::for_each_input(*plan, [&found](const algebra::PlanPtr& input) {
    if (found.empty()) found = obstacle_within(input);
  });
  return found;
}

// What is done to each of the first rows is done to all, and the first of those are taken: feeds
// that have a limit have nothing above it.
algebra::PlanPtr with_limit_on_top(const algebra::PlanPtr& plan) {
  const auto* map = std::get_if<algebra::Map>(&plan->node);
  if (map == nullptr) return plan;
  const algebra::PlanPtr input = with_limit_on_top(map->input);
  const auto* limit = std::get_if<algebra::Limit>(&input->node);
  if (limit == nullptr) return plan;
  algebra::Limit moved = *limit;
  moved.input = algebra::make_plan(algebra::Map{limit->input, map->function});
  return algebra::make_plan(std::move(moved));
}

}  // namespace

sql::BoundQuery followed(sql::BoundQuery query) {
  query.plan = with_limit_on_top(query.plan);
  std::vector<sql::OutputColumn> columns;
  columns.reserve(query.columns.size() + 2);
  columns.push_back(text_column("_change", kChangeWidth));
  columns.push_back(text_column("_cursor", kCursorWidth));
  for (sql::OutputColumn& column : query.columns) {
    column.type.nullable = true;
    columns.push_back(std::move(column));
  }
  query.columns = std::move(columns);
  return query;
}

Status may_be_followed(const algebra::PlanPtr& plan) {
  const std::string_view found = obstacle_within(plan);
  if (found.empty()) return {};
  return sql::not_supported(fmt::format("SUBSCRIBE to a query with {}", found));
}

FeedRows::FeedRows(Execution& execution, sql::BoundQuery bound)
    : session_(execution.session()),
      running_(execution.take_running()),
      text_(execution.text()),
      bound_(std::move(bound)),
      is_limited_(std::holds_alternative<algebra::Limit>(bound_.plan->node)),
      cells_(bound_.columns, session_.state().settings()) {
  columns_.reserve(bound_.columns.size());
  for (const sql::OutputColumn& column : bound_.columns) {
    columns_.push_back(wire_column(column, session_.state().settings()));
  }
  const auto definitions = execution.engine().catalog();
  for (const TableId id : engine::tables_of(bound_.plan)) {
    const catalog::TableDefinition* table = definitions->find_table(id);
    if (table == nullptr) continue;
    table_ = table->name;
    const catalog::DatabaseDefinition* home = definitions->find_database(table->database);
    if (home != nullptr) database_ = home->name;
  }
}

io::Task<Status> FeedRows::open(std::optional<Cursor> after) {
  running_->list(text_);
  auto subscribing = [this, &after] { return subscribe(std::move(after)); };
  auto work = [this, &subscribing] { return running_->paid(subscribing); };
  auto feed = co_await session_.dispatch().run(protocol::Weight::usual, std::move(work));
  if (!feed) co_return std::unexpected(told(std::move(feed).error()));
  protocol::Statement& statement = running_->statement();
  feed_.emplace(*std::move(feed), statement.account());
  protocol::Connection& connection = session_.connection();
  loop_.emplace(session_.shared().service.turns.of(connection.executor()), session_.dispatch(),
                statement, *feed_, false);
  statement.set_feed();
  co_return Status();
}

Result<stream::SubscriptionPtr> FeedRows::subscribe(std::optional<Cursor> after) {
  stream::FeedOptions options;
  options.include_initial = !after;
  options.include_states = true;
  options.resume_after = std::move(after);
  options.cancel = running_->context().evaluation.cancel;
  options.account = &running_->statement().account();
  const auto kind = is_limited_ ? stream::FeedKind::limit : stream::FeedKind::range;
  return session_.shared().service.engine.subscribe(kind, bound_.plan, std::move(options),
                                                    running_->context());
}

io::Task<Result<bool>> FeedRows::next(value::Batch& out) {
  if (!std::exchange(announced_, true)) {
    // It may be long until there is something: the client is told the columns before.
    CO_TRY(out, cells_.batch({}));
    co_return true;
  }
  while (ended_) {
    const protocol::FeedWait wait;
    const auto news = co_await loop_->next(wait);
    if (!news) co_return std::unexpected(told(news.error()));
    if (*news == protocol::FeedNews::stopped) {
      co_return std::unexpected(told(Error{.code = Code::cancelled, .what = {}}));
    }
    auto taken = running_->paid([this] { return take_polled(); });
    // The client may be slow: the other feeds of this thread do not wait for it.
    loop_->delivered();
    if (!taken) co_return std::unexpected(told(std::move(taken).error()));
    out = *std::move(taken);
    if (out.size() > 0) co_return true;
  }
  co_return std::unexpected(told(ended_.error()));
}

Result<value::Batch> FeedRows::take_polled() {
  exec::Rows rows;
  for (const FeedItem& item : feed_->items()) {
    ended_ = add_rows(item, rows);
    if (!ended_) return cells_.batch(rows);
  }
  ended_ = feed_->status();
  return cells_.batch(rows);
}

Status FeedRows::add_rows(const FeedItem& item, exec::Rows& out) const {
  const auto add = [this, &out](std::string_view change, const Cursor& cursor,
                                const std::optional<Value>& values) {
    std::vector<Value> row;
    row.reserve(bound_.columns.size());
    row.push_back(Value::string(change));
    row.push_back(cursor.at.parts.empty() ? Value() : Value::string(format_cursor(cursor)));
    if (values) std::ranges::copy(values->as_array(), std::back_inserter(row));
    row.resize(bound_.columns.size());
    out.push_back(Value::array(row));
  };
  switch (item.kind) {
    case FeedItem::Kind::initializing: return {};
    case FeedItem::Kind::ready: add("ready", item.cursor, {}); return {};
    case FeedItem::Kind::initial: add("initial", item.cursor, item.new_value); return {};
    case FeedItem::Kind::overflow:
      return fail(Code::resource_exhausted,
                  fmt::format("The client read too slowly: {} changes were dropped. SUBSCRIBE "
                              "AFTER the last cursor goes on without a gap.",
                              item.skipped));
    case FeedItem::Kind::change: break;
  }
  if (!item.old_value) {
    add("insert", item.cursor, item.new_value);
  } else if (!item.new_value) {
    add("delete", item.cursor, item.old_value);
  } else if (!is_limited_) {
    add("update", item.cursor, item.new_value);
  } else {
    // The row that left may be another one than that which came. Between the two there is no place
    // to go on from.
    add("delete", {}, item.old_value);
    add("insert", item.cursor, item.new_value);
  }
  return {};
}

Error FeedRows::told(Error error) const {
  if (error.number == 0 && error.code == Code::not_found) {
    return sql::error<1146>(database_, table_).error();
  }
  return running_->told(std::move(error));
}

}  // namespace octavo::mysql
