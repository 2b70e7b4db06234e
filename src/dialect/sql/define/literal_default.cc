#include "dialect/sql/define/literal_default.h"

#include <algorithm>

#include "base/assert.h"
#include "base/text.h"
#include "dialect/sql/define/context.h"
#include "dialect/sql/define/value_text.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/function/store.h"

namespace octavo::sql {
namespace {

using value::Value;

const Literal* literal_of(const Expr& expr) { return std::get_if<Literal>(&expr.node); }

Result<Typed> bind_signed(const Expr& expr, const CallContext& calls) {
  if (const Literal* literal = literal_of(expr)) return bind_literal(*literal, calls);
  if (const auto* introduced = std::get_if<Introduced>(&expr.node)) {
    return bind_introduced(*introduced, calls);
  }
  const auto& unary = std::get<Unary>(expr.node);
  TRY(Typed operand, bind_signed(*unary.operand, calls));
  return bind_unary(unary.op, std::move(operand), calls);
}

std::string bits_text(std::uint64_t bits) {
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + (bits & 1)));
    bits >>= 1;
  } while (bits != 0);
  return "b'" + digits + "'";
}

std::string shown(const Value& value, const value::LogicalTypePtr& type,
                  const DefineContext& context) {
  if (type->kind != Kind::bits) return value_text(value, type, context.calls());
  return bits_text(value.type() == value::Type::uint64
                       ? value.as_uint64()
                       : static_cast<std::uint64_t>(value.to_int64().value_or(0)));
}

}  // namespace

bool is_literal(const Expr& expr) {
  if (literal_of(expr) != nullptr || std::holds_alternative<Introduced>(expr.node)) return true;
  const auto* unary = std::get_if<Unary>(&expr.node);
  return unary != nullptr && unary->op == UnaryOperator::minus &&
         literal_of(*unary->operand) != nullptr;
}

bool is_now(const Expr& expr, std::uint32_t& precision) {
  const auto* call = std::get_if<Ref<Call>>(&expr.node);
  if (call == nullptr || (*call)->name.size() != 1) return false;
  static constexpr std::string_view kNames[] = {"NOW", "CURRENT_TIMESTAMP", "LOCALTIME",
                                                "LOCALTIMESTAMP"};
  const std::string_view name = (*call)->name.front();
  if (std::ranges::none_of(kNames, [&](auto now) { return equals_ignoring_case(name, now); })) {
    return false;
  }
  precision = 0;
  const List<Argument>& arguments = (*call)->arguments;
  if (arguments.empty()) return true;
  const Literal* digits = literal_of(arguments.front().value);
  if (arguments.size() != 1 || digits == nullptr || digits->kind != LiteralKind::integer ||
      digits->text.size() != 1) {
    return false;
  }
  precision = static_cast<std::uint32_t>(digits->text.front() - '0');
  return true;
}

Result<LiteralDefault> literal_default(const Expr& expr, const value::LogicalTypePtr& type,
                                       std::string_view column, const DefineContext& context) {
  const CallContext calls = context.calls();
  TRY(Typed given, bind_signed(expr, calls));
  const Type of_column = column_type(type, true);
  const auto stored = bind_store(std::move(given), of_column, column, StoreRule::strict, calls);
  if (!stored) return error<1067>(column);
  const auto value = compute(stored->expression, calls);
  if (!value) return error<1067>(column);
  LiteralDefault out{.value = *value, .shown = {}};
  if (!value->is_null()) out.shown = shown(*value, type, context);
  return out;
}

Bytes constant_function(const value::Value& value) {
  Bytes encoded;
  const Status done =
      algebra::encode(algebra::lambda({algebra::VarId{1}}, algebra::constant(value)), encoded);
  ASSERT(done);
  return encoded;
}

}  // namespace octavo::sql
