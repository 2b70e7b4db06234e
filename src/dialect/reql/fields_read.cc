// Which fields of its argument a function reads, found without running it.

#include <algorithm>
#include <variant>

#include "algebra/children.h"
#include "dialect/reql/lambda.h"
#include "dialect/reql/numbers.h"

namespace octavo::reql {
namespace {

using algebra::ExprPtr;
using algebra::VarId;
using value::Value;

class FieldsRead {
 public:
  explicit FieldsRead(VarId row) : row_(row) {}

  // False when the row may be used as a whole.
  bool find(const ExprPtr& expression) {
    if (const auto* variable = std::get_if<algebra::Var>(&expression->node)) {
      return variable->id != row_;
    }
    if (const auto* call = std::get_if<algebra::Call>(&expression->node)) {
      if (const auto name = field_of_row(*call)) {
        fields_.emplace_back(*name);
        return true;
      }
      if (shows_message(*call)) return false;
    }
    if (const auto* lambda = std::get_if<algebra::Lambda>(&expression->node)) {
      // A parameter of the same name would be another variable.
      if (std::ranges::find(lambda->params, row_) != lambda->params.end()) return false;
    }
    return !algebra::any_child(*expression, [this](const ExprPtr& part) { return !find(part); });
  }

  std::vector<std::string> take() {
    std::ranges::sort(fields_);
    const auto repeats = std::ranges::unique(fields_);
    fields_.erase(repeats.begin(), repeats.end());
    return std::move(fields_);
  }

 private:
  // The name of a field of the row itself.
  std::optional<std::string_view> field_of_row(const algebra::Call& call) const {
    const std::optional<function::FieldAccess> access = field_of(call);
    if (!access) return std::nullopt;
    const auto* variable = std::get_if<algebra::Var>(&access->object->node);
    if (variable == nullptr || variable->id != row_) return std::nullopt;
    return access->name;
  }

  // A function given to `default` is told what is missing in all of the row.
  static bool shows_message(const algebra::Call& call) {
    return call.function.family == term::kFamily && call.function.number == term::kDefault &&
           call.args.size() > 1 && !std::holds_alternative<algebra::Const>(call.args[1]->node);
  }

  VarId row_;
  std::vector<std::string> fields_;
};

}  // namespace

std::optional<function::FieldAccess> field_of(const algebra::Call& call) {
  const std::uint16_t number = call.function.number;
  if (call.function.family != term::kFamily || call.args.size() != 2 ||
      (number != term::kGetField && number != term::kBracket)) {
    return std::nullopt;
  }
  const auto* name = std::get_if<algebra::Const>(&call.args[1]->node);
  if (name == nullptr || !name->value.is_string()) return std::nullopt;
  return function::FieldAccess{.object = call.args[0], .name = name->value.as_string()};
}

std::optional<std::vector<std::string>> fields_read(const ExprPtr& lambda) {
  const auto* node = std::get_if<algebra::Lambda>(&lambda->node);
  if (node == nullptr || node->params.size() != 1) return std::nullopt;
  FieldsRead fields(node->params.front());
  if (!fields.find(node->body)) return std::nullopt;
  return fields.take();
}

}  // namespace octavo::reql
