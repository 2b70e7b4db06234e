#include "dialect/mongodb/pipeline/window_frame.h"

#include <algorithm>
#include <array>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using algebra::Frame;
using algebra::FrameBound;
using algebra::FrameEdge;
using algebra::FrameUnit;
using value::Value;

constexpr std::string_view kCurrent = "current";
constexpr std::string_view kUnbounded = "unbounded";

enum class Side : std::uint8_t { lower, upper };

bool is_word(const Value& value, std::string_view word) {
  return value.is_string() && value.as_string() == word;
}

std::unexpected<Error> malformed(const char* text) {
  return error(ErrorCode::failed_to_parse, "{}", text);
}

// "current", "unbounded"; nothing: it is something else.
std::optional<FrameBound> word_bound(const Value& bound, Side side) {
  if (is_word(bound, kCurrent)) return FrameBound{.edge = FrameEdge::current_row};
  if (!is_word(bound, kUnbounded)) return std::nullopt;
  return FrameBound{.edge = side == Side::lower ? FrameEdge::unbounded_preceding
                                                : FrameEdge::unbounded_following};
}

Result<std::pair<Value, Value>> read_bounds(std::string_view name, const Value& bounds) {
  if (!bounds.is_array() || bounds.as_array().size() != 2) {
    return error(ErrorCode::failed_to_parse, "Window bounds must be a 2-element array: {}: {}",
                 name, print(bounds));
  }
  return std::pair(bounds.as_array()[0], bounds.as_array()[1]);
}

Status check_ascending(const Value& lower, const Value& upper) {
  constexpr std::uint32_t kWrongWay = 5339900;
  const auto number = [](const Value& bound) {
    return is_word(bound, kCurrent) ? Value::int32(0) : bound;
  };
  const Value low = number(lower);
  const Value high = number(upper);
  if (!low.is_number() || !high.is_number()) return {};
  if (value::compare(low, high, value::Order::bson) <= 0) return {};
  return error(kWrongWay, "Lower bound must not exceed upper bound: [{}, {}]", print(lower),
               print(upper));
}

// --- By documents ---

Result<FrameBound> document_bound(const Value& bound, Side side) {
  if (const auto word = word_bound(bound, side)) return *word;
  const auto rows = bound.is_number() ? bound.to_int64() : std::nullopt;
  if (!rows) {
    return error(ErrorCode::failed_to_parse,
                 "Numeric document-based bounds must be an integer, 'current' or 'unbounded', but "
                 "found {}",
                 print(bound));
  }
  if (*rows == 0) return FrameBound{.edge = FrameEdge::current_row};
  const bool before = *rows < 0;
  return FrameBound{.edge = before ? FrameEdge::preceding : FrameEdge::following,
                    .rows = before ? std::uint64_t{0} - static_cast<std::uint64_t>(*rows)
                                   : static_cast<std::uint64_t>(*rows)};
}

Result<Frame> document_frame(const Value& documents, const WindowSpec& window) {
  constexpr std::uint32_t kNoOrder = 5339901;
  TRY(const auto bounds, read_bounds("documents", documents));
  Frame frame{.unit = FrameUnit::rows};
  TRY(frame.start, document_bound(bounds.first, Side::lower));
  TRY(frame.end, document_bound(bounds.second, Side::upper));
  TRY_STATUS(check_ascending(bounds.first, bounds.second));
  const bool is_whole = is_word(bounds.first, kUnbounded) && is_word(bounds.second, kUnbounded);
  if (window.order.empty() && !is_whole) {
    return error(kNoOrder, "Document-based bounds require a sortBy");
  }
  return frame;
}

// --- By range ---

// row → the key of its order, moved by `distance`.
Result<ExprPtr> limit_of(const Value& distance, const Value* unit, const WindowSpec& window) {
  const ExprPtr key =
      call(op::kRangeKey, {sort_key(window.order, 0, algebra::variable(window.row.row)),
                           algebra::constant(Value::boolean(unit != nullptr))});
  const Variables variables = window.row.variables.with("key", key);
  const Value start = Value::string("$$key");
  const Value moved =
      unit == nullptr
          ? Value::object({{"$add", Value::array({start, distance})}})
          : Value::object(
                {{"$dateAdd",
                  Value::object({{"startDate", start}, {"unit", *unit}, {"amount", distance}})}});
  TRY(ExprPtr limit, parse_expression(moved, variables));
  return row_lambda(window.row.row, std::move(limit));
}

Result<FrameBound> range_bound(const Value& bound, Side side, const Value* unit,
                               const WindowSpec& window) {
  if (is_word(bound, kUnbounded)) return *word_bound(bound, side);
  if (!is_word(bound, kCurrent)) {
    if (!bound.is_number()) {
      return error(ErrorCode::failed_to_parse,
                   "Range-based bounds expression must be a number, 'current' or 'unbounded', but "
                   "found {}",
                   print(bound));
    }
    if (unit != nullptr && !bound.to_int64()) {
      return malformed("With 'unit', range-based bounds must be an integer");
    }
  }
  // The current row is looked at as well: its key must be of the right type.
  const Value distance = bound.is_number() ? bound : Value::int32(0);
  FrameBound made{.edge = side == Side::lower ? FrameEdge::preceding : FrameEdge::following};
  TRY(made.limit, limit_of(distance, unit, window));
  return made;
}

Result<Frame> range_frame(const Value& range, const Value* unit, const WindowSpec& window) {
  constexpr std::uint32_t kNoOrder = 5339902;
  constexpr std::uint32_t kDescending = 8947401;
  TRY(const auto bounds, read_bounds("range", range));
  if (window.order.size() != 1) {
    return error(kNoOrder, "Range-based window require sortBy a single field");
  }
  if (window.order.front().direction == algebra::Direction::descending) {
    return error(kDescending, "Range-based bounds require an ascending sortBy");
  }
  Frame frame{.unit = FrameUnit::range};
  TRY(frame.start, range_bound(bounds.first, Side::lower, unit, window));
  TRY(frame.end, range_bound(bounds.second, Side::upper, unit, window));
  TRY_STATUS(check_ascending(bounds.first, bounds.second));
  return frame;
}

struct UnitRow {
  std::string_view name;
  std::int64_t millis;  // 0: it has no fixed length
};
constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kDay = 24 * 60 * 60 * kSecond;
constexpr std::array kUnits{
    UnitRow{"year", 0},
    UnitRow{"quarter", 0},
    UnitRow{"month", 0},
    UnitRow{"week", 7 * kDay},
    UnitRow{"day", kDay},
    UnitRow{"hour", kDay / 24},
    UnitRow{"minute", 60 * kSecond},
    UnitRow{"second", kSecond},
    UnitRow{"millisecond", 1},
};

Result<const UnitRow*> find_unit(const Value& unit) {
  if (!unit.is_string()) return malformed("'unit' must be a string");
  const auto* row = std::ranges::find(kUnits, unit.as_string(), &UnitRow::name);
  if (row == kUnits.end()) {
    return error(ErrorCode::failed_to_parse, "unknown time unit value: {}", unit.as_string());
  }
  return row;
}

}  // namespace

Result<std::optional<Frame>> parse_frame(const Value* spec, const WindowSpec& window) {
  constexpr std::array<std::string_view, 3> kNames{"documents", "range", "unit"};
  if (spec == nullptr) return std::optional<Frame>();
  if (!spec->is_object()) return malformed("'window' field must be an object");
  for (const value::Field& field : spec->as_object()) {
    if (std::ranges::find(kNames, field.name) != kNames.end()) continue;
    return error(ErrorCode::failed_to_parse,
                 "'window' field that is not 'documents', 'range' or 'unit': {}", field.name);
  }
  const Value* documents = spec->find(kNames[0]);
  const Value* range = spec->find(kNames[1]);
  const Value* unit = spec->find(kNames[2]);
  if (documents != nullptr && range != nullptr) {
    return malformed("Window bounds can specify either 'documents' or 'unit', not both.");
  }
  if (unit != nullptr && range == nullptr) {
    return malformed("Window bounds can only specify 'unit' with range-based bounds.");
  }
  if (unit != nullptr) TRY_STATUS(find_unit(*unit));
  if (documents != nullptr) {
    TRY(Frame frame, document_frame(*documents, window));
    return std::optional(std::move(frame));
  }
  if (range == nullptr) return std::optional<Frame>();
  TRY(Frame frame, range_frame(*range, unit, window));
  return std::optional(std::move(frame));
}

Frame frame_until_row() {
  return {.unit = FrameUnit::rows,
          .start = {.edge = FrameEdge::unbounded_preceding},
          .end = {.edge = FrameEdge::current_row}};
}

Frame frame_from_row() {
  return {.unit = FrameUnit::rows,
          .start = {.edge = FrameEdge::current_row},
          .end = {.edge = FrameEdge::unbounded_following}};
}

Result<std::int64_t> unit_millis(std::string_view stage, const Value& unit) {
  TRY(const UnitRow* row, find_unit(unit));
  if (row->millis == 0) {
    return error(ErrorCode::failed_to_parse,
                 "unit '{}' is ambiguous for {}: it must be 'week' or smaller", row->name, stage);
  }
  return row->millis;
}

}  // namespace octavo::mongodb
