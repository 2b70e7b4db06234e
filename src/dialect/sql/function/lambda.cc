// The evaluator: a walk over the tree, an operation at a time.

#include "dialect/sql/function/lambda.h"

#include <array>

#include "algebra/children.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operation.h"
#include "function/lambda_facts.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using algebra::VarId;
using value::Value;

class Evaluation {
 public:
  Evaluation(const algebra::Lambda& lambda, std::span<const Value> arguments,
             function::EvalContext& context)
      : lambda_(lambda), arguments_(arguments), context_(context) {}

  Result<Value> evaluate(const ExprPtr& expression) {
    TRY_STATUS(context_.spend(1));
    if (const auto* call = std::get_if<algebra::Call>(&expression->node)) {
      // Steps are counted one by one where they are limited.
      const Value* const part = context_.limited ? nullptr : part_at(*call);
      return part == nullptr ? this->call(*call, expression) : *part;
    }
    if (const auto* constant = std::get_if<algebra::Const>(&expression->node)) {
      return constant->value;
    }
    if (const auto* variable = std::get_if<algebra::Var>(&expression->node)) {
      return of(variable->id);
    }
    if (const auto* array = std::get_if<algebra::MakeArray>(&expression->node)) {
      return this->array(*array);
    }
    if (const auto* object = std::get_if<algebra::MakeObject>(&expression->node)) {
      return this->object(*object);
    }
    if (const auto* subplan = std::get_if<algebra::Subplan>(&expression->node)) {
      return this->subplan(*subplan);
    }
    return fail(Code::unsupported, "a function is no value in SQL");
  }

 private:
  class Lazy final : public LazyArguments {
   public:
    Lazy(Evaluation& evaluation, const algebra::Call& call)
        : evaluation_(evaluation), call_(call) {}
    std::size_t size() const override { return call_.args.size(); }
    Result<Value> evaluate(std::size_t i) override { return evaluation_.evaluate(call_.args[i]); }
    Result<Value> evaluate_with(std::size_t i, std::uint64_t slot, Value value) override {
      evaluation_.shared_.emplace_back(slot, std::move(value));
      Result<Value> result = evaluate(i);
      evaluation_.shared_.pop_back();
      return result;
    }
    Result<Value> shared(std::uint64_t slot) const override {
      // The innermost one counts.
      for (auto at = evaluation_.shared_.rbegin(); at != evaluation_.shared_.rend(); ++at) {
        if (at->first == slot) return at->second;
      }
      return fail(Code::internal, "nothing is shared of this number");
    }

   private:
    Evaluation& evaluation_;
    const algebra::Call& call_;
  };

  const Value* argument(VarId id) const {
    for (std::size_t i = 0; i < lambda_.params.size(); ++i) {
      if (lambda_.params[i] == id) return &arguments_[i];
    }
    return nullptr;
  }
  Result<Value> of(VarId id) const {
    const Value* const found = argument(id);
    if (found != nullptr) return *found;
    return fail(Code::internal, "a variable is bound to nothing");
  }

  // Where a field or an element of an argument lies, so that nothing on the way to it is copied.
  // Null: the call is another.
  const Value* part_at(const algebra::Call& call) const {
    static const Value kNothing;
    const bool is_field = call.function == algebra::FunctionId{kFamily, op::kField};
    const bool is_element = call.function == algebra::FunctionId{kFamily, op::kElement};
    if ((!is_field && !is_element) || call.args.size() < 2) return nullptr;
    const auto* const which = std::get_if<algebra::Const>(&call.args[1]->node);
    const Value* const whole = lies_at(*call.args[0]);
    if (which == nullptr || whole == nullptr) return nullptr;
    const Value* part = nullptr;
    if (is_field) {
      if (!which->value.is_string()) return nullptr;
      part = whole->find(which->value.as_string());
    } else {
      const auto place = which->value.is_number() ? which->value.to_int64() : std::nullopt;
      if (!place) return nullptr;
      const auto at = static_cast<std::uint64_t>(*place);
      if (whole->is_array() && at < whole->as_array().size()) part = &whole->as_array()[at];
    }
    return part == nullptr ? &kNothing : part;
  }
  const Value* lies_at(const algebra::Expr& expression) const {
    if (const auto* variable = std::get_if<algebra::Var>(&expression.node)) {
      return argument(variable->id);
    }
    const auto* const call = std::get_if<algebra::Call>(&expression.node);
    return call == nullptr ? nullptr : part_at(*call);
  }

  Result<Value> call(const algebra::Call& call, const ExprPtr& expression) {
    const OperationRow* row = operation_of(call);
    if (row == nullptr) return foreign(call, expression);
    if (call.args.size() < row->least) {
      return fail(Code::type_mismatch, std::string(row->name) + " has too few arguments");
    }
    if (row->lazy != nullptr) {
      Lazy arguments(*this, call);
      return row->lazy({call, context_}, arguments);
    }
    // Most calls have few arguments.
    constexpr std::size_t kFew = 4;
    const std::size_t count = call.args.size();
    if (count <= kFew) {
      std::array<Value, kFew> few;
      return single(*row, call, std::span(few).first(count));
    }
    std::vector<Value> many(count);
    return single(*row, call, many);
  }

  Result<Value> single(const OperationRow& row, const algebra::Call& call,
                       std::span<Value> arguments) {
    const bool strict = (row.flags & operation_flag::kStrict) != 0;
    const bool strict_first = (row.flags & operation_flag::kStrictFirst) != 0;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      TRY(arguments[i], evaluate(call.args[i]));
      if (arguments[i].is_null() && (strict || (strict_first && i == 0))) return Value();
    }
    return row.single({call, context_}, arguments);
  }

  // A call of another family, whose arguments may name our variables.
  Result<Value> foreign(const algebra::Call& call, const ExprPtr& expression) {
    if (call.function.family == kFamily) {
      return fail(Code::unsupported, "operation " + std::to_string(call.function.number) +
                                         " of SQL is not known to this version");
    }
    return function::evaluate_lambda(algebra::lambda(lambda_.params, expression), arguments_,
                                     context_);
  }

  Result<Value> array(const algebra::MakeArray& array) {
    std::vector<Value> elements;
    elements.reserve(array.elements.size());
    for (const ExprPtr& part : array.elements) {
      TRY(Value element, evaluate(part));
      elements.push_back(std::move(element));
    }
    return Value::array(std::move(elements));
  }

  Result<Value> object(const algebra::MakeObject& object) {
    std::vector<value::Field> fields;
    fields.reserve(object.fields.size());
    for (const algebra::Option& field : object.fields) {
      TRY(Value content, evaluate(field.value));
      fields.push_back({field.name, std::move(content)});
    }
    return Value::object(std::move(fields));
  }

  Result<Value> subplan(const algebra::Subplan& subplan) {
    if (context_.subplans == nullptr) {
      return fail(Code::internal, "no plan may stand in this expression");
    }
    std::vector<Value> arguments;
    arguments.reserve(subplan.args.size());
    for (const ExprPtr& part : subplan.args) {
      TRY(Value argument, evaluate(part));
      arguments.push_back(std::move(argument));
    }
    Value operand;
    if (subplan.operand != nullptr) {
      TRY(operand, evaluate(subplan.operand));
    }
    return context_.subplans->evaluate(subplan, arguments, operand);
  }

  const algebra::Lambda& lambda_;
  std::span<const Value> arguments_;
  function::EvalContext& context_;
  std::vector<std::pair<std::uint64_t, Value>> shared_;  // by the calls around, the innermost last
};

// Which fields of the row an expression reads; false: it may use the row as a whole.
bool find_fields(const ExprPtr& expression, VarId row, std::vector<std::string>& fields) {
  if (const auto* variable = std::get_if<algebra::Var>(&expression->node)) {
    return variable->id != row;
  }
  if (std::holds_alternative<algebra::Lambda>(expression->node)) return false;
  if (const auto* call = std::get_if<algebra::Call>(&expression->node)) {
    if (call->function.family != kFamily) return false;
    if (const auto access = field_of(*call)) {
      const auto* variable = std::get_if<algebra::Var>(&access->object->node);
      if (variable != nullptr && variable->id == row) {
        fields.emplace_back(access->name);
        return true;
      }
    }
  }
  return !algebra::any_child(*expression,
                             [&](const ExprPtr& part) { return !find_fields(part, row, fields); });
}

bool is_pure(std::uint16_t number) {
  const OperationRow* row = find_operation(number);
  return row != nullptr && (row->flags & operation_flag::kImpure) == 0;
}

}  // namespace

Result<Value> evaluate_lambda(const ExprPtr& lambda, std::span<const Value> arguments,
                              function::EvalContext& context) {
  const auto* node = std::get_if<algebra::Lambda>(&lambda->node);
  if (node == nullptr || node->params.size() > arguments.size()) {
    return fail(Code::internal, "a function of SQL has too few arguments");
  }
  TRY_STATUS(context.check());
  return Evaluation(*node, arguments, context).evaluate(node->body);
}

bool lambda_is_deterministic(const ExprPtr& expression) {
  return function::is_deterministic(expression, kFamily, is_pure);
}

std::optional<function::FieldAccess> field_of(const algebra::Call& call) {
  if (call.function != algebra::FunctionId{kFamily, op::kField} || call.args.size() < 2) {
    return std::nullopt;
  }
  const auto* name = std::get_if<algebra::Const>(&call.args[1]->node);
  if (name == nullptr || !name->value.is_string()) return std::nullopt;
  return function::FieldAccess{.object = call.args[0], .name = name->value.as_string()};
}

std::optional<std::vector<std::string>> fields_read(const ExprPtr& lambda) {
  return function::fields_read(lambda, find_fields);
}

std::string_view operation_name(std::uint16_t number) {
  const OperationRow* row = find_operation(number);
  return row == nullptr ? std::string_view() : row->name;
}

}  // namespace octavo::sql
