#include "dialect/mongodb/match/element.h"

#include "dialect/mongodb/match/operation_tables.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/predicate.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Value;

class AppliedCondition final : public ElementCondition {
 public:
  explicit AppliedCondition(LazyArguments& arguments) : arguments_(arguments) {}
  Result<bool> holds(const Value& element) override {
    const Item items[] = {element};
    TRY(const Item result, arguments_.apply(2, items));
    return is_truthy(result);
  }

 private:
  LazyArguments& arguments_;
};

template <Elements kElements>
Result<Item> match_element(const OperationCall& call, LazyArguments& arguments) {
  TRY(const Item object, arguments.evaluate(0));
  TRY(const value::ArrayView names, names_of(arguments.expression(1)));
  AppliedCondition condition(arguments);
  TRY(const auto position,
      first_element(object ? &*object : nullptr, names, kElements, condition, call.context));
  return Item(Value::boolean(position.has_value()));
}

constexpr OperationRow kRows[] = {
    {.number = op::kElement,
     .name = "match.element",
     .least = 3,
     .flags = operation_flag::kReadsPath,
     .lazy = match_element<Elements::documents>},
    {.number = op::kElementIs,
     .name = "match.element_is",
     .least = 3,
     .flags = operation_flag::kReadsPath,
     .lazy = match_element<Elements::all>},
};

bool is_asked(const Value& element, Elements elements) {
  return elements == Elements::all || is_document(element) || element.is_array();
}

}  // namespace

std::span<const OperationRow> element_operations() { return kRows; }

Result<std::optional<std::size_t>> first_element(const Value* object, value::ArrayView names,
                                                 Elements elements, ElementCondition& condition,
                                                 function::EvalContext& context) {
  Status problem;
  std::optional<std::size_t> match;
  auto visit = [&](const Value* found, std::size_t position) {
    if (found == nullptr || !found->is_array()) return false;
    const value::ArrayView array = found->as_array();
    for (std::size_t i = 0; i < array.size(); ++i) {
      if (!is_asked(array[i], elements)) continue;
      problem = context.check();
      if (!problem) return true;
      Result<bool> holds = condition.holds(array[i]);
      if (!holds) {
        problem = std::unexpected(std::move(holds).error());
        return true;
      }
      if (!*holds) continue;
      match = position == kNoPosition ? i : position;
      return true;
    }
    return false;
  };
  Walk<decltype(visit)>(Leaf::whole, visit).from(object, names);
  TRY_STATUS(std::move(problem));
  return match;
}

}  // namespace octavo::mongodb
