#include "engine/running_query.h"

#include <utility>

#include "base/metrics.h"

namespace octavo::engine {
namespace {

constexpr MetricRow kQueries{"octavo_queries_total", "Plans run over tables, by any protocol."};

Counter& queries_total() {
  static Counter& counter = process_metrics().counter(kQueries);
  return counter;
}

}  // namespace

void RunningQuery::show_metric() { queries_total(); }

RunningQuery::RunningQuery(std::shared_ptr<exec::StatementReads> reads, const Access& access,
                           exec::QueryContext& context)
    : reads_(std::move(reads)), access_(access), context_(context) {
  queries_total().add();
}

Status RunningQuery::start(const algebra::PlanPtr& plan) {
  TRY(top_, exec::build(plan, exec::OperatorContext{reads_->source(), context_}));
  return {};
}

Status RunningQuery::next(std::size_t max_rows, exec::Rows& out) {
  TRY_STATUS(top_->next(max_rows, out));
  return access_.still_allowed(context_);  // which may have taken long
}

Result<bool> RunningQuery::begin_columns() {
  columns_ = dynamic_cast<exec::ColumnRows*>(top_.get());
  return columns_ == nullptr ? Result<bool>(false) : columns_->begin_columns();
}

Result<std::size_t> RunningQuery::next_columns() {
  TRY(const std::size_t rows, columns_->next_columns());
  TRY_STATUS(access_.still_allowed(context_));
  return rows;
}

}  // namespace octavo::engine
