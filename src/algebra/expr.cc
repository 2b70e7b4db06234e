#include "algebra/expr.h"

#include <algorithm>
#include <optional>

#include "algebra/children.h"
#include "base/assert.h"
#include "base/overloaded.h"
#include "value/document.h"

namespace octavo::algebra {
namespace {

template <class Node>
ExprPtr make(Node node) {
  return std::make_shared<const Expr>(Expr{std::move(node)});
}

void check(const std::vector<ExprPtr>& expressions) {
  for (const ExprPtr& expression : expressions) ASSERT(expression != nullptr);
}
void check(const std::vector<Option>& options) {
  for (const Option& option : options) ASSERT(option.value != nullptr);
}

bool contains(const std::vector<VarId>& variables, VarId id) {
  return std::ranges::find(variables, id) != variables.end();
}

// Replaces variables and keeps every subtree that has none of them, so that a bound tree shares
// what did not change.
class Binder {
 public:
  explicit Binder(const Bindings& bindings) : bindings_(bindings) {}

  ExprPtr bind(const ExprPtr& expression) {
    if (const auto* variable = std::get_if<Var>(&expression->node)) {
      return bind_variable(expression, variable->id);
    }
    if (std::holds_alternative<Const>(expression->node)) return expression;
    if (const auto* lambda = std::get_if<Lambda>(&expression->node)) {
      return bind_lambda(expression, *lambda);
    }
    if (const auto* call = std::get_if<Call>(&expression->node); call && call->options.empty()) {
      return bind_parts(expression, *call, &Call::args);
    }
    if (const auto* array = std::get_if<MakeArray>(&expression->node)) {
      return bind_parts(expression, *array, &MakeArray::elements);
    }
    return map_children(expression, [this](const ExprPtr& part) { return bind(part); });
  }

 private:
  ExprPtr bind_lambda(const ExprPtr& expression, const Lambda& lambda) {
    const std::size_t outer = hidden_.size();
    hidden_.insert(hidden_.end(), lambda.params.begin(), lambda.params.end());
    ExprPtr body = bind(lambda.body);
    hidden_.resize(outer);
    return body == lambda.body ? expression
                               : octavo::algebra::lambda(lambda.params, std::move(body));
  }
  // A copy is made when the first part is another.
  template <class Node>
  ExprPtr bind_parts(const ExprPtr& expression, const Node& node,
                     std::vector<ExprPtr> Node::* parts) {
    std::optional<Node> copy;
    for (std::size_t i = 0; i < (node.*parts).size(); ++i) {
      const ExprPtr& part = (node.*parts)[i];
      ExprPtr bound = bind(part);
      if (bound == part) continue;
      if (!copy) copy = node;
      ((*copy).*parts)[i] = std::move(bound);
    }
    return copy ? make(*std::move(copy)) : expression;
  }
  ExprPtr bind_variable(const ExprPtr& expression, VarId id) const {
    if (contains(hidden_, id)) return expression;
    for (const auto& [bound, value] : bindings_) {
      if (bound == id) return constant(value);
    }
    return expression;
  }

  const Bindings& bindings_;
  std::vector<VarId> hidden_;  // parameters of the lambdas around
};

// Constants are the same when they are stored the same: 1 and 1.0 are equal values, but not to a
// function that asks for their type.
bool same_constant(const value::Value& a, const value::Value& b) {
  if (a.type() != b.type() || !(a == b)) return false;
  Bytes left;
  Bytes right;
  return value::encode_document(a, left) && value::encode_document(b, right) && left == right;
}

// Walks two trees at once; parameters of lambdas that correspond are pairs on a stack.
class Matcher {
 public:
  bool equal(const ExprPtr& a, const ExprPtr& b) {
    if (a == b && pairs_.empty()) return true;
    if (a->node.index() != b->node.index()) return false;
    return std::visit(
        Overloaded{
            [&](const Const& left) {
              return same_constant(left.value, std::get<Const>(b->node).value);
            },
            [&](const Var& left) { return equal_variables(left.id, std::get<Var>(b->node).id); },
            [&](const Call& left) {
              const Call& right = std::get<Call>(b->node);
              return left.function == right.function && equal_all(left.args, right.args) &&
                     equal_all(left.options, right.options);
            },
            [&](const Lambda& left) { return equal_lambdas(left, std::get<Lambda>(b->node)); },
            [&](const MakeArray& left) {
              return equal_all(left.elements, std::get<MakeArray>(b->node).elements);
            },
            [&](const MakeObject& left) {
              return equal_all(left.fields, std::get<MakeObject>(b->node).fields);
            },
            [&](const Subplan& left) { return equal_subplans(left, std::get<Subplan>(b->node)); },
        },
        a->node);
  }

 private:
  bool equal_variables(VarId a, VarId b) const {
    for (auto pair = pairs_.rbegin(); pair != pairs_.rend(); ++pair) {
      if (pair->first == a || pair->second == b) return pair->first == a && pair->second == b;
    }
    return a == b;
  }

  bool equal_lambdas(const Lambda& a, const Lambda& b) {
    if (a.params.size() != b.params.size()) return false;
    const std::size_t outer = pairs_.size();
    for (std::size_t i = 0; i < a.params.size(); ++i) {
      pairs_.emplace_back(a.params[i], b.params[i]);
    }
    const bool result = equal(a.body, b.body);
    pairs_.resize(outer);
    return result;
  }

  // The variables of a plan are its own: the same plan has the same ones.
  bool equal_subplans(const Subplan& a, const Subplan& b) {
    if (a.plan != b.plan || a.kind != b.kind || a.comparison != b.comparison) return false;
    if ((a.operand == nullptr) != (b.operand == nullptr)) return false;
    return equal_all(a.args, b.args) && (a.operand == nullptr || equal(a.operand, b.operand));
  }

  bool equal_all(const std::vector<ExprPtr>& a, const std::vector<ExprPtr>& b) {
    return std::ranges::equal(a, b,
                              [this](const ExprPtr& x, const ExprPtr& y) { return equal(x, y); });
  }
  bool equal_all(const std::vector<Option>& a, const std::vector<Option>& b) {
    return std::ranges::equal(a, b, [this](const Option& x, const Option& y) {
      return x.name == y.name && equal(x.value, y.value);
    });
  }

  std::vector<std::pair<VarId, VarId>> pairs_;
};

}  // namespace

ExprPtr constant(value::Value value) { return make(Const{std::move(value)}); }
ExprPtr variable(VarId id) { return make(Var{id}); }

ExprPtr call(FunctionId function, std::vector<ExprPtr> args, std::vector<Option> options) {
  check(args);
  check(options);
  return make(Call{function, std::move(args), std::move(options)});
}

ExprPtr lambda(std::vector<VarId> params, ExprPtr body) {
  ASSERT(body != nullptr);
  return make(Lambda{std::move(params), std::move(body)});
}

ExprPtr make_array(std::vector<ExprPtr> elements) {
  check(elements);
  return make(MakeArray{std::move(elements)});
}

ExprPtr make_object(std::vector<Option> fields) {
  check(fields);
  return make(MakeObject{std::move(fields)});
}

ExprPtr subplan(Subplan node) {
  ASSERT(node.plan != nullptr && node.params.size() == node.args.size());
  ASSERT((node.operand != nullptr) == (node.kind == SubplanKind::any));
  check(node.args);
  return make(std::move(node));
}

ExprPtr bind(const ExprPtr& expression, const Bindings& bindings) {
  if (bindings.empty()) return expression;
  return Binder(bindings).bind(expression);
}

PlanPtr bind(const PlanPtr& plan, const Bindings& bindings) {
  const bool has_none =
      std::holds_alternative<Scan>(plan->node) || std::holds_alternative<Values>(plan->node);
  if (has_none || bindings.empty()) return plan;
  bool changed = false;
  Plan own = *plan;
  for_each_expression(own, [&](ExprPtr& expression) {
    ExprPtr bound = algebra::bind(expression, bindings);
    changed = changed || bound != expression;
    expression = std::move(bound);
  });
  PlanPtr out = map_inputs(own, [&](const PlanPtr& input) {
    PlanPtr bound = algebra::bind(input, bindings);
    changed = changed || bound != input;
    return bound;
  });
  return changed ? out : plan;
}

bool equal(const ExprPtr& a, const ExprPtr& b) { return Matcher().equal(a, b); }

}  // namespace octavo::algebra
