// The one place that names every dialect.

#include <algorithm>
#include <array>

#include "base/rows.h"
#include "dialect/mongodb/accumulator/rows.h"
#include "dialect/mongodb/expression/lambda.h"
#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/family/fields_seen.h"
#include "dialect/mongodb/family/kernels.h"
#include "dialect/reql/lambda.h"
#include "dialect/reql/numbers.h"
#include "dialect/sql/aggregate/rows.h"
#include "dialect/sql/function/kernels.h"
#include "dialect/sql/function/lambda.h"
#include "dialect/sql/function/operation.h"
#include "function/family.h"
#include "function/kernel_terms.h"

namespace octavo::function {
namespace {

// The core family has no functions yet: constants, variables, arrays and objects need none, and
// ReQL's evaluator knows them.
constexpr std::array kFamilies{
    Family{.id = algebra::kCore,
           .name = "core",
           .evaluate = reql::evaluate_lambda,
           .name_of = [](std::uint16_t) { return std::string_view(); },
           .is_deterministic = reql::lambda_is_deterministic,
           .fields_read = reql::fields_read},
    Family{.id = reql::term::kFamily,
           .name = "reql",
           .evaluate = reql::evaluate_lambda,
           .name_of = reql::term_name,
           .is_deterministic = reql::lambda_is_deterministic,
           .fields_read = reql::fields_read,
           .kernels = reql::kernel_rows,
           .field_of = reql::field_of},
    Family{.id = sql::kFamily,
           .name = "sql",
           .evaluate = sql::evaluate_lambda,
           .name_of = sql::operation_name,
           .is_deterministic = sql::lambda_is_deterministic,
           .fields_read = sql::fields_read,
           .kernels = sql::kernel_rows,
           .field_of = sql::field_of,
           .reads_plainly = true,
           .aggregates = sql::aggregate_rows},
    Family{.id = mongodb::kFamily,
           .name = "mongodb",
           .evaluate = mongodb::evaluate_lambda,
           .name_of = mongodb::operation_name,
           .is_deterministic = mongodb::lambda_is_deterministic,
           .fields_read = mongodb::fields_read,
           .kernels = mongodb::kernel_rows,
           .field_of = mongodb::field_of,
           .aggregates = mongodb::aggregate_rows},
};

static_assert(rows_differ(kFamilies, &Family::id, &Family::name));

struct FamilyTerms {
  algebra::FamilyId id;
  algebra::ExprPtr (*in_kernel_terms)(const algebra::Call& call);
};
constexpr FamilyTerms kTerms[] = {
    {reql::term::kFamily, reql::in_kernel_terms},
    {sql::kFamily, sql::in_kernel_terms},
    {mongodb::kFamily, mongodb::in_kernel_terms},
};

const FamilyTerms* find_terms(algebra::FamilyId id) {
  const auto* const found = std::ranges::find(kTerms, id, &FamilyTerms::id);
  return found == std::end(kTerms) ? nullptr : found;
}

}  // namespace

std::span<const Family> families() { return kFamilies; }

algebra::ExprPtr in_kernel_terms(const algebra::Call& call) {
  const FamilyTerms* const terms = find_terms(call.function.family);
  return terms == nullptr ? nullptr : terms->in_kernel_terms(call);
}

std::optional<std::vector<std::string>> fields_seen(const algebra::ExprPtr& function,
                                                    const std::vector<std::string>* result) {
  if (family_of(function) != mongodb::kFamily) return std::nullopt;
  return mongodb::fields_seen(function, result);
}

algebra::ExprPtr value_or_nothing(const algebra::Call& call) {
  using namespace reql;
  if (call.args.size() != 1) return nullptr;
  if (call.function == term::id(term::kAtMostOne)) return call.args.front();
  // Around everything that a stream unwinds; an array stays what it is.
  const auto* inside = std::get_if<algebra::Call>(&call.args.front()->node);
  const bool sequence = call.function == term::id(term::kSequenceOf) && inside != nullptr;
  return sequence ? value_or_nothing(*inside) : nullptr;
}

}  // namespace octavo::function
