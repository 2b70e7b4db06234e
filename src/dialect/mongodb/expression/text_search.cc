// Strings that are looked for in strings, replaced there, or taken from their ends.

#include <algorithm>
#include <iterator>
#include <limits>

#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/type/print.h"
#include "value/utf8.h"

namespace octavo::mongodb {
namespace {

using value::Value;

// Of $indexOfBytes and $indexOfCP.
struct Unit {
  std::string_view name;
  std::uint32_t text_code;
  std::uint32_t part_code;
  std::size_t (*size)(std::string_view text);
  // Where the part is from `begin` on and before `end`; npos: nowhere.
  std::size_t (*find)(std::string_view text, std::string_view part, std::size_t begin,
                      std::size_t end);
};

// The part lies within.
std::size_t find_bytes(std::string_view text, std::string_view part, std::size_t begin,
                       std::size_t end) {
  return text.substr(0, end).find(part, begin);
}

// The part begins within, at a character that there is.
std::size_t find_characters(std::string_view text, std::string_view part, std::size_t begin,
                            std::size_t end) {
  if (text.empty() && part.empty() && begin == 0) return 0;
  const std::size_t first = value::code_point_offset(text, begin);
  const std::size_t at = text.find(part, first);
  if (at == text.npos || at == text.size()) return text.npos;
  const std::size_t place = begin + value::count_code_points(text.substr(first, at - first));
  return place < end ? place : text.npos;
}

constexpr Unit kBytes{"$indexOfBytes", 40091, 40092,
                      [](std::string_view text) { return text.size(); }, find_bytes};
constexpr Unit kCharacters{"$indexOfCP", 40093, 40094, value::count_code_points, find_characters};

Result<std::size_t> read_index(const Item& index, std::string_view which, std::string_view name) {
  const auto integral = index ? exact_int32(*index) : std::nullopt;
  if (!integral) {
    return error(40096,
                 "{} requires an integral {} index, found a value of type: {}, with value: {}",
                 name, which, type_alias(index), print_operand(index));
  }
  if (*integral < 0) {
    return error(40097, "{} requires a nonnegative {} index, found: {}", name, which, *integral);
  }
  return static_cast<std::size_t>(*integral);
}

Result<Item> index_of(std::span<const Item> arguments, const Unit& unit) {
  const Item& text = arguments[0];
  if (is_nullish(text)) return null_item();
  if (!is_string(text)) {
    return error(unit.text_code, "{} requires a string as the first argument, found: {}", unit.name,
                 type_alias(text));
  }
  const Item& part = arguments[1];
  if (!is_string(part)) {
    return error(unit.part_code, "{} requires a string as the second argument, found: {}",
                 unit.name, type_alias(part));
  }
  const std::string_view whole = text->as_string();
  std::size_t begin = 0;
  std::size_t end = unit.size(whole);
  if (arguments.size() > 2) {
    TRY(begin, read_index(arguments[2], "starting", unit.name));
  }
  if (arguments.size() > 3) {
    TRY(const std::size_t limit, read_index(arguments[3], "ending", unit.name));
    end = std::min(end, limit);
  }
  const std::size_t place =
      begin > end ? whole.npos : unit.find(whole, part->as_string(), begin, end);
  return Item(Value::int32(place == whole.npos ? -1 : static_cast<std::int32_t>(place)));
}
Result<Item> index_of_bytes(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return index_of(arguments, kBytes);
}
Result<Item> index_of_characters(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return index_of(arguments, kCharacters);
}

// (text, what is looked for, what comes in its place)
Result<Item> replace(const OperationCall& call, std::span<const Item> arguments, bool all) {
  const std::string_view name = all ? "$replaceAll" : "$replaceOne";
  struct Part {
    std::string_view name;
    std::uint32_t code;
  };
  constexpr Part kParts[] = {{"input", 51746}, {"find", 51745}, {"replacement", 51744}};
  for (std::size_t i = 0; i < std::size(kParts); ++i) {
    if (is_nullish(arguments[i]) || is_string(arguments[i])) continue;
    return error(kParts[i].code, "{} requires that '{}' be a string, found: {}", name,
                 kParts[i].name, print_operand(arguments[i]));
  }
  if (any_nullish(arguments)) return null_item();
  const std::string_view text = arguments[0]->as_string();
  const std::string_view find = arguments[1]->as_string();
  const std::string_view replacement = arguments[2]->as_string();
  std::string result;
  std::size_t from = 0;
  for (;;) {
    const std::size_t at = text.find(find, from);
    if (at == text.npos) break;
    TRY_STATUS(call.context.spend(1));
    TRY_STATUS(check_text_size(call, result.size() + (at - from) + replacement.size()));
    result.append(text.substr(from, at - from)).append(replacement);
    from = at + find.size();
    // The empty string is before each character, and at the end.
    if (find.empty()) {
      if (from == text.size()) break;
      const std::size_t length = value::code_point_offset(text.substr(from), 1);
      result.append(text.substr(from, length));
      from += length;
    }
    if (!all) break;
  }
  TRY_STATUS(check_text_size(call, result.size() + (text.size() - from)));
  result.append(text.substr(from));
  TRY_STATUS(spend_text(call, result.size()));
  return Item(Value::string(result));
}
Result<Item> replace_one(const OperationCall& call, std::span<const Item> arguments) {
  return replace(call, arguments, false);
}
Result<Item> replace_all(const OperationCall& call, std::span<const Item> arguments) {
  return replace(call, arguments, true);
}

constexpr char32_t kSpaces[] = {
    U'\0',     U' ',      U'\t',     U'\n',     U'\v',     U'\f',     U'\r',
    U'\u00a0', U'\u1680', U'\u2000', U'\u2001', U'\u2002', U'\u2003', U'\u2004',
    U'\u2005', U'\u2006', U'\u2007', U'\u2008', U'\u2009', U'\u200a',
};

enum class Ends : std::uint8_t { both, left, right };

// (text, characters), by their code points.
Result<Item> trim(const OperationCall& call, std::span<const Item> arguments, Ends ends,
                  std::string_view name) {
  const Item& text = arguments[0];
  if (is_nullish(text)) return null_item();
  if (!is_string(text)) {
    return error(50699, "{} requires its input to be a string, got {} (of type {}) instead.", name,
                 print_operand(text), type_alias(text));
  }
  std::vector<char32_t> unwanted(std::begin(kSpaces), std::end(kSpaces));
  if (is_given(call, 1)) {
    const Item& characters = arguments[1];
    if (is_nullish(characters)) return null_item();
    if (!is_string(characters)) {
      return error(50700, "{} requires 'chars' to be a string, got {} (of type {}) instead.", name,
                   print_operand(characters), type_alias(characters));
    }
    unwanted.clear();
    std::string_view rest = characters->as_string();
    while (!rest.empty()) unwanted.push_back(value::take_code_point(rest));
  }
  const auto is_unwanted = [&unwanted](std::string_view character) {
    return std::ranges::find(unwanted, value::take_code_point(character)) != unwanted.end();
  };
  std::string_view rest = text->as_string();
  while (ends != Ends::right && !rest.empty() && is_unwanted(rest)) {
    rest.remove_prefix(value::code_point_offset(rest, 1));
  }
  while (ends != Ends::left && !rest.empty()) {
    std::size_t last = rest.size() - 1;
    while (last > 0 && !value::starts_code_point(rest[last])) --last;
    if (!is_unwanted(rest.substr(last))) break;
    rest = rest.substr(0, last);
  }
  return Item(Value::string(rest));
}
Result<Item> trim_both(const OperationCall& call, std::span<const Item> arguments) {
  return trim(call, arguments, Ends::both, "$trim");
}
Result<Item> trim_left(const OperationCall& call, std::span<const Item> arguments) {
  return trim(call, arguments, Ends::left, "$ltrim");
}
Result<Item> trim_right(const OperationCall& call, std::span<const Item> arguments) {
  return trim(call, arguments, Ends::right, "$rtrim");
}

constexpr OperandField kTrimFields[] = {{.name = "input", .missing = 50695}, {.name = "chars"}};
constexpr OperandForm kTrimForm{.not_object = 50696, .unknown = 50694, .fields = kTrimFields};
constexpr OperandField kReplaceFields[] = {{.name = "input", .missing = 51749},
                                           {.name = "find", .missing = 51748},
                                           {.name = "replacement", .missing = 51747}};
constexpr OperandForm kReplaceForm{.not_object = 51751, .unknown = 51750, .fields = kReplaceFields};

constexpr OperationRow kOperations[] = {
    {.number = op::kIndexOfBytes, .name = "indexOfBytes", .least = 2, .eager = index_of_bytes},
    {.number = op::kIndexOfCP, .name = "indexOfCP", .least = 2, .eager = index_of_characters},
    {.number = op::kReplaceOne, .name = "replaceOne", .least = 3, .eager = replace_one},
    {.number = op::kReplaceAll, .name = "replaceAll", .least = 3, .eager = replace_all},
    {.number = op::kTrim, .name = "trim", .least = 2, .eager = trim_both},
    {.number = op::kLtrim, .name = "ltrim", .least = 2, .eager = trim_left},
    {.number = op::kRtrim, .name = "rtrim", .least = 2, .eager = trim_right},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$indexOfBytes", .number = op::kIndexOfBytes, .least = 2, .most = 4},
    {.name = "$indexOfCP", .number = op::kIndexOfCP, .least = 2, .most = 4},
    {.name = "$replaceOne", .number = op::kReplaceOne, .form = &kReplaceForm},
    {.name = "$replaceAll", .number = op::kReplaceAll, .form = &kReplaceForm},
    {.name = "$trim", .number = op::kTrim, .form = &kTrimForm},
    {.name = "$ltrim", .number = op::kLtrim, .form = &kTrimForm},
    {.name = "$rtrim", .number = op::kRtrim, .form = &kTrimForm},
};

}  // namespace

std::span<const OperationRow> text_search_operations() { return kOperations; }
std::span<const OperatorRow> text_search_operators() { return kOperators; }

}  // namespace octavo::mongodb
