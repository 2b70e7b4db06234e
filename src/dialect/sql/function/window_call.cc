#include "dialect/sql/function/window_call.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/rows.h"
#include "dialect/sql/aggregate/rows.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operation.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/type/common.h"

namespace octavo::sql {
namespace {

using algebra::WindowKind;

// What a row has as its arguments.
enum class Shape : std::uint8_t {
  nothing,
  count,             // NTILE(n)
  value_and_offset,  // LAG(x), LAG(x, n), LAG(x, n, otherwise)
  value,             // FIRST_VALUE(x)
  value_and_number,  // NTH_VALUE(x, n)
};

struct Row {
  std::string_view name;
  WindowKind kind;
  Shape shape;
  std::size_t least, most;  // arguments
};
constexpr std::array kRows = std::to_array<Row>({
    {"ROW_NUMBER", WindowKind::row_number, Shape::nothing, 0, 0},
    {"RANK", WindowKind::rank, Shape::nothing, 0, 0},
    {"DENSE_RANK", WindowKind::dense_rank, Shape::nothing, 0, 0},
    {"PERCENT_RANK", WindowKind::percent_rank, Shape::nothing, 0, 0},
    {"CUME_DIST", WindowKind::cume_dist, Shape::nothing, 0, 0},
    {"NTILE", WindowKind::ntile, Shape::count, 1, 1},
    {"LAG", WindowKind::lag, Shape::value_and_offset, 1, 3},
    {"LEAD", WindowKind::lead, Shape::value_and_offset, 1, 3},
    {"FIRST_VALUE", WindowKind::first_value, Shape::value, 1, 1},
    {"LAST_VALUE", WindowKind::last_value, Shape::value, 1, 1},
    {"NTH_VALUE", WindowKind::nth_value, Shape::value_and_number, 2, 2},
});
static_assert(rows_differ(kRows, &Row::name, &Row::kind));

const Row* find_row(std::string_view name) {
  const auto* row = std::ranges::find(kRows, name, &Row::name);
  return row == kRows.end() ? nullptr : row;
}

std::string lower(std::string_view name) {
  std::string text(name);
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

// A constant integer of at least `least` (1210).
Result<std::uint64_t> count_of(const WindowCall& call, std::size_t i, std::uint64_t least) {
  const value::Value* const constant = call.arguments[i].constant();
  if (constant != nullptr && constant->is_null() && call.form_only) return least;
  const bool is_integer = constant != nullptr && (constant->type() == value::Type::int64 ||
                                                  constant->type() == value::Type::uint64);
  if (!is_integer) return error<1210>(lower(call.name));
  const std::int64_t number = constant->to_int64().value_or(-1);
  if (number < 0 || static_cast<std::uint64_t>(number) < least) {
    return error<1210>(lower(call.name));
  }
  return static_cast<std::uint64_t>(number);
}

Type result_type(Type type) {
  type.flags = 0;
  return with_null(std::move(type), true);
}

Type counted_type(WindowKind kind) {
  const bool is_share = kind == WindowKind::percent_rank || kind == WindowKind::cume_dist;
  return with_null(is_share ? double_type() : big_integer(true), false);
}

// The value of another row, or what stands for it where there is none.
Status bind_offset(WindowCall& call, const CallContext& context, BoundWindow& bound) {
  if (call.arguments.size() > 1) {
    TRY(bound.function.count, count_of(call, 1, 0));
  }
  Typed& value = call.arguments[0];
  if (call.arguments.size() < 3) {
    bound.type = result_type(value.type);
    bound.function.argument = value.expression;
    return {};
  }
  Typed& otherwise = call.arguments[2];
  TRY(Type common, common_type(std::array{value.type, otherwise.type}, call.name));
  TRY(value, convert_to(std::move(value), common, context));
  TRY(otherwise, convert_to(std::move(otherwise), common, context));
  bound.function.argument = value.expression;
  bound.function.otherwise = otherwise.expression;
  bound.type = result_type(std::move(common));
  return {};
}

constexpr bool is_extreme(std::uint16_t number) {
  return number >= std::to_underlying(AggregateNumber::minimum) &&
         number <= std::to_underlying(AggregateNumber::maximum_by);
}

}  // namespace

bool is_window_function(std::string_view upper_name) { return find_row(upper_name) != nullptr; }

bool has_frame(WindowKind kind) { return kind >= WindowKind::first_value; }

Result<BoundWindow> bind_window(WindowCall call, const CallContext& context) {
  const Row* const row = find_row(call.name);
  if (row == nullptr) return error<1235>(call.name);
  if (call.arguments.size() < row->least || call.arguments.size() > row->most) {
    return error<1582>(call.name);
  }
  BoundWindow bound{.function = {.kind = row->kind}, .type = counted_type(row->kind)};
  switch (row->shape) {
    case Shape::nothing: break;
    case Shape::count: {
      TRY(bound.function.count, count_of(call, 0, 1));
      break;
    }
    case Shape::value_and_offset: TRY_STATUS(bind_offset(call, context, bound)); break;
    case Shape::value_and_number: {
      TRY(bound.function.count, count_of(call, 1, 1));
      [[fallthrough]];
    }
    case Shape::value:
      bound.function.argument = call.arguments[0].expression;
      bound.type = result_type(call.arguments[0].type);
      break;
  }
  return bound;
}

BoundWindow window_of(BoundAggregate aggregate, bool slides) {
  BoundWindow bound{.function = {.kind = WindowKind::aggregate}, .type = std::move(aggregate.type)};
  algebra::Aggregate& of = bound.function.aggregate.emplace(std::move(aggregate.aggregate));
  const bool brings = of.kind == algebra::AggregateKind::function;
  if (slides && brings && is_extreme(of.function.number)) {
    of.options.push_back({"sliding", algebra::constant(value::Value::boolean(true))});
  }
  return bound;
}

}  // namespace octavo::sql
