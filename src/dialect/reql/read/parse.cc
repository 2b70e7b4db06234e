#include "dialect/reql/read/parse.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <unordered_set>
#include <variant>

#include "base/limits.h"
#include "dialect/reql/datum.h"
#include "dialect/reql/messages.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/query_options.h"
#include "dialect/reql/read/term.h"

namespace octavo::reql {
namespace {

using algebra::ExprPtr;
using algebra::VarId;
namespace ondemand = simdjson::ondemand;

constexpr std::string_view kNotAQuery = "Client is buggy (failed to deserialize query).";

// A parsed term: its value where that is known already.
using Node = std::variant<Value, ExprPtr>;

bool is_constant(const Node& node) { return std::holds_alternative<Value>(node); }

ExprPtr to_expression(Node node) {
  if (auto* value = std::get_if<Value>(&node)) return constant(std::move(*value));
  return std::get<ExprPtr>(std::move(node));
}

std::string_view json_type_name(ondemand::json_type type) {
  switch (type) {
    case ondemand::json_type::array: return "ARRAY";
    case ondemand::json_type::object: return "OBJECT";
    case ondemand::json_type::number: return "NUMBER";
    case ondemand::json_type::string: return "STRING";
    case ondemand::json_type::boolean: return "BOOL";
    case ondemand::json_type::null: return "NULL";
  }
  std::unreachable();
}

// The grammar of RFC 8259, which is narrower than what from_chars takes ("01", "1.", "-inf").
bool is_json_number(std::string_view text) {
  const auto take = [&text](std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
  };
  const auto take_digits = [&take] {
    if (!take("0123456789")) return false;
    while (take("0123456789")) {
    }
    return true;
  };
  take("-");
  if (!take("0") && !take_digits()) return false;
  if (take(".") && !take_digits()) return false;
  if (take("eE")) {
    take("+-");
    if (!take_digits()) return false;
  }
  return text.empty();
}

// Whether `name` is among `earlier`, all of which have gone through here. `seen` takes over when
// there are many: a client may send an object of a million keys.
template <class Named>
bool is_repeated(const std::vector<Named>& earlier, const std::string& name,
                 std::unordered_set<std::string>& seen) {
  constexpr std::size_t kFew = 16;
  if (earlier.size() < kFew) {
    return std::ranges::find(earlier, name, &Named::name) != earlier.end();
  }
  if (seen.empty()) {
    for (const Named& other : earlier) seen.insert(other.name);
  }
  return !seen.insert(name).second;
}

bool is_args(const Node& node) {
  const auto* expression = std::get_if<ExprPtr>(&node);
  return expression != nullptr && is_call_of(*expression, term::kArgs);
}

// Reads one query. JSON is read front to back, once, so each method consumes its value whole or
// fails; on failure `failure()` has the reason and the place.
class Parser {
 public:
  explicit Parser(std::shared_ptr<value::Charge> charge) : charge_(std::move(charge)) {}
  Result<Query> query(ondemand::document& document);
  ReqlError failure() && { return std::move(failure_); }

 private:
  // A term on the way from the root, for rules about what may stand where.
  struct Outer {
    const Outer* outer = nullptr;
    std::uint16_t number = 0;
    bool writes_legal = true;
    bool is_argument = true;  // else an option
    std::int32_t index = 0;
    std::string_view option;
  };
  // The parts of a term as they come in.
  struct Parts {
    std::vector<Node> args;
    std::vector<algebra::Option> options;
    std::optional<Value> datum;
    bool has_args = false;
    bool has_options = false;
  };

  Result<Node> value(ondemand::value& json, const Outer& place);
  Result<Node> term_array(ondemand::value& json, const Outer& place);
  Result<Node> object_term(ondemand::value& json, const Outer& place);
  // Makes a term's node of its parts. Null: no such term.
  using Build = Result<Node> (Parser::*)(std::uint16_t number, Parts parts, const Outer& place);
  static Build builder_of(std::uint16_t number);
  Result<Node> build_call(std::uint16_t number, Parts parts, const Outer& place);
  Result<Node> build_datum(std::uint16_t number, Parts parts, const Outer& place);
  Result<Node> build_array(std::uint16_t number, Parts parts, const Outer& place);
  Result<Node> build_object(std::uint16_t number, Parts parts, const Outer& place);
  Result<Node> build_function(std::uint16_t number, Parts parts, const Outer& place);
  Result<Node> build_variable(std::uint16_t number, Parts parts, const Outer& place);
  Result<Node> build_implicit(std::uint16_t number, Parts parts, const Outer& place);
  Status check_place(std::uint16_t number, const Outer& place);

  Status arguments(ondemand::value& json, std::uint16_t number, const Outer& place, Parts& parts);
  Status options(ondemand::value& json, std::uint16_t number, const Outer& place, Parts& parts);
  Result<Value> datum(ondemand::value& json);  // plain JSON below a DATUM term
  Result<Value> number(ondemand::value& json);
  Status open_function(const Node& variables, const Outer& place);
  Status global_options(ondemand::value& json, Query& query);

  std::unexpected<Error> compile_error(std::string message, const Outer* place);
  std::unexpected<Error> client_error(std::string message);
  std::unexpected<Error> not_json() { return client_error(std::string(kNotAQuery)); }

  template <class T>
  Result<T> read(simdjson::simdjson_result<T> result) {
    T value;
    if (std::move(result).get(value) != simdjson::SUCCESS) return not_json();
    return value;
  }

  // An expression with its control block, and a place in a list of them while it grows.
  static constexpr std::size_t kTermBytes = 192;
  static constexpr std::size_t kPlaceBytes = 2 * sizeof(Node);

  void pay(std::size_t bytes) {
    if (Status paid = charge_->add(bytes); !paid) {
      throw value::OutOfMemory(std::move(paid).error());
    }
  }

  std::shared_ptr<value::Charge> charge_;
  ReqlError failure_;
  std::size_t depth_ = 0;
  std::size_t largest_array_ = 0;
  bool writes_ = false;
  std::vector<std::vector<VarId>>
      functions_;  // parameters of the functions around, outermost first
};

std::unexpected<Error> Parser::compile_error(std::string message, const Outer* place) {
  failure_ = {.kind = ErrorKind::compile, .message = message, .backtrace = {}};
  // The outermost entry stands for the root itself.
  for (; place != nullptr && place->outer != nullptr; place = place->outer) {
    if (place->is_argument) {
      failure_.backtrace.emplace_back(place->index);
    } else {
      failure_.backtrace.emplace_back(std::string(place->option));
    }
  }
  std::reverse(failure_.backtrace.begin(), failure_.backtrace.end());
  return fail(Code::invalid_argument, std::move(message));
}

std::unexpected<Error> Parser::client_error(std::string message) {
  failure_ = {.kind = ErrorKind::client, .message = message, .backtrace = {}};
  return fail(Code::invalid_argument, std::move(message));
}

Result<Value> Parser::number(ondemand::value& json) {
  const std::string_view token = json.raw_json_token();
  // Read here and not by simdjson: integers beyond 64 bits are numbers too. The iteration around
  // steps over the token.
  const std::string_view digits = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
  if (!is_json_number(digits)) return not_json();
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc::result_out_of_range) {
    // Too small is zero, too large is no number; from_chars does not say which it is.
    number = std::strtod(std::string(digits).c_str(), nullptr);
  }
  if (!std::isfinite(number)) return not_json();
  return Value::float64(number);
}

Result<Value> Parser::datum(ondemand::value& json) {
  if (++depth_ > kMaxNestingDepth) {
    return compile_error(fmt::format("Query nesting is deeper than {}.", kMaxNestingDepth),
                         nullptr);
  }
  TRY(const ondemand::json_type type, read(json.type()));
  Value result;
  switch (type) {
    case ondemand::json_type::array: {
      TRY(ondemand::array array, read(json.get_array()));
      std::vector<Value> elements;
      for (auto element : array) {
        TRY(ondemand::value item, read(element));
        TRY(Value value, datum(item));
        pay(kPlaceBytes);
        elements.push_back(std::move(value));
      }
      largest_array_ = std::max(largest_array_, elements.size());
      charge_->remove(elements.size() * kPlaceBytes);
      result = Value::array(std::move(elements));
      break;
    }
    case ondemand::json_type::object: {
      TRY(ondemand::object object, read(json.get_object()));
      std::vector<Field> fields;
      std::unordered_set<std::string> seen;
      for (auto entry : object) {
        TRY(ondemand::field field, read(std::move(entry)));
        TRY(const std::string_view key, read(field.unescaped_key()));
        std::string name(key);
        TRY(Value value, datum(field.value()));
        if (is_repeated(fields, name, seen)) {
          return compile_error(fmt::format("Duplicate key {} in JSON.", print(string(name))),
                               nullptr);
        }
        pay(sizeof(Field) + kPlaceBytes);
        fields.push_back({std::move(name), std::move(value)});
      }
      charge_->remove(fields.size() * (sizeof(Field) + kPlaceBytes));
      Result<Value> recognised = from_fields(std::move(fields));
      if (!recognised) return compile_error(recognised.error().what, nullptr);
      result = *std::move(recognised);
      break;
    }
    case ondemand::json_type::string: {
      TRY(const std::string_view text, read(json.get_string()));
      result = string(text);
      break;
    }
    case ondemand::json_type::number: {
      TRY(result, number(json));
      break;
    }
    case ondemand::json_type::boolean: {
      TRY(const bool flag, read(json.get_bool()));
      result = Value::boolean(flag);
      break;
    }
    case ondemand::json_type::null: TRY_STATUS(read(json.is_null())); break;
  }
  --depth_;
  return result;
}

Result<Node> Parser::value(ondemand::value& json, const Outer& place) {
  TRY(const ondemand::json_type type, read(json.type()));
  if (type != ondemand::json_type::array && type != ondemand::json_type::object) {
    TRY(Value scalar, datum(json));
    return Node(std::move(scalar));
  }
  if (++depth_ > kMaxNestingDepth) {
    return compile_error(fmt::format("Query nesting is deeper than {}.", kMaxNestingDepth), &place);
  }
  TRY(Node node,
      type == ondemand::json_type::array ? term_array(json, place) : object_term(json, place));
  --depth_;
  return node;
}

Result<Node> Parser::object_term(ondemand::value& json, const Outer& place) {
  Outer self = place;
  self.number = term::kMakeObj;
  Parts parts;
  TRY_STATUS(options(json, term::kMakeObj, self, parts));
  return build_object(term::kMakeObj, std::move(parts), self);
}

Status Parser::arguments(ondemand::value& json, std::uint16_t number, const Outer& place,
                         Parts& parts) {
  TRY(ondemand::array array, read(json.get_array()));
  const Term* term = find_term(number);
  const bool guards = term != nullptr && (term->flags & kStreamFunctions) != 0;
  parts.has_args = true;
  for (auto element : array) {
    TRY(ondemand::value item, read(element));
    const auto index = static_cast<std::int32_t>(parts.args.size());
    const Outer inner{.outer = &place,
                      .number = 0,
                      .writes_legal = place.writes_legal && (index == 0 || !guards),
                      .is_argument = true,
                      .index = index,
                      .option = {}};
    TRY(Node node, value(item, inner));
    pay(kPlaceBytes + (is_constant(node) ? 0 : kTermBytes));
    parts.args.push_back(std::move(node));
    if (number == term::kFunc && index == 0) TRY_STATUS(open_function(parts.args[0], place));
  }
  return {};
}

Status Parser::options(ondemand::value& json, std::uint16_t number, const Outer& place,
                       Parts& parts) {
  TRY(ondemand::object object, read(json.get_object()));
  const Term* term = find_term(number);
  const bool guards = term != nullptr && (term->flags & kStreamFunctions) != 0;
  parts.has_options = true;
  std::vector<Node> values;
  std::unordered_set<std::string> seen;
  for (auto entry : object) {
    TRY(ondemand::field field, read(std::move(entry)));
    TRY(const std::string_view key, read(field.unescaped_key()));
    std::string name(key);
    const Outer inner{.outer = &place,
                      .number = 0,
                      .writes_legal = place.writes_legal && !guards,
                      .is_argument = false,
                      .index = 0,
                      .option = name};
    if (is_repeated(parts.options, name, seen)) {
      return compile_error(number == term::kMakeObj
                               ? fmt::format("Duplicate object key: {}.", name)
                               : fmt::format("Duplicate optional argument: {}", name),
                           &place);
    }
    const bool known = term == nullptr || number == term::kMakeObj ||
                       (!name.empty() && std::find(term->options.begin(), term->options.end(),
                                                   name) != term->options.end());
    if (!known) {
      return compile_error(fmt::format("Unrecognized optional argument `{}`.", name), &inner);
    }
    TRY(Node node, value(field.value(), inner));
    pay(kPlaceBytes + sizeof(algebra::Option) + name.size() + (is_constant(node) ? 0 : kTermBytes));
    values.push_back(std::move(node));
    parts.options.push_back({std::move(name), nullptr});
  }
  if (number == term::kMakeObj) {
    // Kept apart until it is known whether all of them are constant.
    parts.args = std::move(values);
    return {};
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    parts.options[i].value = to_expression(std::move(values[i]));
  }
  return {};
}

Result<Node> Parser::term_array(ondemand::value& json, const Outer& place) {
  TRY(ondemand::array array, read(json.get_array()));
  Outer self = place;
  Parts parts;
  Build build = nullptr;
  std::size_t position = 0;
  const std::size_t functions = functions_.size();
  for (auto element : array) {
    TRY(ondemand::value item, read(element));
    TRY(const ondemand::json_type type, read(item.type()));
    if (position == 0) {
      if (type != ondemand::json_type::number) {
        return compile_error(
            fmt::format("Expected a TermType as a NUMBER but found {}.", json_type_name(type)),
            &place);
      }
      TRY(const Value raw, number(item));
      const double wanted = std::trunc(raw.as_float64());
      const bool in_range = wanted >= 0 && wanted < term::kFirstInternal;
      self.number = in_range ? static_cast<std::uint16_t>(wanted) : std::uint16_t{0};
      build = in_range ? builder_of(self.number) : nullptr;
      if (build == nullptr) {
        return compile_error(fmt::format("Unrecognized TermType: {}.", wanted), &place);
      }
      TRY_STATUS(check_place(self.number, self));
    } else if (position == 1 && self.number == term::kDatum) {
      TRY(parts.datum, datum(item));
    } else if (position == 1 && type == ondemand::json_type::array) {
      TRY_STATUS(arguments(item, self.number, self, parts));
    } else if (position == 1 && type == ondemand::json_type::object) {
      TRY_STATUS(options(item, self.number, self, parts));
    } else if (position == 1) {
      return compile_error("Second element in a Term is neither arguments nor optional arguments.",
                           &place);
    } else if (position == 2 && parts.has_options) {
      return compile_error("Second and third element in a term are both optional arguments.",
                           &place);
    } else if (position == 2 && type == ondemand::json_type::object &&
               self.number != term::kDatum) {
      TRY_STATUS(options(item, self.number, self, parts));
    } else if (position == 2) {
      return compile_error("Third element in a Term is not optional arguments.", &place);
    }
    ++position;
  }
  if (position < 1 || position > 3) {
    return compile_error(
        fmt::format("Expected between 1 and 3 elements in a raw term, but found {}.", position),
        &place);
  }
  TRY(Node node, (this->*build)(self.number, std::move(parts), self));
  functions_.resize(functions);
  return node;
}

Status Parser::check_place(std::uint16_t number, const Outer& place) {
  const Term* term = find_term(number);
  if (term == nullptr) return {};
  if ((term->flags & kOrdering) != 0) {
    const Outer* outer = place.outer;
    const bool in_order =
        outer != nullptr && (outer->number == term::kOrderBy || outer->number == term::kUnion);
    const bool in_list = outer != nullptr && outer->number == term::kMakeArray &&
                         outer->outer != nullptr && outer->outer->number == term::kUnion;
    if (!in_order && !in_list) {
      return compile_error(fmt::format("{} may only be used as an argument to ORDER_BY or UNION.",
                                       number == term::kAsc ? "ASC" : "DESC"),
                           &place);
    }
  }
  if ((term->flags & kWrites) == 0) return {};
  if (!place.writes_legal) {
    return compile_error(
        "Cannot nest writes or meta ops in stream operations.  Use FOR_EACH instead.", &place);
  }
  writes_ = true;
  return {};
}

Parser::Build Parser::builder_of(std::uint16_t number) {
  // Terms that are not called: each is a kind of node. Calls are the rows of terms.cc.
  struct Row {
    std::uint16_t number;
    Build build;
  };
  static constexpr Row kNodes[] = {
      {term::kDatum, &Parser::build_datum},          {term::kMakeArray, &Parser::build_array},
      {term::kMakeObj, &Parser::build_object},       {term::kVar, &Parser::build_variable},
      {term::kImplicitVar, &Parser::build_implicit}, {term::kFunc, &Parser::build_function},
  };
  const auto* node = std::ranges::find(kNodes, number, &Row::number);
  if (node != std::end(kNodes)) return node->build;
  return find_term(number) == nullptr ? nullptr : &Parser::build_call;
}

Result<Node> Parser::build_datum(std::uint16_t /*number*/, Parts parts, const Outer& place) {
  if (!parts.datum) return compile_error("Expected 3 items in array, but found 2.", &place);
  return Node(*std::move(parts.datum));
}

Result<Node> Parser::build_array(std::uint16_t /*number*/, Parts parts, const Outer& place) {
  if (parts.has_options && !parts.options.empty()) {
    return compile_error(
        fmt::format("Unrecognized optional argument `{}`.", parts.options.front().name), &place);
  }
  if (std::all_of(parts.args.begin(), parts.args.end(), is_constant)) {
    std::vector<Value> elements;
    elements.reserve(parts.args.size());
    for (Node& node : parts.args) elements.push_back(std::get<Value>(std::move(node)));
    largest_array_ = std::max(largest_array_, elements.size());
    charge_->remove(elements.size() * kPlaceBytes);
    return Node(Value::array(std::move(elements)));
  }
  std::vector<ExprPtr> elements;
  elements.reserve(parts.args.size());
  for (Node& node : parts.args) elements.push_back(to_expression(std::move(node)));
  return Node(std::make_shared<const algebra::Expr>(
      algebra::Expr{algebra::MakeArray{.elements = std::move(elements)}}));
}

Result<Node> Parser::build_object(std::uint16_t /*number*/, Parts parts, const Outer& place) {
  if (parts.has_args && !parts.has_options && !parts.args.empty()) {
    return compile_error("MAKE_OBJ term must not have any args.", &place);
  }
  std::vector<algebra::Option>& fields = parts.options;
  std::vector<Node>& values = parts.args;
  if (std::all_of(values.begin(), values.end(), is_constant)) {
    std::vector<Field> constants;
    constants.reserve(values.size());
    std::size_t places = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      constants.push_back({fields[i].name, std::get<Value>(values[i])});
      places += kPlaceBytes + sizeof(algebra::Option) + fields[i].name.size();
    }
    // A pseudotype that is wrong is an error of the run, not of the text.
    if (Result<Value> object = from_fields(std::move(constants))) {
      charge_->remove(places);
      return Node(*std::move(object));
    }
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    fields[i].value = to_expression(std::move(values[i]));
  }
  return Node(std::make_shared<const algebra::Expr>(
      algebra::Expr{algebra::MakeObject{.fields = std::move(fields)}}));
}

Result<Node> Parser::build_call(std::uint16_t number, Parts parts, const Outer& place) {
  const Term* term = find_term(number);
  ASSERT(term != nullptr);  // checked when its number was read
  const auto count = static_cast<std::int64_t>(parts.args.size());
  const bool spliced = std::any_of(parts.args.begin(), parts.args.end(), is_args);
  if (!spliced && (count < term->min_args || (term->max_args >= 0 && count > term->max_args))) {
    return compile_error(fmt::format("Expected {} but found {}.", print_arity(*term), count),
                         &place);
  }
  std::vector<ExprPtr> args;
  args.reserve(parts.args.size());
  for (Node& node : parts.args) args.push_back(to_expression(std::move(node)));
  return Node(call(number, std::move(args), std::move(parts.options)));
}

// The variables of a function come before its body, so they are known when the body is read.
Status Parser::open_function(const Node& variables, const Outer& place) {
  const auto* array = std::get_if<Value>(&variables);
  if (array == nullptr || !array->is_array()) {
    return compile_error("CLIENT ERROR: FUNC variables must be a *literal array of numbers*.",
                         &place);
  }
  std::vector<VarId> params;
  for (const Value& name : array->as_array()) {
    if (!name.is_number()) {
      return compile_error("CLIENT ERROR: FUNC variables must be a literal array of *numbers*.",
                           &place);
    }
    const VarId id{static_cast<std::uint64_t>(
        static_cast<std::int64_t>(std::clamp(name.to_double(), 0.0, 9e15)))};
    // A function with two parameters of one name could not be stored.
    if (std::ranges::find(params, id) != params.end()) {
      return compile_error("CLIENT ERROR: FUNC variables must be *distinct* numbers.", &place);
    }
    params.push_back(id);
  }
  functions_.push_back(std::move(params));
  return {};
}

Result<Node> Parser::build_function(std::uint16_t /*number*/, Parts parts, const Outer& place) {
  if (parts.has_options && !parts.options.empty()) {
    return compile_error("FUNC takes no optional arguments.", &place);
  }
  if (parts.args.size() != 2) {
    return compile_error(
        fmt::format("FUNC takes exactly two arguments (got {})", parts.args.size()), &place);
  }
  return Node(std::make_shared<const algebra::Expr>(algebra::Expr{algebra::Lambda{
      .params = functions_.back(), .body = to_expression(std::move(parts.args[1]))}}));
}

Result<Node> Parser::build_variable(std::uint16_t /*number*/, Parts parts, const Outer& place) {
  if (parts.args.size() != 1) {
    return compile_error("A variable term has the wrong number of arguments.", &place);
  }
  const auto* name = std::get_if<Value>(&parts.args[0]);
  if (name == nullptr) return compile_error("A variable term has a non-datum argument.", &place);
  if (!name->is_number()) {
    return compile_error("A variable term has a non-numeric name datum.", &place);
  }
  const VarId id{static_cast<std::uint64_t>(
      static_cast<std::int64_t>(std::clamp(name->to_double(), 0.0, 9e15)))};
  const bool visible =
      std::any_of(functions_.begin(), functions_.end(), [id](const std::vector<VarId>& params) {
        return std::find(params.begin(), params.end(), id) != params.end();
      });
  if (!visible) return compile_error("Variable name not found.", &place);
  return Node(var(id));
}

// r.row is the parameter of the only function of one parameter around it.
Result<Node> Parser::build_implicit(std::uint16_t /*number*/, Parts parts, const Outer& place) {
  if (!parts.args.empty() || !parts.options.empty()) {
    return compile_error("Expected no arguments or optional arguments on implicit variable term.",
                         &place);
  }
  const std::vector<VarId>* found = nullptr;
  std::size_t candidates = 0;
  for (const std::vector<VarId>& params : functions_) {
    if (params.size() != 1) continue;
    found = &params;
    ++candidates;
  }
  if (candidates == 0) return compile_error("r.row is not defined in this context.", &place);
  if (candidates > 1) {
    return compile_error("Cannot use r.row in nested queries.  Use functions instead.", &place);
  }
  return Node(var(found->front()));
}

bool constant_flag(const Query& query, std::string_view name) {
  for (const algebra::Option& option : query.options) {
    if (option.name != name) continue;
    const auto* fixed = std::get_if<algebra::Const>(&option.value->node);
    return fixed != nullptr && fixed->value.type() == Type::boolean && fixed->value.as_boolean();
  }
  return false;
}

Status Parser::global_options(ondemand::value& json, Query& query) {
  TRY(const ondemand::json_type type, read(json.type()));
  if (type != ondemand::json_type::object) {
    return client_error(
        fmt::format("Expected global optargs as an object, but found {}.", json_type_name(type)));
  }
  TRY(ondemand::object object, read(json.get_object()));
  const Outer root;
  for (auto entry : object) {
    TRY(ondemand::field field, read(std::move(entry)));
    TRY(const std::string_view key, read(field.unescaped_key()));
    std::string name(key);
    if (!is_global_option(name)) {
      return compile_error(fmt::format("Unrecognized global optional argument `{}`.", name),
                           nullptr);
    }
    const bool repeated =
        std::any_of(query.options.begin(), query.options.end(),
                    [&name](const algebra::Option& other) { return other.name == name; });
    if (repeated) {
      return compile_error(fmt::format("Duplicate global optional argument: `{}`.", name), nullptr);
    }
    TRY(Node node, value(field.value(), root));
    query.options.push_back({std::move(name), to_expression(std::move(node))});
  }
  return {};
}

Result<Query> Parser::query(ondemand::document& document) {
  TRY(const ondemand::json_type type, read(document.type()));
  if (type != ondemand::json_type::array) {
    return client_error(
        fmt::format("Expected a query to be an array, but found {}.", json_type_name(type)));
  }
  TRY(ondemand::array array, read(document.get_array()));
  Query query;
  std::size_t position = 0;
  for (auto element : array) {
    TRY(ondemand::value item, read(element));
    if (position == 0) {
      TRY(const ondemand::json_type kind, read(item.type()));
      if (kind != ondemand::json_type::number) {
        return client_error(
            fmt::format("Expected a query type as a number, but found {}.", json_type_name(kind)));
      }
      TRY(const Value raw, number(item));
      const double wanted = std::trunc(raw.as_float64());
      if (!(wanted >= 1 && wanted <= 5)) {
        return client_error(fmt::format("Unrecognized QueryType: {}.", wanted));
      }
      query.type = static_cast<QueryType>(static_cast<std::uint8_t>(wanted));
    } else if (position == 1 && query.type == QueryType::start) {
      TRY(Node node, value(item, Outer{}));
      query.term = to_expression(std::move(node));
    } else if (position == 2) {
      TRY_STATUS(global_options(item, query));
    }
    ++position;
  }
  if (position < 1 || position > 3) {
    return client_error(
        fmt::format("Expected 1 to 3 elements in the top-level query, but found {}.", position));
  }
  const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  if (!at_end || (query.type == QueryType::start && query.term == nullptr)) {
    return not_json();
  }
  query.terms = charge_;
  query.largest_array = largest_array_;
  query.writes = writes_;
  query.noreply = constant_flag(query, "noreply");
  query.profile = constant_flag(query, "profile");
  return query;
}

Expected<Query, ReqlError> parse_text(BytesView json, value::Account* account) {
  // simdjson reads past the end, so the text is copied to where there is room after it. Both
  // buffers stay with the thread up to this size.
  constexpr std::size_t kKeptBytes = 4 * kMiB;
  thread_local ondemand::parser parser;
  thread_local std::string padded;
  // The copy and the positions of its tokens.
  value::Charge text(account);
  if (json.size() > kKeptBytes) {
    if (Status paid = text.add(6 * json.size()); !paid) {
      throw value::OutOfMemory(std::move(paid).error());
    }
  }
  padded.assign(json);
  padded.append(simdjson::SIMDJSON_PADDING, ' ');
  ondemand::document document;
  Parser reader(std::make_shared<value::Charge>(account));
  const auto opened = parser.iterate(padded.data(), json.size(), padded.size()).get(document);
  Expected<Query, ReqlError> result = std::unexpected(
      ReqlError{.kind = ErrorKind::client, .message = std::string(kNotAQuery), .backtrace = {}});
  if (opened == simdjson::SUCCESS) {
    if (Result<Query> query = reader.query(document)) {
      result = *std::move(query);
    } else {
      result = std::unexpected(std::move(reader).failure());
    }
  }
  if (padded.capacity() > kKeptBytes) {
    std::string().swap(padded);
    parser = ondemand::parser();
  }
  return result;
}

}  // namespace

Expected<Query, ReqlError> parse_query(BytesView json, value::Account* account) {
  const value::Account::Use use(account);
  try {
    return parse_text(json, account);
  } catch (const std::bad_alloc& failure) {
    return std::unexpected(ReqlError{.kind = ErrorKind::resource_limit,
                                     .message = value::out_of_memory(failure).what,
                                     .backtrace = {}});
  }
}

}  // namespace octavo::reql
