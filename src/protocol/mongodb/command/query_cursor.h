#pragma once

// A cursor over a query of the engine.

#include <memory>
#include <utility>

#include "algebra/plan.h"
#include "engine/engine.h"
#include "protocol/mongodb/command/cursor.h"

namespace octavo::mongodb {

class QueryCursor final : public Cursor {
 public:
  using Cursor::Cursor;

  // Once, before it is read. The plan was made for its context.
  Status start(engine::Engine& engine, const algebra::PlanPtr& plan) {
    TRY(query_, engine.query(plan, context()));
    return {};
  }

  Result<bool> next(std::size_t most, std::vector<value::Value>& out) override {
    const std::size_t before = out.size();
    TRY_STATUS(query_->next(most, out));
    return out.size() > before;
  }

 private:
  std::unique_ptr<engine::Query> query_;
};

}  // namespace octavo::mongodb
