#include "dialect/mongodb/expression/evaluation.h"

#include <array>

#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using algebra::VarId;
using value::Value;

class Evaluation {
 public:
  explicit Evaluation(function::EvalContext& context) : context_(context) {}

  void bind(VarId id, Item item) { bound_.emplace_back(id, std::move(item)); }

  Result<Item> evaluate(const ExprPtr& expression) {
    TRY_STATUS(context_.spend(1));
    if (const auto* call = std::get_if<algebra::Call>(&expression->node)) {
      return this->call(*call, expression);
    }
    if (const auto* constant = std::get_if<algebra::Const>(&expression->node)) {
      return Item(constant->value);
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
    return fail(Code::internal, "a function is no value in MongoDB");
  }

 private:
  class Lazy final : public LazyArguments {
   public:
    Lazy(Evaluation& evaluation, const algebra::Call& call)
        : evaluation_(evaluation), call_(call) {}
    std::size_t size() const override { return call_.args.size(); }
    const ExprPtr& expression(std::size_t i) const override { return call_.args[i]; }
    Result<Item> evaluate(std::size_t i) override { return evaluation_.operand(call_.args[i]); }
    Result<Item> evaluate(const ExprPtr& expression) override {
      return evaluation_.operand(expression);
    }
    Result<Item> apply(std::size_t i, std::span<const Item> items) override {
      return evaluation_.apply(call_.args[i], items);
    }

   private:
    Evaluation& evaluation_;
    const algebra::Call& call_;
  };

  // The innermost one of an id counts.
  Result<Item> of(VarId id) const {
    for (auto at = bound_.rbegin(); at != bound_.rend(); ++at) {
      if (at->first == id) return at->second;
    }
    return fail(Code::internal, "a variable is bound to nothing");
  }

  Result<Item> apply(const ExprPtr& function, std::span<const Item> items) {
    const auto* lambda = std::get_if<algebra::Lambda>(&function->node);
    if (lambda == nullptr || lambda->params.size() > items.size()) {
      return fail(Code::type_mismatch, "a function of MongoDB has too few arguments");
    }
    TRY_STATUS(context_.check());
    const std::size_t before = bound_.size();
    for (std::size_t i = 0; i < lambda->params.size(); ++i) bind(lambda->params[i], items[i]);
    Result<Item> result = evaluate(lambda->body);
    bound_.resize(before);
    return result;
  }

  // Operations see nothing but what BSON has.
  Result<Item> operand(const ExprPtr& expression) {
    TRY(Item item, evaluate(expression));
    if (item && !is_of_bson(item->type())) item = as_bson(*item);
    return item;
  }

  Result<Item> call(const algebra::Call& call, const ExprPtr& expression) {
    const OperationRow* row =
        call.function.family == kFamily ? find_operation(call.function.number) : nullptr;
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
      std::array<Item, kFew> few;
      return eager(*row, call, std::span(few).first(count));
    }
    std::vector<Item> many(count);
    return eager(*row, call, many);
  }

  Result<Item> eager(const OperationRow& row, const algebra::Call& call,
                     std::span<Item> arguments) {
    bool nothing = false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      TRY(arguments[i], operand(call.args[i]));
      nothing = nothing || !arguments[i] || arguments[i]->is_null();
    }
    if (nothing && (row.flags & operation_flag::kNullPropagates) != 0) return Item(Value::null());
    return row.eager({call, context_}, arguments);
  }

  // A call of another family, whose arguments may name our variables.
  Result<Item> foreign(const algebra::Call& call, const ExprPtr& expression) {
    if (call.function.family == kFamily) {
      return fail(Code::unsupported, "operation " + std::to_string(call.function.number) +
                                         " of MongoDB is not known to this version");
    }
    std::vector<VarId> params;
    std::vector<Value> arguments;
    for (const auto& [id, item] : bound_) {
      params.push_back(id);
      arguments.push_back(item.value_or(Value::null()));
    }
    TRY(Value result, function::evaluate_lambda(algebra::lambda(std::move(params), expression),
                                                arguments, context_));
    return Item(std::move(result));
  }

  // What is missing is null in an array, and no field of an object.
  Result<Item> array(const algebra::MakeArray& array) {
    std::vector<Value> elements;
    elements.reserve(array.elements.size());
    for (const ExprPtr& part : array.elements) {
      TRY(Item element, evaluate(part));
      elements.push_back(element ? *std::move(element) : Value::null());
    }
    Value made = Value::array(std::move(elements));
    TRY_STATUS(check_made(made));
    return Item(std::move(made));
  }
  Result<Item> object(const algebra::MakeObject& object) {
    std::vector<value::Field> fields;
    fields.reserve(object.fields.size());
    for (const algebra::Option& field : object.fields) {
      TRY(Item content, evaluate(field.value));
      if (content) fields.push_back({field.name, *std::move(content)});
    }
    Value made = Value::object(std::move(fields));
    TRY_STATUS(check_made(made));
    return Item(std::move(made));
  }

  Result<Item> subplan(const algebra::Subplan& subplan) {
    if (context_.subplans == nullptr) {
      return fail(Code::internal, "no plan may stand in this expression");
    }
    std::vector<Value> arguments;
    arguments.reserve(subplan.args.size());
    for (const ExprPtr& part : subplan.args) {
      TRY(Item argument, evaluate(part));
      arguments.push_back(argument ? *std::move(argument) : Value::undefined());
    }
    Value operand;
    if (subplan.operand != nullptr) {
      TRY(Item item, evaluate(subplan.operand));
      if (item) operand = *std::move(item);
    }
    TRY(Value result, context_.subplans->evaluate(subplan, arguments, operand));
    return Item(std::move(result));
  }

  function::EvalContext& context_;
  std::vector<std::pair<VarId, Item>> bound_;
};

}  // namespace

Result<Item> evaluate_item(const ExprPtr& lambda, std::span<const Value> arguments,
                           function::EvalContext& context) {
  const auto* node = std::get_if<algebra::Lambda>(&lambda->node);
  if (node == nullptr || node->params.size() > arguments.size()) {
    return fail(Code::internal, "a function of MongoDB has too few arguments");
  }
  TRY_STATUS(context.check());
  Evaluation evaluation(context);
  for (std::size_t i = 0; i < node->params.size(); ++i) {
    const Value& argument = arguments[i];
    const bool missing = argument.type() == value::Type::undefined;
    evaluation.bind(node->params[i], missing ? Item() : Item(argument));
  }
  return evaluation.evaluate(node->body);
}

Result<Item> evaluate_constant(const ExprPtr& expression, function::EvalContext& context) {
  return Evaluation(context).evaluate(expression);
}

}  // namespace octavo::mongodb
