#pragma once

// A query, the snapshot it reads and the operators over it.

#include <cstddef>
#include <memory>

#include "engine/access.h"
#include "engine/column_query.h"
#include "engine/engine.h"
#include "exec/column_rows.h"
#include "exec/operators.h"
#include "exec/statement_reads.h"

namespace octavo::engine {

class RunningQuery final : public Query, public ColumnQuery {
 public:
  // The count of queries is there from now on.
  static void show_metric();

  RunningQuery(std::shared_ptr<exec::StatementReads> reads, const Access& access,
               exec::QueryContext& context);

  Status start(const algebra::PlanPtr& plan);
  Status next(std::size_t max_rows, exec::Rows& out) override;
  Result<bool> begin_columns() override;
  Result<std::size_t> next_columns() override;
  const value::Batch& columns() const override { return columns_->columns(); }

 private:
  const std::shared_ptr<exec::StatementReads> reads_;
  const Access& access_;
  exec::QueryContext& context_;
  exec::OperatorPtr top_;
  exec::ColumnRows* columns_ = nullptr;  // it, where columns are asked for
};

}  // namespace octavo::engine
