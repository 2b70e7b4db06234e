#include "protocol/mysql/language/query_rows.h"

#include <algorithm>
#include <utility>

#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/wire_column.h"
#include "value/maker.h"

namespace octavo::mysql {
namespace {

Status drain(engine::Query& query, const std::function<Status(exec::Rows&)>& take) {
  exec::Rows rows;
  for (;;) {
    rows.clear();
    TRY_STATUS(query.next(exec::kBatchRows, rows));
    if (rows.empty()) return {};
    TRY_STATUS(take(rows));
  }
}

}  // namespace

QueryForm::QueryForm(const sql::BoundQuery& bound, const sql::Settings& settings)
    : cells(bound.columns, settings), facts(facts_of(bound.plan)) {
  columns.reserve(bound.columns.size());
  for (const sql::OutputColumn& output : bound.columns) {
    columns.push_back(wire_column(output, settings));
  }
}

KeptQuery kept_query(sql::BoundQuery bound, const sql::Settings& settings) {
  auto form = std::make_shared<const QueryForm>(bound, settings);
  return {.plan = std::move(bound.plan),
          .without_limit = std::move(bound.without_limit),
          .form = std::move(form)};
}

QueryRows::QueryRows(Execution& execution, KeptQuery query)
    : session_(execution.session()),
      running_(execution.take_running()),
      text_(execution.text()),
      query_plan_(std::move(query)),
      reads_(reads_of(query_plan_.plan, query_plan_.form->facts,
                      *session_.shared().service.engine.catalog())),
      short_(query_plan_.without_limit == nullptr &&
             (reads_ == Reads::few || reads_ == Reads::few_keys)) {}

io::Task<Result<bool>> QueryRows::next(value::Batch& out) {
  if (!batch_) {
    const Status pulled = co_await pull();
    if (!pulled) co_return std::unexpected(pulled.error());
  }
  out = *std::move(batch_);
  batch_.reset();
  co_return !at_end_;
}

// Rows of a short read that are in memory; false: nothing was done. It is tried once, and not where
// what is told before would be lost.
template <class Work>
bool QueryRows::tried_here(const Work& work, Status& done) {
  short_ = false;
  function::Notes& notes = session_.state().notes();
  if (query_ != nullptr || held_ || notes.count() > 0) return false;
  exec::QueryContext& context = running_->context();
  context.may_wait = false;
  done = work();
  context.may_wait = true;
  if (done || done.error().code != Code::would_block) return true;
  end_query();
  context.leave_version();
  notes.clear();  // it is told again
  at_end_ = false;
  found_ = 0;
  return false;
}

// Here where it is quick, else on a worker.
io::Task<Status> QueryRows::run(Status (QueryRows::*work)()) {
  auto paid = [this, work] { return running_->paid([this, work] { return (this->*work)(); }); };
  Status done;
  if (reads_ == Reads::nothing) {
    done = paid();
  } else if (!short_ || !tried_here(paid, done)) {
    running_->list(text_);
    done = co_await session_.dispatch().run(protocol::Weight::usual, std::move(paid));
  }
  if (!done) co_return std::unexpected(running_->told(std::move(done).error()));
  if (at_end_) {
    session_.state().found_rows = found_;
    session_.state().row_count = -1;
  }
  co_return Status();
}

io::Task<Status> QueryRows::detach() {
  if (at_end_ || held_ || running_->context().transaction == nullptr) co_return Status();
  const Status done = co_await run(&QueryRows::hold);
  if (!done) co_return std::unexpected(done.error());
  co_return Status();
}

Status QueryRows::hold() {
  exec::Rows& rows = held_.emplace();
  if (columns_ != nullptr) {
    TRY_STATUS(hold_columns(rows));
  } else {
    for (std::size_t before = 0;; before = rows.size()) {
      TRY_STATUS(query_->next(exec::kBatchRows, rows));
      if (rows.size() == before) break;
    }
  }
  end_query();
  running_->leave_transaction();
  return {};
}

Status QueryRows::hold_columns(exec::Rows& rows) {
  const std::size_t count = query_plan_.form->columns.size();
  for (;;) {
    if (!ahead_) TRY_STATUS(read_ahead());
    if (!ahead_) return {};
    for (std::size_t row = 0; row < ahead_->rows(); ++row) {
      value::ArrayMaker array(count);
      for (std::size_t c = 0; c < count; ++c) {
        TRY(value::Value cell, ahead_->column(c).at(row));
        array.append(std::move(cell));
      }
      rows.push_back(std::move(array).finish());
    }
    ahead_.reset();
  }
}

// Of the rows that are left some, at most so many; none at the end.
Status QueryRows::read(std::size_t most) {
  if (!held_) return query_->next(std::min(exec::kBatchRows, most), rows_);
  for (; most > 0 && given_ < held_->size(); --most) {
    rows_.push_back(std::move((*held_)[given_++]));
  }
  return {};
}

Status QueryRows::fill() {
  if (query_ == nullptr && !held_) TRY_STATUS(begin());
  TRY_STATUS(columns_ != nullptr ? fill_columns() : fill_rows());
  if (at_end_ && query_plan_.without_limit != nullptr) {
    TRY(found_, count_all());
  }
  if (at_end_) {
    end_query();
    running_->leave_transaction();
  }
  return {};
}

Status QueryRows::begin() {
  engine::Engine& engine = session_.shared().service.engine;
  TRY(query_, engine.query(query_plan_.plan, running_->context()));
  if (reads_ == Reads::few_keys) return {};  // one by one is less work
  auto* const columns = dynamic_cast<engine::ColumnQuery*>(query_.get());
  if (columns == nullptr) return {};
  TRY(const bool begun, columns->begin_columns());
  if (begun) columns_ = columns;
  return {};
}

void QueryRows::end_query() {
  ahead_.reset();
  columns_ = nullptr;
  query_.reset();
}

Status QueryRows::fill_rows() {
  rows_.clear();
  const function::BatchBytes bytes(running_->context().evaluation);
  while (!at_end_ && rows_.size() < value::kBatchRows && !bytes.enough()) {
    const std::size_t before = rows_.size();
    TRY_STATUS(read(value::kBatchRows - before));
    at_end_ = rows_.size() == before;
  }
  found_ += rows_.size();
  TRY(batch_, query_plan_.form->cells.batch(rows_));
  rows_.clear();
  return {};
}

// Few rows are most likely all, which is found out here and not in a further turn.
Status QueryRows::fill_columns() {
  if (!ahead_) TRY_STATUS(read_ahead());
  at_end_ = !ahead_;
  if (at_end_) {
    TRY(batch_, query_plan_.form->cells.batch(std::span<const value::Value>()));
    return {};
  }
  const std::size_t rows = ahead_->rows();
  TRY(batch_, query_plan_.form->cells.batch_of(*ahead_));
  ahead_.reset();
  found_ += rows;
  if (rows == value::kBatchRows) return {};
  TRY_STATUS(read_ahead());
  at_end_ = !ahead_;
  return {};
}

// None: the rows are at their end.
Status QueryRows::read_ahead() {
  TRY(const std::size_t rows, columns_->next_columns());
  if (rows > 0) ahead_ = columns_->columns();
  return {};
}

// SQL_CALC_FOUND_ROWS.
Result<std::uint64_t> QueryRows::count_all() {
  TRY(const auto query,
      session_.shared().service.engine.query(query_plan_.without_limit, running_->context()));
  std::uint64_t count = 0;
  TRY_STATUS(drain(*query, [&count](const exec::Rows& rows) -> Status {
    count += rows.size();
    return {};
  }));
  return count;
}

io::Task<Result<exec::Rows>> first_rows(Execution& execution, algebra::PlanPtr plan,
                                        std::size_t most) {
  const auto definitions = execution.engine().catalog();
  CO_TRY_STATUS(may_read(execution.session(), execution.running().context(), *definitions, plan));
  auto work = [&execution, &plan, most]() -> Result<exec::Rows> {
    TRY(const auto query, execution.engine().query(plan, execution.running().context()));
    exec::Rows rows;
    for (std::size_t before = 0; rows.size() < most; before = rows.size()) {
      TRY_STATUS(query->next(std::min(exec::kBatchRows, most - before), rows));
      if (rows.size() == before) break;
    }
    return rows;
  };
  if (is_quick(plan)) co_return execution.running().paid(work);
  auto rows = co_await execution.on_worker(std::move(work));
  co_return rows;
}

io::Task<Result<Answer>> answer_with(Execution& execution, sql::BoundQuery bound) {
  return answer_with(execution, kept_query(std::move(bound), execution.state().settings()));
}

io::Task<Result<Answer>> answer_with(Execution& execution, KeptQuery query) {
  const auto definitions = execution.engine().catalog();
  for (const TableId id : query.form->facts.tables) {
    const catalog::TableDefinition* const table = definitions->find_table(id);
    if (table == nullptr) continue;
    CO_TRY_STATUS(
        may_use(execution.session(), execution.running().context(), sql::TableUse::read, *table));
  }
  auto rows = std::make_unique<QueryRows>(execution, std::move(query));
  const Status started = co_await rows->start();
  if (!started) co_return std::unexpected(started.error());
  Answer answer;
  answer.what = std::unique_ptr<Rows>(std::move(rows));
  co_return answer;
}

}  // namespace octavo::mysql
