// How filters are put together, and what is in them besides values at paths.

#include "base/random.h"
#include "dialect/mongodb/match/operation_tables.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Value;

Item boolean(bool truth) { return Value::boolean(truth); }

// Of all: until one is false. Of any: until one is true.
template <bool kAll>
Result<Item> together(const OperationCall& /*call*/, LazyArguments& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    TRY(const Item item, arguments.evaluate(i));
    if (is_truthy(item) != kAll) return boolean(!kAll);
  }
  return boolean(kAll);
}

Result<Item> exactly_one(const OperationCall& /*call*/, LazyArguments& arguments) {
  bool found = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    TRY(const Item item, arguments.evaluate(i));
    if (!is_truthy(item)) continue;
    if (found) return boolean(false);
    found = true;
  }
  return boolean(found);
}

Result<Item> negation(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return boolean(!is_truthy(arguments[0]));
}

Result<Item> truth(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return boolean(is_truthy(arguments[0]));
}

Result<Item> sample(const OperationCall& /*call*/, std::span<const Item> arguments) {
  if (!arguments[0] || !arguments[0]->is_number()) {
    return fail(Code::type_mismatch, "a rate is no number");
  }
  return boolean(thread_random().uniform() < arguments[0]->to_double());
}

constexpr OperationRow kRows[] = {
    {.number = op::kAllOf, .name = "match.and", .lazy = together<true>},
    {.number = op::kAnyOf, .name = "match.or", .lazy = together<false>},
    {.number = op::kNot, .name = "match.not", .least = 1, .eager = negation},
    {.number = op::kExactlyOneOf, .name = "match.one", .lazy = exactly_one},
    {.number = op::kTruth, .name = "match.truth", .least = 1, .eager = truth},
    {.number = op::kSample,
     .name = "match.sample",
     .least = 1,
     .flags = operation_flag::kImpure,
     .eager = sample},
};

}  // namespace

std::span<const OperationRow> logic_operations_of_filters() { return kRows; }

}  // namespace octavo::mongodb
