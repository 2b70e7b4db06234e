// Strings that are put together, measured and cut.

#include <algorithm>

#include "base/ascii.h"
#include "dialect/mongodb/expression/coerce.h"
#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/type/print.h"
#include "value/utf8.h"

namespace octavo::mongodb {
namespace {

using value::Value;

Result<Item> concatenate(const OperationCall& call, std::span<const Item> arguments) {
  std::string text;
  for (const Item& argument : arguments) {
    if (is_nullish(argument)) return null_item();
    if (!is_string(argument)) {
      return error(16702, "$concat only supports strings, not {}", type_alias(argument));
    }
    TRY_STATUS(check_text_size(call, text.size() + argument->as_string().size()));
    text += argument->as_string();
  }
  TRY_STATUS(spend_text(call, text.size()));
  return Item(Value::string(text));
}

Result<Item> split(const OperationCall& call, std::span<const Item> arguments) {
  if (any_nullish(arguments)) return null_item();
  const Item& text = arguments[0];
  const Item& separator = arguments[1];
  if (!is_string(text)) {
    return error(40085,
                 "$split requires an expression that evaluates to a string as a first "
                 "argument, found: {}",
                 type_alias(text));
  }
  if (!is_string(separator)) {
    return error(40086,
                 "$split requires an expression that evaluates to a string as a second "
                 "argument, found: {}",
                 type_alias(separator));
  }
  const std::string_view between = separator->as_string();
  if (between.empty()) return error(40087, "$split requires a non-empty separator");
  std::vector<Value> parts;
  std::string_view rest = text->as_string();
  for (;;) {
    TRY_STATUS(call.context.spend(1));
    const std::size_t at = rest.find(between);
    parts.push_back(Value::string(rest.substr(0, at)));
    if (at == rest.npos) break;
    rest.remove_prefix(at + between.size());
  }
  return Item(Value::array(std::move(parts)));
}

Value count(std::size_t number) { return Value::int32(static_cast<std::int32_t>(number)); }

Result<Item> bytes_of(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const Item& text = arguments[0];
  if (!is_string(text)) {
    return error(34473, "$strLenBytes requires a string argument, found: {}", type_alias(text));
  }
  return Item(count(text->as_string().size()));
}
Result<Item> characters_of(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const Item& text = arguments[0];
  if (!is_string(text)) {
    return error(34471, "$strLenCP requires a string argument, found: {}", type_alias(text));
  }
  return Item(count(value::count_code_points(text->as_string())));
}

Result<Item> compare_ignoring_case(const OperationCall& /*call*/, std::span<const Item> arguments) {
  TRY(std::string a, coerce_to_text(arguments[0]));
  TRY(std::string b, coerce_to_text(arguments[1]));
  for (char& c : a) c = to_upper(c);
  for (char& c : b) c = to_upper(c);
  const int order = a.compare(b);
  return Item(Value::int32(order < 0 ? -1 : order > 0 ? 1 : 0));
}

Result<Item> lower(const OperationCall& /*call*/, std::span<const Item> arguments) {
  TRY(std::string text, coerce_to_text(arguments[0]));
  for (char& c : text) c = to_lower(c);
  return Item(Value::string(text));
}
Result<Item> upper(const OperationCall& /*call*/, std::span<const Item> arguments) {
  TRY(std::string text, coerce_to_text(arguments[0]));
  for (char& c : text) c = to_upper(c);
  return Item(Value::string(text));
}

bool cuts_character(std::string_view text, std::size_t at) {
  return at < text.size() && !value::starts_code_point(text[at]);
}

Result<Item> substring_of_bytes(const OperationCall& /*call*/, std::span<const Item> arguments) {
  TRY(const std::string whole, coerce_to_text(arguments[0]));
  if (!is_number(arguments[1])) {
    return error(16034, "$substrBytes:  starting index must be a numeric type (is BSON type {})",
                 type_alias(arguments[1]));
  }
  if (!is_number(arguments[2])) {
    return error(16035, "$substrBytes:  length must be a numeric type (is BSON type {})",
                 type_alias(arguments[2]));
  }
  TRY(const std::int64_t from, coerce_to_long(*arguments[1]));
  TRY(const std::int64_t length, coerce_to_long(*arguments[2]));
  if (from < 0) {
    return error(50752, "$substrBytes:  starting index must be non-negative (got: {})", from);
  }
  const std::string_view text = whole;
  const auto begin = static_cast<std::size_t>(from);
  const std::size_t end = length < 0 || static_cast<std::size_t>(length) > text.size()
                              ? text.npos
                              : begin + static_cast<std::size_t>(length);
  if (cuts_character(text, begin)) {
    return error(28656,
                 "$substrBytes:  Invalid range, starting index is a UTF-8 continuation byte.");
  }
  if (cuts_character(text, end)) {
    return error(
        28657, "$substrBytes:  Invalid range, ending index is in the middle of a UTF-8 character.");
  }
  if (begin >= text.size()) return Item(Value::string(""));
  return Item(Value::string(text.substr(begin, end == text.npos ? end : end - begin)));
}

Result<std::int64_t> read_position(const Item& position, std::string_view which,
                                   std::uint32_t not_number, std::uint32_t not_integral) {
  if (!is_number(position)) {
    return error(not_number, "$substrCP: {} must be a numeric type (is BSON type {})", which,
                 type_alias(position));
  }
  const auto integral = exact_int32(*position);
  if (!integral) {
    return error(not_integral, "$substrCP: {} cannot be represented as a 32-bit integral value: {}",
                 which, print_operand(position));
  }
  return *integral;
}

Result<Item> substring_of_characters(const OperationCall& /*call*/,
                                     std::span<const Item> arguments) {
  TRY(const std::string whole, coerce_to_text(arguments[0]));
  TRY(const std::int64_t from, read_position(arguments[1], "starting index", 34450, 34451));
  TRY(const std::int64_t length, read_position(arguments[2], "length", 34452, 34453));
  if (length < 0) return error(34454, "$substrCP: length must be a nonnegative integer.");
  if (from < 0) return error(34455, "$substrCP: the starting index must be nonnegative integer.");
  std::string_view text = whole;
  text.remove_prefix(value::code_point_offset(text, static_cast<std::size_t>(from)));
  return Item(Value::string(
      text.substr(0, value::code_point_offset(text, static_cast<std::size_t>(length)))));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kConcat, .name = "concat", .eager = concatenate},
    {.number = op::kSplit, .name = "split", .least = 2, .eager = split},
    {.number = op::kStrLenBytes, .name = "strLenBytes", .least = 1, .eager = bytes_of},
    {.number = op::kStrLenCP, .name = "strLenCP", .least = 1, .eager = characters_of},
    {.number = op::kStrcasecmp, .name = "strcasecmp", .least = 2, .eager = compare_ignoring_case},
    {.number = op::kToLower, .name = "toLower", .least = 1, .eager = lower},
    {.number = op::kToUpper, .name = "toUpper", .least = 1, .eager = upper},
    {.number = op::kSubstrBytes, .name = "substrBytes", .least = 3, .eager = substring_of_bytes},
    {.number = op::kSubstrCP, .name = "substrCP", .least = 3, .eager = substring_of_characters},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$concat", .number = op::kConcat, .least = 0, .most = OperatorRow::kAny},
    {.name = "$split", .number = op::kSplit, .least = 2, .most = 2},
    {.name = "$strLenBytes", .number = op::kStrLenBytes},
    {.name = "$strLenCP", .number = op::kStrLenCP},
    {.name = "$strcasecmp", .number = op::kStrcasecmp, .least = 2, .most = 2},
    {.name = "$toLower", .number = op::kToLower},
    {.name = "$toUpper", .number = op::kToUpper},
    {.name = "$substr", .number = op::kSubstrBytes, .least = 3, .most = 3},
    {.name = "$substrBytes", .number = op::kSubstrBytes, .least = 3, .most = 3},
    {.name = "$substrCP", .number = op::kSubstrCP, .least = 3, .most = 3},
};

}  // namespace

std::span<const OperationRow> text_operations() { return kOperations; }
std::span<const OperatorRow> text_operators() { return kOperators; }

}  // namespace octavo::mongodb
