// Comparisons: what both sides convert to, decided once for each pair of types, by the first row of
// the rules that fits.

#include <algorithm>

#include "dialect/sql/convert/calendar.h"
#include "dialect/sql/convert/numbers.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/bind_binary.h"
#include "dialect/sql/function/convert.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/function/share.h"
#include "dialect/sql/type/common.h"

namespace octavo::sql {
namespace {

using value::Value;

struct ComparisonRow {
  BinaryOperator op;
  std::uint16_t natively, of_texts, of_json;
};
constexpr ComparisonRow kRows[] = {
    {BinaryOperator::equal, op::kEqual, op::kEqualText, op::kEqualJson},
    {BinaryOperator::null_safe_equal, op::kNullSafeEqual, op::kNullSafeEqualText,
     op::kNullSafeEqualJson},
    {BinaryOperator::not_equal, op::kNotEqual, op::kNotEqualText, op::kNotEqualJson},
    {BinaryOperator::less, op::kLess, op::kLessText, op::kLessJson},
    {BinaryOperator::less_or_equal, op::kLessOrEqual, op::kLessOrEqualText, op::kLessOrEqualJson},
    {BinaryOperator::greater, op::kGreater, op::kGreaterText, op::kGreaterJson},
    {BinaryOperator::greater_or_equal, op::kGreaterOrEqual, op::kGreaterOrEqualText,
     op::kGreaterOrEqualJson},
};

enum class Way : std::uint8_t { natively, as_texts, as_json };

struct Sides {
  Typed a, b;
  Way way = Way::natively;
  const value::Collation* collation = nullptr;  // of texts
};

bool is_document(const Type& type) {
  return type.kind() == Kind::json || type.kind() == Kind::dynamic || type.kind() == Kind::array ||
         type.kind() == Kind::geometry;
}

// Texts compare as values do when the collation goes by bytes and does not pad.
bool is_native(const value::Collation& collation) {
  return collation.name == "utf8mb4_0900_bin" || collation.charset == value::CharsetId::binary;
}

Result<Sides> texts(Typed left, Typed right, const CallContext& context, std::string_view word) {
  if (left.type.kind() == Kind::bytes || right.type.kind() == Kind::bytes) {
    return Sides{.a = as_bytes(std::move(left), context), .b = as_bytes(std::move(right), context)};
  }
  Typed a = as_text(std::move(left), context);
  Typed b = as_text(std::move(right), context);
  const Type types[] = {a.type, b.type};
  TRY(const CollationChoice choice, common_collation(types, word));
  Sides sides{.a = std::move(a), .b = std::move(b)};
  if (!is_native(*choice.collation)) {
    sides.way = Way::as_texts;
    sides.collation = choice.collation;
  }
  return sides;
}

// A constant instant that is the beginning of a day, as that day: a DATE column then compares as it
// is stored.
bool make_date(Typed& operand, const CallContext& context) {
  const Value* constant = fold_in_place(operand, context);
  if (constant == nullptr || constant->type() != value::Type::timestamp) return false;
  const DateTime at = datetime_of(constant->as_timestamp());
  if (time_of(at) != 0) return false;
  operand = typed_constant(Value::date(static_cast<std::int32_t>(day_number(at.day))), date_type());
  return true;
}

// A constant instant as what a TIMESTAMP column stores.
bool make_instant(Typed& operand, const CallContext& context) {
  if (fold_in_place(operand, context) == nullptr) return false;
  const Type type = operand.type;
  Typed instant = make_call(op::kToInstant, {operand}, type,
                            {Value::string(context.session.time_zone), Value::int64(0), Value()});
  if (fold_in_place(instant, context) == nullptr) return false;
  operand = std::move(instant);
  return true;
}

// 1525: a constant text beside days or instants is none of these.
Status check_text(const Typed& operand, Kind beside, const CallContext& context) {
  const Value* const text = operand.constant();
  if (text == nullptr || !text->is_string() || !operand.type.is_string()) return {};
  function::EvalContext quiet = context.constants;
  quiet.notes = nullptr;
  const CallContext asked{.session = context.session, .constants = quiet};
  const auto read = compute(as_datetime(operand, -1, asked).expression, asked);
  if (read && !read->is_null()) return {};
  std::string_view kind = "DATETIME";
  if (beside == Kind::date) kind = "DATE";
  if (beside == Kind::timestamp) kind = "TIMESTAMP";
  return error<1525>(kind, text->as_string());
}

// Of a time and something else, which becomes one.
Result<Sides> times(Typed left, Typed right, const CallContext& context) {
  const Kind kinds[] = {left.type.kind(), right.type.kind()};
  const auto either = [&](Kind kind) { return kinds[0] == kind || kinds[1] == kind; };
  if (kinds[0] == kinds[1] && left.type.is_time())
    return Sides{.a = std::move(left), .b = std::move(right)};
  const bool with_text = !left.type.is_time() || !right.type.is_time();
  if (either(Kind::time) && with_text) {
    return Sides{.a = as_time(std::move(left), -1, context),
                 .b = as_time(std::move(right), -1, context)};
  }
  left.expression = fold(left.expression, context);
  right.expression = fold(right.expression, context);
  TRY_STATUS(check_text(left, kinds[1], context));
  TRY_STATUS(check_text(right, kinds[0], context));
  const auto other_of = [&](Kind kind) -> Typed* {
    if (kinds[0] == kind) return &right;
    return kinds[1] == kind ? &left : nullptr;
  };
  if (Typed* other = other_of(Kind::date)) {
    Typed instant = as_datetime(*other, -1, context);
    if (make_date(instant, context)) {
      *other = std::move(instant);
      return Sides{.a = std::move(left), .b = std::move(right)};
    }
  }
  if (Typed* other = other_of(Kind::timestamp)) {
    Typed instant = as_datetime(*other, -1, context);
    if (make_instant(instant, context)) {
      *other = std::move(instant);
      return Sides{.a = std::move(left), .b = std::move(right)};
    }
  }
  return Sides{.a = as_datetime(std::move(left), -1, context),
               .b = as_datetime(std::move(right), -1, context)};
}

bool is_exact_number(const Type& type) { return type.is_integer() || type.kind() == Kind::decimal; }

// A constant text that is an integer, where it meets one: the column then compares as it is stored.
void make_integer(Typed& operand, const Type& other, const CallContext& context) {
  if (!operand.type.is_string() || !is_exact_number(other)) return;
  Typed folded = operand;
  const Value* constant = fold_in_place(folded, context);
  if (constant == nullptr || !constant->is_string()) return;
  const Converted<Integer> integer = read_integer(constant->as_string());
  if (integer.loss != Loss::none || constant->as_string().empty()) return;
  operand = typed_constant(value_of(integer.value), with_null(big_integer(), false));
}

// Integers and decimals compare exactly. Beside a double a decimal is the double next to it: 0.1 is
// what a column has of which 0.1 was stored.
Sides numbers(Typed left, Typed right, const CallContext& context) {
  make_integer(left, right.type, context);
  make_integer(right, left.type, context);
  Sides sides{.a = as_number(std::move(left), context), .b = as_number(std::move(right), context)};
  const auto make_double = [&context](Typed& side, const Typed& other) {
    if (side.type.kind() != Kind::decimal || other.type.kind() != Kind::real) return;
    side = as_double(std::move(side), context);
  };
  make_double(sides.a, sides.b);
  make_double(sides.b, sides.a);
  return sides;
}

// Whether what is beside `other` is compared as a time: texts are, and numbers that are constants
// beside a column. A time that is computed becomes a number beside a number.
bool makes_time(Typed& operand, const Typed& other, const CallContext& context) {
  if (operand.type.is_time() || operand.type.is_string()) return true;
  const bool is_constant = operand.type.is_number() && other.type.has(type_flag::kFromColumn) &&
                           fold_in_place(operand, context) != nullptr;
  if (!is_constant || other.type.kind() == Kind::time) return is_constant;
  // A number that is no time, as 0, is less or more than all of them.
  Typed instant = as_datetime(operand, -1, context);
  const Value* const folded = fold_in_place(instant, context);
  return folded != nullptr && !folded->is_null();
}

Result<Sides> sides_of(Typed left, Typed right, const CallContext& context, std::string_view word) {
  const Type& a = left.type;
  const Type& b = right.type;
  if (a.kind() == Kind::null || b.kind() == Kind::null) {
    return Sides{.a = std::move(left), .b = std::move(right)};
  }
  if (is_document(a) || is_document(b)) {
    return Sides{.a = as_json(std::move(left), context),
                 .b = as_json(std::move(right), context),
                 .way = Way::as_json};
  }
  if (a.is_string() && b.is_string()) {
    return texts(std::move(left), std::move(right), context, word);
  }
  if ((a.is_time() || b.is_time()) && makes_time(left, right, context) &&
      makes_time(right, left, context)) {
    return times(std::move(left), std::move(right), context);
  }
  if (a.kind() == Kind::boolean && b.kind() == Kind::boolean) {
    return Sides{.a = std::move(left), .b = std::move(right)};
  }
  return numbers(std::move(left), std::move(right), context);
}

Typed make_comparison(const ComparisonRow& row, Sides sides) {
  Type type = boolean_type();
  type.nullable =
      row.op != BinaryOperator::null_safe_equal && (sides.a.type.nullable || sides.b.type.nullable);
  switch (sides.way) {
    case Way::natively:
      return make_call(row.natively, {std::move(sides.a), std::move(sides.b)}, std::move(type));
    case Way::as_json:
      return make_call(row.of_json, {std::move(sides.a), std::move(sides.b)}, std::move(type));
    case Way::as_texts:
      return make_call(row.of_texts, {std::move(sides.a), std::move(sides.b)}, std::move(type),
                       {Value::int64(sides.collation->id)});
  }
  std::unreachable();
}

}  // namespace

Result<Typed> bind_comparison(BinaryOperator op, Typed left, Typed right,
                              const CallContext& context) {
  const ComparisonRow& row = *std::ranges::find(kRows, op, &ComparisonRow::op);
  TRY(Sides sides,
      sides_of(std::move(left), std::move(right), context, row_of(kBinaryOperators, op).text));
  // What a constant converts to is computed once, and warns once.
  for (Typed* side : {&sides.a, &sides.b}) {
    side->expression = fold_telling_once(side->expression, context);
  }
  return make_comparison(row, std::move(sides));
}

Result<Typed> bind_between(bool negated, Typed operand, Typed low, Typed high,
                           const CallContext& context) {
  // A text between a text and a number is compared with both as a number.
  if (operand.type.is_string() && (low.type.is_number() || high.type.is_number())) {
    operand = as_number(std::move(operand), context);
  }
  operand.expression = fold(operand.expression, context);
  SharedOperand shared(operand.expression);
  TRY(Typed above,
      bind_comparison(BinaryOperator::greater_or_equal, operand, std::move(low), context));
  TRY(Typed below,
      bind_comparison(BinaryOperator::less_or_equal, std::move(operand), std::move(high), context));
  shared.add_use_in(above);
  shared.add_use_in(below);
  std::vector<Typed> both{std::move(above), std::move(below)};
  TRY(Typed within, bind_junction(true, std::move(both), context));
  within = std::move(shared).share(std::move(within));
  return negated ? bind_unary(UnaryOperator::logical_not, std::move(within), context)
                 : Result<Typed>(std::move(within));
}

namespace {

// The items of a list that are constants which compare with the operand in one way: natively, or as
// texts under one collation, by their keys. They are looked up in their order.
class SortedItems {
 public:
  // Takes the item of the comparison `operand = item` if it is one of them.
  bool take(const Typed& comparison, const algebra::ExprPtr& operand) {
    const auto* call = std::get_if<algebra::Call>(&comparison.expression->node);
    if (call == nullptr) return false;
    const bool as_text = call->function.number == op::kEqualText;
    if (!as_text && call->function.number != op::kEqual) return false;
    const auto* constant = std::get_if<algebra::Const>(&call->args[1]->node);
    if (constant == nullptr || !algebra::equal(call->args[0], operand)) return false;
    if (constant->value.is_null()) {
      has_null_ = true;
      return true;
    }
    const value::Collation* collation = as_text ? collation_of(*call) : nullptr;
    if (!items_.empty() && collation != collation_) return false;
    collation_ = collation;
    items_.push_back(collation == nullptr ? constant->value : key_of(constant->value));
    return true;
  }

  Typed make(Typed operand) && {
    std::ranges::sort(items_, [](const Value& a, const Value& b) { return compare(a, b) < 0; });
    Type type = with_null(boolean_type(), operand.type.nullable || has_null_);
    if (collation_ != nullptr) {
      operand = make_call(op::kCollationKey, {std::move(operand)}, bytes_type(0),
                          {Value::int64(collation_->id)});
    }
    return make_call(op::kInSorted, {std::move(operand)}, std::move(type),
                     {Value::array(std::move(items_)), Value::int64(has_null_ ? 1 : 0)});
  }

  bool empty() const { return items_.empty() && !has_null_; }

 private:
  static const value::Collation* collation_of(const algebra::Call& call) {
    const auto& id = std::get<algebra::Const>(call.args[2]->node).value;
    return value::find_collation(static_cast<std::uint16_t>(id.as_int64()));
  }

  Value key_of(const Value& text) const {
    Bytes key;
    collation_->key(text.as_string(), key);
    return Value::bytes(key);
  }

  std::vector<Value> items_;
  bool has_null_ = false;
  const value::Collation* collation_ = nullptr;  // of all of them; null: they compare natively
};

}  // namespace

Result<Typed> bind_in(bool negated, Typed operand, std::vector<Typed> items,
                      const CallContext& context) {
  operand.expression = fold(operand.expression, context);
  SharedOperand shared(operand.expression);
  SortedItems sorted;
  std::vector<Typed> others;
  for (Typed& item : items) {
    TRY(Typed equal, bind_comparison(BinaryOperator::equal, operand, std::move(item), context));
    if (sorted.take(equal, operand.expression)) continue;
    shared.add_use_in(equal);
    others.push_back(std::move(equal));
  }
  if (!sorted.empty()) {
    shared.add_use(operand.expression);
    others.push_back(std::move(sorted).make(operand));
  }
  // It is one comparison, or several of which one has to hold.
  TRY(Typed any, bind_junction(false, std::move(others), context));
  any = std::move(shared).share(std::move(any));
  return negated ? bind_unary(UnaryOperator::logical_not, std::move(any), context)
                 : Result<Typed>(std::move(any));
}

bool compares_as_it_is(const Type& type) {
  switch (type.kind()) {
    case Kind::text: return is_native(type.collation());
    case Kind::enumeration:
    case Kind::set:
    case Kind::json:
    case Kind::dynamic:
    case Kind::array:
    case Kind::geometry: return false;
    default: return true;
  }
}

Result<algebra::ExprPtr> comparison_key(const Typed& operand, const CallContext& context) {
  if (compares_as_it_is(operand.type)) return operand.expression;
  switch (operand.type.kind()) {
    case Kind::text:
      return make_call(op::kCollationKey, {operand}, bytes_type(0),
                       {Value::int64(operand.type.collation().id)})
          .expression;
    case Kind::enumeration:
    case Kind::set: return as_number_source(operand, context).expression;
    default: return make_call(op::kJsonKey, {operand}, json_type()).expression;
  }
}

}  // namespace octavo::sql
