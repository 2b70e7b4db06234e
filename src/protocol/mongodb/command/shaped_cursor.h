#pragma once

// A cursor over a query of the engine whose documents are given in another shape.

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "algebra/plan.h"
#include "engine/engine.h"
#include "protocol/mongodb/command/cursor.h"

namespace octavo::mongodb {

class ShapedCursor final : public Cursor {
 public:
  using Shape = std::function<Result<value::Value>(const value::Value& document,
                                                   function::EvalContext& context)>;

  using Cursor::Cursor;

  // Once, before it is read. The plan was made for its context.
  Status start(engine::Engine& engine, const algebra::PlanPtr& plan, Shape shape) {
    shape_ = std::move(shape);
    TRY(query_, engine.query(plan, context()));
    return {};
  }

  Result<bool> next(std::size_t most, std::vector<value::Value>& out) override {
    std::vector<value::Value> rows;
    TRY_STATUS(query_->next(most, rows));
    for (const value::Value& row : rows) {
      TRY(value::Value shaped, shape_(row, context().evaluation));
      out.push_back(std::move(shaped));
    }
    return !rows.empty();
  }

 private:
  Shape shape_;
  std::unique_ptr<engine::Query> query_;
};

}  // namespace octavo::mongodb
