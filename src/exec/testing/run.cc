#include "exec/testing/run.h"

#include "exec/operators.h"

namespace octavo::exec::testing_support {
Result<Rows> run(const algebra::PlanPtr& plan, QueryContext& query, std::size_t at_once) {
  const NoSource source;
  const OperatorContext context{source, query};
  TRY(OperatorPtr root, build(plan, context));
  Rows out;
  for (;;) {
    const std::size_t before = out.size();
    TRY_STATUS(root->next(at_once, out));
    if (out.size() == before) return out;
  }
}

}  // namespace octavo::exec::testing_support
