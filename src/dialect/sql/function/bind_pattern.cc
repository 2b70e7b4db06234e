// LIKE, REGEXP and COLLATE.

#include "dialect/sql/error/error.h"
#include "dialect/sql/function/bind_binary.h"
#include "dialect/sql/function/convert.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/type/common.h"

namespace octavo::sql {
namespace {

using value::Value;

// By which collation texts match: bytes go by themselves.
Result<const value::Collation*> collation_of(const Type& text, const Type& pattern,
                                             std::string_view word) {
  if (text.kind() == Kind::bytes || pattern.kind() == Kind::bytes) {
    return value::find_collation("binary");
  }
  const Type types[] = {text, pattern};
  TRY(const CollationChoice choice, common_collation(types, word));
  return choice.collation;
}

Result<Typed> negate_if(bool negated, Typed condition, const CallContext& context) {
  if (!negated) return condition;
  return bind_unary(UnaryOperator::logical_not, std::move(condition), context);
}

}  // namespace

Result<Typed> bind_like(bool negated, Typed operand, Typed pattern, std::optional<Typed> escape,
                        const CallContext& context) {
  Typed text = as_string(std::move(operand), context);
  pattern = as_string(std::move(pattern), context);
  TRY(const value::Collation* collation, collation_of(text.type, pattern.type, "like"));
  const bool no_escape = context.session.has(sql_mode::kNoBackslashEscapes);
  Typed with = escape ? as_string(std::move(*escape), context)
                      : typed_constant(Value::string(no_escape ? "" : "\\"), context);
  Type type = with_null(boolean_type(), text.type.nullable || pattern.type.nullable);
  Typed like = make_call(op::kLike, {std::move(text), std::move(pattern), std::move(with)},
                         std::move(type), {Value::int64(collation->id)});
  return negate_if(negated, std::move(like), context);
}

Result<Typed> bind_regexp(bool negated, Typed text, Typed pattern, const CallContext& context) {
  text = as_string(std::move(text), context);
  pattern = as_string(std::move(pattern), context);
  TRY(const value::Collation* collation, collation_of(text.type, pattern.type, "regexp"));
  const bool case_counts = collation->ignores == value::Collation::Ignores::nothing;
  Type type = with_null(boolean_type(), text.type.nullable || pattern.type.nullable);
  Typed matches = make_call(op::kRegexp, {std::move(text), std::move(pattern)}, std::move(type),
                            {Value::int64(case_counts ? 1 : 0)});
  return negate_if(negated, std::move(matches), context);
}

Result<Typed> bind_collate(Typed operand, std::string_view name, const CallContext& context) {
  const value::Collation* collation = value::find_collation(name);
  if (collation == nullptr) return error<1273>(name);
  if (operand.type.kind() == Kind::bytes) {
    if (collation->charset != value::CharsetId::binary) return error<1253>(name, "binary");
    return operand;
  }
  const bool is_text = operand.type.is_text();
  Typed text = as_text(std::move(operand), context);
  const value::Charset& charset = value::charset_of(text.type.collation().charset);
  if (is_text && charset.id != collation->charset) return error<1253>(name, charset.name);
  Type type = text_type(*collation, text.type.width, Coercibility::stated);
  text.type = with_null(std::move(type), text.type.nullable);
  return text;
}

}  // namespace octavo::sql
