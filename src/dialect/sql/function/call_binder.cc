#include "dialect/sql/function/call_binder.h"

#include <algorithm>

#include "base/ascii.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/convert.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/name_row.h"
#include "dialect/sql/function/operation.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/type/common.h"

namespace octavo::sql {
namespace {

// Null when one of its arguments may be, where the operation says so.
Typed call_of(std::uint16_t operation, std::vector<Typed> arguments, Type type,
              std::vector<value::Value> constants) {
  const OperationRow* row = find_operation(operation);
  const auto has = [row](operation_flag::Bit flag) {
    return row != nullptr && (row->flags & flag) != 0;
  };
  const auto nullable = [](const Typed& argument) { return argument.type.nullable; };
  type.nullable = type.nullable ||
                  (has(operation_flag::kStrict) && std::ranges::any_of(arguments, nullable)) ||
                  (has(operation_flag::kStrictFirst) && nullable(arguments.front()));
  return make_call(operation, std::move(arguments), std::move(type), std::move(constants));
}

}  // namespace

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

Status CallBinder::convert(std::size_t i, const Type& to) {
  Typed& argument = arguments_[i].value;
  TRY(argument, convert_to(std::move(argument), with_null(to, false), context_));
  return {};
}

Status CallBinder::to_text(std::size_t i) {
  Typed& argument = arguments_[i].value;
  argument = as_text(std::move(argument), context_);
  return {};
}
Status CallBinder::to_string(std::size_t i) {
  Typed& argument = arguments_[i].value;
  argument = as_string(std::move(argument), context_);
  return {};
}
Status CallBinder::to_bytes(std::size_t i) {
  Typed& argument = arguments_[i].value;
  argument = as_bytes(std::move(argument), context_);
  return {};
}
Status CallBinder::to_integer(std::size_t i) {
  Typed& argument = arguments_[i].value;
  if (argument.type.kind() == Kind::integer) return {};
  const bool is_unsigned = argument.type.is_unsigned();
  argument = as_integer(std::move(argument), is_unsigned, context_);
  return {};
}
Status CallBinder::to_double(std::size_t i) {
  Typed& argument = arguments_[i].value;
  argument = as_double(std::move(argument), context_);
  return {};
}
Status CallBinder::to_number(std::size_t i) {
  Typed& argument = arguments_[i].value;
  argument = as_number(std::move(argument), context_);
  return {};
}
Status CallBinder::to_datetime(std::size_t i) {
  Typed& argument = arguments_[i].value;
  argument = as_datetime(std::move(argument), -1, context_);
  return {};
}
Status CallBinder::to_date(std::size_t i) {
  Typed& argument = arguments_[i].value;
  argument = as_date(std::move(argument), context_);
  return {};
}
Status CallBinder::to_time(std::size_t i) {
  Typed& argument = arguments_[i].value;
  argument = as_time(std::move(argument), -1, context_);
  return {};
}
Status CallBinder::to_json(std::size_t i) {
  Typed& argument = arguments_[i].value;
  argument = as_json(std::move(argument), context_);
  return {};
}
Status CallBinder::parse_json(std::size_t i) {
  Typed& argument = arguments_[i].value;
  std::string function = name_;
  for (char& c : function) c = to_lower(c);
  if (argument.type.is_number() || argument.type.is_time()) {
    return error<3146>(std::to_string(i + 1), function);
  }
  if (!argument.type.is_string()) return to_json(i);
  Type type = with_null(json_type(), argument.type.nullable);
  argument = make_call(
      op::kParseJson, {as_string(std::move(argument), context_)}, std::move(type),
      {value::Value::int64(static_cast<std::int64_t>(i) + 1), value::Value::string(function)});
  return {};
}
Status CallBinder::to_condition(std::size_t i) {
  Typed& argument = arguments_[i].value;
  argument = as_truth(std::move(argument), context_);
  return {};
}

Result<Type> CallBinder::to_common(std::size_t first) {
  TRY(Type type, common_type(types(first), name_));
  for (std::size_t i = first; i < size(); ++i) TRY_STATUS(convert(i, type));
  return type;
}

Result<const value::Collation*> CallBinder::to_common_collation(std::size_t first) {
  TRY(const CollationChoice choice, common_collation(types(first), name_));
  if (choice.collation == nullptr) return session().collation;
  for (std::size_t i = first; i < size(); ++i) {
    Type& type = arguments_[i].value.type;
    if (type.kind() != Kind::text) continue;
    const bool nullable = type.nullable;
    type = with_null(text_type(*choice.collation, type.width, choice.coercibility), nullable);
  }
  return choice.collation;
}

Typed CallBinder::make(std::uint16_t operation, Type type, std::vector<value::Value> constants) {
  std::vector<Typed> all;
  all.reserve(arguments_.size());
  for (const CallArgument& argument : arguments_) all.push_back(argument.value);
  return call_of(operation, std::move(all), std::move(type), std::move(constants));
}

Typed CallBinder::make_of(std::uint16_t operation, std::vector<Typed> arguments, Type type) {
  return call_of(operation, std::move(arguments), std::move(type), {});
}

std::unexpected<Error> CallBinder::wrong_arguments() const { return error<1210>(name_); }
std::unexpected<Error> CallBinder::wrong_count() const { return error<1582>(name_); }
std::unexpected<Error> CallBinder::not_supported() const { return sql::not_supported(name_); }

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
