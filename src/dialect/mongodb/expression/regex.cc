// $regexMatch, $regexFind, $regexFindAll.

#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/type/pattern.h"
#include "dialect/mongodb/type/print.h"
#include "value/utf8.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

bool has_null_byte(std::string_view text) { return text.find('\0') != text.npos; }

// The options that go with a pattern: its own or those beside it, but not both.
Result<std::string_view> read_options(const Item& options, const Item& regex,
                                      std::string_view name) {
  if (!is_nullish(options) && !is_string(options)) {
    return error(51106, "{} needs 'options' to be of type string", name);
  }
  const std::string_view beside = is_string(options) ? options->as_string() : std::string_view();
  const bool literal = regex && regex->type() == Type::regex;
  if (literal && !regex->regex_options().empty() && is_string(options)) {
    return error(51107, "{}: found regex option(s) specified in both 'regex' and 'option' fields",
                 name);
  }
  if (has_null_byte(beside)) {
    return error(51110, "{}: regular expression options cannot contain an embedded null byte",
                 name);
  }
  return literal && beside.empty() ? regex->regex_options() : beside;
}

// Nothing: there is no pattern to look for.
Result<std::optional<Pattern>> read_pattern(std::span<const Item> arguments,
                                            std::string_view name) {
  const Item& regex = arguments[1];
  const bool literal = regex && regex->type() == Type::regex;
  if (!is_nullish(arguments[2]) && !is_string(arguments[2])) {
    return error(51106, "{} needs 'options' to be of type string", name);
  }
  if (!is_nullish(regex) && !literal && !is_string(regex)) {
    return error(51105, "{} needs 'regex' to be of type string or regex", name);
  }
  TRY(const std::string_view options, read_options(arguments[2], regex, name));
  if (is_nullish(regex)) return std::optional<Pattern>();
  const std::string_view text = literal ? regex->regex_pattern() : regex->as_string();
  auto pattern = Pattern::compile(text, options);
  if (pattern) return std::optional<Pattern>(*std::move(pattern));
  Error fault = std::move(pattern).error();
  constexpr std::uint32_t kNotCompiled = 51091;
  constexpr std::uint32_t kNotCompiledHere = 51111;
  if (fault.number == kNotCompiled) fault.number = kNotCompiledHere;
  return fail(std::move(fault));
}

// What is looked for in what; nothing of it where there is a null.
struct Search {
  std::optional<Pattern> pattern;
  std::string_view text;
};
Result<Search> read_search(std::span<const Item> arguments, std::string_view name) {
  TRY(std::optional<Pattern> pattern, read_pattern(arguments, name));
  const Item& input = arguments[0];
  if (is_nullish(input)) return Search{};
  if (!is_string(input)) {
    return error(51104, "{} needs 'input' to be of type string", name);
  }
  return Search{.pattern = std::move(pattern), .text = input->as_string()};
}

Value describe(const Pattern::Match& match, std::string_view text, std::size_t place) {
  const auto part = [text](const Pattern::Range& range) {
    return Value::string(text.substr(range.begin, range.end - range.begin));
  };
  std::vector<Value> captures;
  captures.reserve(match.groups.size());
  for (const auto& group : match.groups) captures.push_back(group ? part(*group) : Value::null());
  return Value::object({{"match", part(match.whole)},
                        {"idx", Value::int32(static_cast<std::int32_t>(place))},
                        {"captures", Value::array(std::move(captures))}});
}

Result<Item> matches(const OperationCall& /*call*/, std::span<const Item> arguments) {
  TRY(const Search search, read_search(arguments, "$regexMatch"));
  if (!search.pattern) return Item(Value::boolean(false));
  TRY(const bool found, search.pattern->matches(search.text));
  return Item(Value::boolean(found));
}

Result<Item> find_one(const OperationCall& /*call*/, std::span<const Item> arguments) {
  TRY(const Search search, read_search(arguments, "$regexFind"));
  if (!search.pattern) return null_item();
  TRY(const auto match, search.pattern->find(search.text));
  if (!match) return null_item();
  const std::size_t place = value::count_code_points(search.text.substr(0, match->whole.begin));
  return Item(describe(*match, search.text, place));
}

Result<Item> find_all(const OperationCall& call, std::span<const Item> arguments) {
  TRY(const Search search, read_search(arguments, "$regexFindAll"));
  std::vector<Value> found;
  if (!search.pattern) return Item(Value::array({}));
  std::size_t from = 0;
  std::size_t counted = 0;  // characters before byte `measured`
  std::size_t measured = 0;
  while (from <= search.text.size()) {
    TRY_STATUS(call.context.check());
    TRY(const auto match, search.pattern->find(search.text, from));
    if (!match) break;
    const Pattern::Range& whole = match->whole;
    counted += value::count_code_points(search.text.substr(measured, whole.begin - measured));
    measured = whole.begin;
    found.push_back(describe(*match, search.text, counted));
    from = whole.end;
    // An empty match is not found again: the next one begins a character later.
    if (whole.end == whole.begin) {
      if (from == search.text.size()) break;
      from += value::code_point_offset(search.text.substr(from), 1);
    }
    // There is none at the end of a text that has characters.
    if (from == search.text.size()) break;
  }
  return Item(Value::array(std::move(found)));
}

constexpr OperandField kFields[] = {
    {.name = "input", .missing = 31022}, {.name = "regex", .missing = 31023}, {.name = "options"}};
constexpr OperandForm kForm{.not_object = 51103, .unknown = 31024, .fields = kFields};

constexpr OperationRow kOperations[] = {
    {.number = op::kRegexMatch, .name = "regexMatch", .least = 3, .eager = matches},
    {.number = op::kRegexFind, .name = "regexFind", .least = 3, .eager = find_one},
    {.number = op::kRegexFindAll, .name = "regexFindAll", .least = 3, .eager = find_all},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$regexMatch", .number = op::kRegexMatch, .form = &kForm},
    {.name = "$regexFind", .number = op::kRegexFind, .form = &kForm},
    {.name = "$regexFindAll", .number = op::kRegexFindAll, .form = &kForm},
};

}  // namespace

std::span<const OperationRow> regex_operations() { return kOperations; }
std::span<const OperatorRow> regex_operators() { return kOperators; }

}  // namespace octavo::mongodb
