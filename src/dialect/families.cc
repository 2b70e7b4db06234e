// The one place that names every dialect.

#include <array>

#include "base/rows.h"
#include "dialect/reql/lambda.h"
#include "dialect/reql/numbers.h"
#include "function/family.h"

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
};

static_assert(rows_differ(kFamilies, &Family::id, &Family::name));

}  // namespace

std::span<const Family> families() { return kFamilies; }

}  // namespace octavo::function
