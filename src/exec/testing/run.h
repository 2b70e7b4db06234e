#pragma once

// Plans that read no tables, run by the operators.

#include "algebra/plan.h"
#include "exec/context.h"
#include "exec/operator.h"
#include "exec/source.h"

namespace octavo::exec::testing_support {

// Of no tables.
class NoSource final : public Source {
 public:
  Result<std::unique_ptr<RowCursor>> open(const algebra::Scan&, QueryContext&) const override {
    return nothing();
  }
  Result<std::unique_ptr<FieldCursor>> open_fields(const algebra::Scan&,
                                                   std::span<const value::FieldRequest>,
                                                   QueryContext&) const override {
    return nothing();
  }
  Result<std::optional<value::Value>> get(TableId, const value::Value&,
                                          QueryContext&) const override {
    return nothing();
  }
  Result<std::uint64_t> count(const algebra::Scan&, QueryContext&) const override {
    return nothing();
  }

 private:
  static std::unexpected<Error> nothing() { return fail(Code::not_found, "There are no tables."); }
};

// The rows of a plan, pulled `at_once` at a time.
Result<Rows> run(const algebra::PlanPtr& plan, QueryContext& query, std::size_t at_once = 100);

}  // namespace octavo::exec::testing_support
