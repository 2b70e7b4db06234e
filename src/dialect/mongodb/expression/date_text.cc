// Dates as text and back: $dateToString, $dateFromString.

#include "dialect/mongodb/expression/clock_time.h"
#include "dialect/mongodb/expression/date_format.h"
#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::string_view kInUtc = "%Y-%m-%dT%H:%M:%S.%LZ";
constexpr std::string_view kInZone = "%Y-%m-%dT%H:%M:%S.%L";

// (date, format, zone, where the date is null)
Result<Item> to_text(const OperationCall& call, LazyArguments& arguments) {
  TRY(const Item date, arguments.evaluate(0));
  TRY(const Item format, arguments.evaluate(1));
  if (is_given(call, 1) && !is_nullish(format)) {
    if (!is_string(format)) {
      return error(18533, "$dateToString requires that 'format' be a string, found: {}",
                   type_alias(format));
    }
    TRY_STATUS(check_format(format->as_string(), FormatUse::print));
  }
  TRY(const Item zone_name, arguments.evaluate(2));
  const Item parts[] = {date, format, zone_name};
  TRY(const Zone* zone, read_zone(call, parts, 2));
  if (is_nullish(date)) return is_given(call, 3) ? arguments.evaluate(3) : null_item();
  if (zone == nullptr || (is_given(call, 1) && is_nullish(format))) return null_item();
  TRY(const std::int64_t millis, millis_of_date(*date));
  const bool in_utc = zone == &utc() || (zone->is_fixed() && zone->offset_at(0) == 0);
  const std::string_view by = is_given(call, 1) ? format->as_string() : in_utc ? kInUtc : kInZone;
  TRY(const std::string text, format_date(clock_time(millis, *zone), by));
  return Item(Value::string(text));
}

// The date, from what is no null; conversion_failure where the text is none.
Result<Item> read_text(const Item& text, const Item& format, const Zone* zone) {
  if (!is_string(text)) {
    return error(ErrorCode::conversion_failure,
                 "$dateFromString requires that 'dateString' be a string, found: {}",
                 type_alias(text));
  }
  if (is_string(format)) {
    TRY(const std::int64_t millis, read_date_text(text->as_string(), format->as_string(), zone));
    return Item(date_of_millis(millis));
  }
  TRY(const std::int64_t millis, read_date_text(text->as_string(), zone));
  return Item(date_of_millis(millis));
}

// (text, format, zone, where it is no date, where it is null)
Result<Item> from_text(const OperationCall& call, LazyArguments& arguments) {
  TRY(const Item text, arguments.evaluate(0));
  TRY(const Item format, arguments.evaluate(1));
  TRY(const Item zone_name, arguments.evaluate(2));
  const bool formatted = is_given(call, 1);
  if (formatted && !is_nullish(format)) {
    if (!is_string(format)) {
      return error(40684, "$dateFromString requires that 'format' be a string, found: {}",
                   type_alias(format));
    }
    TRY_STATUS(check_format(format->as_string(), FormatUse::read));
  }
  const Item parts[] = {text, format, zone_name};
  TRY(const Zone* zone, read_zone(call, parts, 2));
  if (is_nullish(text)) return is_given(call, 4) ? arguments.evaluate(4) : null_item();
  if (zone == nullptr || (formatted && is_nullish(format))) return null_item();
  auto result = read_text(text, format, is_given(call, 2) ? zone : nullptr);
  if (!result && is(result.error(), ErrorCode::conversion_failure) && is_given(call, 3)) {
    return arguments.evaluate(3);
  }
  return result;
}

constexpr OperandField kToFields[] = {{.name = "date", .missing = 18628},
                                      {.name = "format"},
                                      {.name = "timezone"},
                                      {.name = "onNull"}};
constexpr OperandForm kToForm{.not_object = 18629, .unknown = 18534, .fields = kToFields};
constexpr OperandField kFromFields[] = {{.name = "dateString", .missing = 40542},
                                        {.name = "format"},
                                        {.name = "timezone"},
                                        {.name = "onError"},
                                        {.name = "onNull"}};
constexpr OperandForm kFromForm{.not_object = 40540, .unknown = 40541, .fields = kFromFields};

constexpr OperationRow kOperations[] = {
    {.number = op::kDateToString, .name = "dateToString", .least = 4, .lazy = to_text},
    {.number = op::kDateFromString, .name = "dateFromString", .least = 5, .lazy = from_text},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$dateToString", .number = op::kDateToString, .form = &kToForm},
    {.name = "$dateFromString", .number = op::kDateFromString, .form = &kFromForm},
};

}  // namespace

std::span<const OperationRow> date_text_operations() { return kOperations; }
std::span<const OperatorRow> date_text_operators() { return kOperators; }

}  // namespace octavo::mongodb
