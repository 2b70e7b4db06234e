#include <fmt/format.h>

#include <algorithm>

#include "algebra/plan_words.h"
#include "algebra/text_reader.h"

namespace octavo::algebra {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

}  // namespace

std::unexpected<Error> TextReader::expected(std::string_view what) const {
  return fail(Code::invalid_argument, fmt::format("expected {} at byte {}: '{}'", what,
                                                  rest_.data() - begin_, rest_.substr(0, 40)));
}

void TextReader::skip_space() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
}

bool TextReader::take(char c) {
  if (peek() != c || rest_.empty()) return false;
  rest_.remove_prefix(1);
  return true;
}

std::string_view TextReader::word() {
  skip_space();
  std::size_t size = 0;
  while (size < rest_.size() && is_word(rest_[size])) ++size;
  const std::string_view result = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return result;
}

bool TextReader::take_word(std::string_view wanted) {
  const std::string_view before = rest_;
  if (word() == wanted) return true;
  rest_ = before;
  return false;
}

bool TextReader::take_list(std::string_view name) {
  const std::string_view before = rest_;
  if (take('(') && take_word(name)) return true;
  rest_ = before;
  return false;
}

bool TextReader::take_lone(char sign) {
  if (peek() != sign || (rest_.size() > 1 && is_word(rest_[1]))) return false;
  rest_.remove_prefix(1);
  return true;
}

bool TextReader::take_setting(std::string_view name) {
  const std::string_view before = rest_;
  if (word() == name && !rest_.empty() && rest_[0] == '=') {
    rest_.remove_prefix(1);
    return true;
  }
  rest_ = before;
  return false;
}

Result<value::Value> TextReader::value() {
  auto read = value::read_notation(rest_);
  if (!read) return expected("a value");
  return read;
}

Result<VarId> TextReader::variable_id() {
  if (!take('v')) return expected("a variable");
  TRY(const auto id, number<std::uint64_t>());
  return VarId{id};
}

Result<ExprPtr> TextReader::expression(std::size_t depth) {
  if (depth > kMaxExpressionDepth) return expected("less nesting");
  switch (peek()) {
    case '(': return node(depth);
    case 'v': {
      TRY(const VarId id, variable_id());
      return variable(id);
    }
    default: {
      TRY(value::Value constant_value, value());
      return constant(std::move(constant_value));
    }
  }
}

Result<ExprPtr> TextReader::node(std::size_t depth) {
  take('(');
  if (take_word("lambda")) return lambda_node(depth);
  if (take_word("array")) {
    TRY(auto elements, arguments(depth));
    if (!take(')')) return expected("an element or ')'");
    return make_array(std::move(elements));
  }
  if (take_word("object")) {
    TRY(auto fields, options(depth));
    if (!take(')')) return expected("a field or ')'");
    return make_object(std::move(fields));
  }
  if (take_word("subplan")) return subplan_node(depth);
  return call_node(depth);
}

Result<ExprPtr> TextReader::subplan_node(std::size_t depth) {
  Subplan node;
  const SubplanWord* kind = nullptr;
  for (const SubplanWord& row : kSubplanWords) {
    if (kind == nullptr && take_word(row.word)) kind = &row;
  }
  if (kind == nullptr) return expected("rows, exists or any");
  node.kind = kind->kind;
  if (!take_setting("family")) return expected("family=");
  TRY(const auto family, number<std::uint8_t>());
  node.family = FamilyId{family};
  if (!take('(')) return expected("parameters");
  while (!take(')')) {
    TRY(const VarId param, variable_id());
    TRY(ExprPtr argument, expression(depth + 1));
    node.params.push_back(param);
    node.args.push_back(std::move(argument));
  }
  if (node.kind == SubplanKind::any) {
    const ComparisonWord* comparison = nullptr;
    for (const ComparisonWord& row : kComparisonWords) {
      if (comparison == nullptr && take_list(row.word)) comparison = &row;
    }
    if (comparison == nullptr) return expected("a comparison");
    node.comparison = comparison->comparison;
    TRY(node.operand, expression(depth + 1));
    if (!take(')')) return expected("')'");
  }
  TRY(node.plan, read_plan(*this, depth + 1));
  if (!take(')')) return expected("')'");
  return subplan(std::move(node));
}

Result<ExprPtr> TextReader::lambda_node(std::size_t depth) {
  if (!take('(')) return expected("parameters");
  std::vector<VarId> params;
  while (!take(')')) {
    TRY(const VarId param, variable_id());
    if (std::ranges::find(params, param) != params.end()) return expected("a new parameter");
    params.push_back(param);
  }
  TRY(ExprPtr body, expression(depth + 1));
  if (!take(')')) return expected("')'");
  return lambda(std::move(params), std::move(body));
}

Result<FunctionId> TextReader::function() {
  if (take('#')) {
    TRY(const auto family, number<std::uint8_t>());
    if (!take('.')) return expected("'.'");
    TRY(const auto function_number, number<std::uint16_t>());
    return FunctionId{FamilyId{family}, function_number};
  }
  const std::string_view before = rest_;
  const auto found = find_ == nullptr ? std::nullopt : find_(word());
  if (found) return *found;
  rest_ = before;
  return expected("a function");
}

Result<ExprPtr> TextReader::call_node(std::size_t depth) {
  TRY(const FunctionId id, function());
  TRY(auto args, arguments(depth));
  TRY(auto named, options(depth));
  if (!take(')')) return expected("an argument or ')'");
  return call(id, std::move(args), std::move(named));
}

Result<std::vector<ExprPtr>> TextReader::arguments(std::size_t depth) {
  std::vector<ExprPtr> list;
  while (peek() != ')' && peek() != ':' && !rest_.empty()) {
    TRY(ExprPtr argument, expression(depth + 1));
    list.push_back(std::move(argument));
  }
  return list;
}

Result<std::vector<Option>> TextReader::options(std::size_t depth) {
  std::vector<Option> list;
  while (take(':')) {
    std::string name;
    if (peek() == '"') {
      TRY(const value::Value quoted, value());
      name = quoted.as_string();
    } else {
      name = word();
      if (name.empty()) return expected("a name");
    }
    TRY(ExprPtr expression_value, expression(depth + 1));
    list.push_back({std::move(name), std::move(expression_value)});
  }
  return list;
}

Result<ExprPtr> parse_expression(std::string_view text, FunctionFinder find) {
  TextReader reader(text, find);
  TRY(ExprPtr expression, reader.expression());
  if (!reader.done()) return reader.expected("the end");
  return expression;
}

}  // namespace octavo::algebra
