#include "exec/testing/run.h"

#include "exec/operators.h"

namespace octavo::exec::testing_support {
namespace {

using value::Value;

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
  Result<std::optional<Value>> get(TableId, const Value&, QueryContext&) const override {
    return nothing();
  }
  Result<std::uint64_t> count(const algebra::Scan&, QueryContext&) const override {
    return nothing();
  }

 private:
  static std::unexpected<Error> nothing() { return fail(Code::not_found, "There are no tables."); }
};

}  // namespace

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
