// Comparisons of two values of one kind: as values compare, as texts under a collation, as JSON.

#include <algorithm>

#include "dialect/sql/function/arguments.h"
#include "dialect/sql/function/json_order.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operation_tables.h"

namespace octavo::sql {
namespace {

using value::Value;
using Ordering = std::strong_ordering;

constexpr auto kIsEqual = [](Ordering order) { return order == 0; };
constexpr auto kIsNotEqual = [](Ordering order) { return order != 0; };
constexpr auto kIsLess = [](Ordering order) { return order < 0; };
constexpr auto kIsLessOrEqual = [](Ordering order) { return order <= 0; };
constexpr auto kIsGreater = [](Ordering order) { return order > 0; };
constexpr auto kIsGreaterOrEqual = [](Ordering order) { return order >= 0; };

struct Natively {
  static Result<Ordering> order(Args args) { return value::compare(args[0], args[1]); }
};
struct AsTexts {
  static Result<Ordering> order(Args args) {
    TRY(const std::string_view a, string_at(args, 0));
    TRY(const std::string_view b, string_at(args, 1));
    TRY(const value::Collation* collation, collation_at(args, 2));
    return collation->compare(a, b);
  }
};
struct AsJson {
  static Result<Ordering> order(Args args) { return compare_json(args[0], args[1]); }
};

template <class Way, auto kHolds>
Result<Value> compared(const SingleCall& /*call*/, Args args) {
  TRY(const Ordering order, Way::order(args));
  return Value::boolean(kHolds(order));
}

template <class Way>
Result<Value> null_safe(const SingleCall& /*call*/, Args args) {
  if (args[0].is_null() || args[1].is_null()) {
    return Value::boolean(args[0].is_null() && args[1].is_null());
  }
  TRY(const Ordering order, Way::order(args));
  return Value::boolean(order == 0);
}

// (value, sorted array, whether there was a null beside them)
Result<Value> in_sorted(const SingleCall& /*call*/, Args args) {
  if (!args[1].is_array()) return wrong_form();
  TRY(const std::int64_t has_null, integer_at(args, 2));
  const value::ArrayView items = args[1].as_array();
  const auto found = std::ranges::lower_bound(
      items, args[0], [](const Value& a, const Value& b) { return value::compare(a, b) < 0; });
  if (found != items.end() && value::compare(*found, args[0]) == 0) return Value::boolean(true);
  return has_null != 0 ? Value() : Value::boolean(false);
}

Result<Value> collation_key(const SingleCall& call, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  TRY(const value::Collation* collation, collation_at(args, 1));
  TRY_STATUS(call.context.spend(text.size() / 64));
  // Its room stays: rows have keys of about one length.
  constexpr std::size_t kMostKept = 4096;
  thread_local Bytes key;
  key.clear();
  collation->key(text, key);
  Value out = Value::bytes(key);
  if (key.capacity() > kMostKept) Bytes().swap(key);
  return out;
}

// Of ENUM its place, from 1; what is no member is 0. Of SET a bit for each.
Result<Value> member_number(const SingleCall& /*call*/, Args args) {
  if (!args[1].is_array()) return wrong_form();
  const value::ArrayView members = args[1].as_array();
  const auto place = [&](const Value& member) {
    return std::ranges::find(members, member) - members.begin();
  };
  const auto count = static_cast<std::ptrdiff_t>(members.size());
  if (!args[0].is_array()) {
    const std::ptrdiff_t at = place(args[0]);
    return Value::int64(at == count ? 0 : at + 1);
  }
  std::uint64_t bits = 0;
  for (const Value& each : args[0].as_array()) {
    const std::ptrdiff_t at = place(each);
    if (at < std::min<std::ptrdiff_t>(count, 64)) bits |= std::uint64_t{1} << at;
  }
  return Value::uint64(bits);
}

Result<Value> key_of_json(const SingleCall& /*call*/, Args args) { return json_key(args[0]); }

constexpr OperationRow null_safe_row(std::uint16_t number, std::string_view name,
                                     Result<Value> (*single)(const SingleCall&, Args),
                                     std::uint8_t least = 2) {
  return {.number = number,
          .name = name,
          .least = least,
          .flags = operation_flag::kInfix,
          .symbol = "<=>",
          .single = single};
}
constexpr OperationRow strict(std::uint16_t number, std::string_view name, std::uint8_t least,
                              Result<Value> (*single)(const SingleCall&, Args)) {
  return {.number = number,
          .name = name,
          .least = least,
          .flags = operation_flag::kStrict,
          .single = single};
}

constexpr OperationRow kRows[] = {
    infix(op::kEqual, "sql.equal", "=", compared<Natively, kIsEqual>),
    infix(op::kNotEqual, "sql.not_equal", "<>", compared<Natively, kIsNotEqual>),
    infix(op::kLess, "sql.less", "<", compared<Natively, kIsLess>),
    infix(op::kLessOrEqual, "sql.less_or_equal", "<=", compared<Natively, kIsLessOrEqual>),
    infix(op::kGreater, "sql.greater", ">", compared<Natively, kIsGreater>),
    infix(op::kGreaterOrEqual, "sql.greater_or_equal", ">=", compared<Natively, kIsGreaterOrEqual>),
    null_safe_row(op::kNullSafeEqual, "sql.null_safe_equal", null_safe<Natively>),
    infix(op::kEqualText, "sql.equal_text", "=", compared<AsTexts, kIsEqual>, 3),
    infix(op::kNotEqualText, "sql.not_equal_text", "<>", compared<AsTexts, kIsNotEqual>, 3),
    infix(op::kLessText, "sql.less_text", "<", compared<AsTexts, kIsLess>, 3),
    infix(op::kLessOrEqualText, "sql.less_or_equal_text", "<=", compared<AsTexts, kIsLessOrEqual>,
          3),
    infix(op::kGreaterText, "sql.greater_text", ">", compared<AsTexts, kIsGreater>, 3),
    infix(op::kGreaterOrEqualText, "sql.greater_or_equal_text",
          ">=", compared<AsTexts, kIsGreaterOrEqual>, 3),
    null_safe_row(op::kNullSafeEqualText, "sql.null_safe_equal_text", null_safe<AsTexts>, 3),
    infix(op::kEqualJson, "sql.equal_json", "=", compared<AsJson, kIsEqual>),
    infix(op::kNotEqualJson, "sql.not_equal_json", "<>", compared<AsJson, kIsNotEqual>),
    infix(op::kLessJson, "sql.less_json", "<", compared<AsJson, kIsLess>),
    infix(op::kLessOrEqualJson, "sql.less_or_equal_json", "<=", compared<AsJson, kIsLessOrEqual>),
    infix(op::kGreaterJson, "sql.greater_json", ">", compared<AsJson, kIsGreater>),
    infix(op::kGreaterOrEqualJson, "sql.greater_or_equal_json",
          ">=", compared<AsJson, kIsGreaterOrEqual>),
    null_safe_row(op::kNullSafeEqualJson, "sql.null_safe_equal_json", null_safe<AsJson>),
    strict(op::kInSorted, "sql.in", 3, in_sorted),
    strict(op::kCollationKey, "sql.collation_key", 2, collation_key),
    strict(op::kMemberNumber, "sql.member_number", 2, member_number),
    strict(op::kJsonKey, "sql.json_key", 1, key_of_json),
};

}  // namespace

std::span<const OperationRow> comparison_operations() { return kRows; }

}  // namespace octavo::sql
