#include "dialect/sql/function/call_binder.h"

#include <algorithm>

#include "dialect/sql/error/error.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/name_row.h"
#include "dialect/sql/function/operation.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/type/common.h"

namespace octavo::sql {

std::vector<Type> CallBinder::types(std::size_t first) const {
  std::vector<Type> types;
  for (std::size_t i = first; i < arguments_.size(); ++i) types.push_back(type(i));
  return types;
}

bool CallBinder::any_nullable() const {
  return std::ranges::any_of(
      arguments_, [](const CallArgument& argument) { return argument.value.type.nullable; });
}

const value::Value* CallBinder::constant(std::size_t i) {
  Typed& argument = arguments_[i].value;
  argument.expression = fold(argument.expression, context_);
  return argument.constant();
}

Typed CallBinder::make(std::uint16_t operation, Type type, std::vector<value::Value> constants) {
  std::vector<algebra::ExprPtr> all;
  all.reserve(arguments_.size() + constants.size());
  for (const CallArgument& argument : arguments_) all.push_back(argument.value.expression);
  for (value::Value& each : constants) all.push_back(algebra::constant(std::move(each)));
  const OperationRow* row = find_operation(operation);
  const bool strict = row != nullptr && (row->flags & operation_flag::kStrict) != 0;
  type.nullable = type.nullable || (strict && any_nullable());
  return {algebra::call({kFamily, operation}, std::move(all)), std::move(type)};
}

std::unexpected<Error> CallBinder::wrong_arguments() const { return error<1210>(name_); }
std::unexpected<Error> CallBinder::wrong_count() const { return error<1582>(name_); }
std::unexpected<Error> CallBinder::not_supported() const { return error<1235>(name_); }

Result<Typed> bind_call(const NameRow& row, std::vector<CallArgument> arguments,
                        const CallContext& context) {
  const bool any_number = row.most == kAnyNumber;
  CallBinder call(row.name, std::move(arguments), context);
  if (call.size() < row.least || (!any_number && call.size() > row.most)) {
    return call.wrong_count();
  }
  return row.bind(call);
}

}  // namespace octavo::sql
