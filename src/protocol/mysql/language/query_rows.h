#pragma once

// Results of plans, a batch at a time: made where it is cheap on the connection's thread, else on
// workers.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dialect/sql/bind/bound.h"
#include "engine/column_query.h"
#include "engine/engine.h"
#include "protocol/mysql/language/cell_values.h"
#include "protocol/mysql/language/execution.h"
#include "protocol/mysql/language/kept_plan.h"
#include "protocol/mysql/language/short_plans.h"

namespace octavo::mysql {

// How the rows of a query are shown to a client.
struct QueryForm {
  QueryForm(const sql::BoundQuery& bound, const sql::Settings& settings);

  std::vector<Column> columns;
  CellValues cells;
  PlanFacts facts;  // of the plan that gives them
};

class QueryRows final : public Rows {
 public:
  // Takes the statement over: what pays for it, and what ends it.
  QueryRows(Execution& execution, KeptQuery query);

  // The first rows: most errors are told in place of a result.
  io::Task<Status> start() { return pull(); }

  std::span<const Column> columns() const override { return query_plan_.form->columns; }
  io::Task<Result<bool>> next(value::Batch& out) override;
  io::Task<Status> detach() override;

 private:
  io::Task<Status> pull() { return run(&QueryRows::fill); }
  template <class Work>
  bool tried_here(const Work& work, Status& done);
  io::Task<Status> run(Status (QueryRows::*work)());
  Status begin();
  Status fill();
  Status fill_rows();
  Status fill_columns();
  Status read_ahead();
  Status read(std::size_t most);
  Status hold();
  Status hold_columns(exec::Rows& rows);
  void end_query();
  Result<std::uint64_t> count_all();

  SqlSession& session_;
  const std::unique_ptr<Running> running_;  // before all that it pays for
  const std::string text_;
  const KeptQuery query_plan_;
  const Reads reads_;
  bool short_;  // a read of few rows that has not begun: they may be in memory
  std::unique_ptr<engine::Query> query_;
  engine::ColumnQuery* columns_ = nullptr;  // it, where its rows are had as columns
  std::optional<value::Batch> ahead_;       // of those, behind what was given
  exec::Rows rows_;
  std::optional<value::Batch> batch_;  // the next one
  // Behind it, where they were read before they are wanted, in a transaction that may end.
  std::optional<exec::Rows> held_;
  std::size_t given_ = 0;  // of those
  std::uint64_t found_ = 0;
  bool at_end_ = false;
};

// The first rows of a plan, at most `most`.
io::Task<Result<exec::Rows>> first_rows(Execution& execution, algebra::PlanPtr plan,
                                        std::size_t most);

// The answer of a statement that has rows.
io::Task<Result<Answer>> answer_with(Execution& execution, sql::BoundQuery bound);
io::Task<Result<Answer>> answer_with(Execution& execution, KeptQuery query);
KeptQuery kept_query(sql::BoundQuery bound, const sql::Settings& settings);

}  // namespace octavo::mysql
