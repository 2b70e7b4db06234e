#include "dialect/sql/function/testing/constants.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/ascii.h"
#include "base/overloaded.h"
#include "base/text.h"
#include "dialect/sql/convert/value.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/call_binder.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/name_row.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/parser/parse.h"
#include "dialect/sql/type/names.h"

namespace octavo::sql {
namespace {

class Binder {
 public:
  explicit Binder(const CallContext& context) : context_(context) {}

  Result<Typed> bind(const Expr& expr) {
    return std::visit(
        Overloaded{
            [&](const Literal& node) { return bind_literal(node, context_); },
            [&](const Introduced& node) { return bind_introduced(node, context_); },
            [&](const Unary& node) -> Result<Typed> {
              TRY(Typed operand, bind(*node.operand));
              return bind_unary(node.op, std::move(operand), context_);
            },
            [&](const Binary& node) -> Result<Typed> {
              TRY(Typed left, bind(*node.left));
              TRY(Typed right, bind(*node.right));
              return bind_binary(node.op, std::move(left), std::move(right), context_);
            },
            [&](const Junction& node) -> Result<Typed> {
              TRY(std::vector<Typed> operands, all(node.operands));
              return bind_junction(node.all, std::move(operands), context_);
            },
            [&](const Is& node) -> Result<Typed> {
              TRY(Typed operand, bind(*node.operand));
              return bind_is(node.truth, node.negated, std::move(operand), context_);
            },
            [&](const Collate& node) -> Result<Typed> {
              TRY(Typed operand, bind(*node.operand));
              return bind_collate(std::move(operand), node.collation, context_);
            },
            [&](Ref<Like> node) { return like(*node); },
            [&](Ref<Between> node) { return between(*node); },
            [&](Ref<In> node) -> Result<Typed> {
              TRY(Typed operand, bind(*node->operand));
              TRY(std::vector<Typed> items, all(node->items));
              return bind_in(node->negated, std::move(operand), std::move(items), context_);
            },
            [&](Ref<Case> node) { return choose(*node); },
            [&](Ref<Cast> node) -> Result<Typed> {
              TRY(Typed operand, bind(*node->operand));
              return bind_cast(std::move(operand), *node->type, context_);
            },
            [&](Ref<Call> node) { return call(*node); },
            [](const auto&) -> Result<Typed> {
              return fail(Code::unsupported, "no constant expression");
            },
        },
        expr.node);
  }

 private:
  Result<std::vector<Typed>> all(List<Expr> exprs) {
    std::vector<Typed> bound;
    for (const Expr& expr : exprs) {
      TRY(Typed each, bind(expr));
      bound.push_back(std::move(each));
    }
    return bound;
  }

  Result<Typed> like(const Like& node) {
    TRY(Typed operand, bind(*node.operand));
    TRY(Typed pattern, bind(*node.pattern));
    std::optional<Typed> escape;
    if (node.escape) {
      TRY(escape, bind(*node.escape));
    }
    return bind_like(node.negated, std::move(operand), std::move(pattern), std::move(escape),
                     context_);
  }

  Result<Typed> between(const Between& node) {
    TRY(Typed operand, bind(*node.operand));
    TRY(Typed low, bind(*node.low));
    TRY(Typed high, bind(*node.high));
    return bind_between(node.negated, std::move(operand), std::move(low), std::move(high),
                        context_);
  }

  Result<Typed> choose(const Case& node) {
    std::optional<Typed> operand;
    std::optional<Typed> otherwise;
    if (node.operand) {
      TRY(operand, bind(*node.operand));
    }
    std::vector<TypedWhen> whens;
    for (const When& when : node.whens) {
      TRY(Typed condition, bind(when.condition));
      TRY(Typed result, bind(when.result));
      whens.push_back({std::move(condition), std::move(result)});
    }
    if (node.otherwise) {
      TRY(otherwise, bind(*node.otherwise));
    }
    return bind_case(std::move(operand), std::move(whens), std::move(otherwise), context_);
  }

  Result<CallArgument> argument(const Argument& node) {
    CallArgument argument{.value = typed_constant(value::Value(), null_type()),
                          .before = node.before};
    if (const auto* word = std::get_if<Word>(&node.value.node)) {
      argument.word = word->text;
    } else if (const auto* type = std::get_if<TypeName>(&node.value.node)) {
      argument.data_type = &*type->type;
    } else if (const auto* interval = std::get_if<Interval>(&node.value.node)) {
      argument.word = interval->unit;
      argument.is_interval = true;
      TRY(argument.value, bind(*interval->amount));
    } else if (node.before == "using") {
      argument.word = std::get<ColumnName>(node.value.node).path.back();
    } else {
      TRY(argument.value, bind(node.value));
    }
    return argument;
  }

  Result<Typed> call(const sql::Call& node) {
    std::string name(node.name.back());
    for (char& c : name) c = to_upper(c);
    const NameRow* row = find_function(name);
    if (row == nullptr) return error<1305>("FUNCTION", name);
    std::vector<CallArgument> arguments;
    for (const Argument& each : node.arguments) {
      TRY(CallArgument bound, argument(each));
      arguments.push_back(std::move(bound));
    }
    return bind_call(*row, std::move(arguments), context_);
  }

  const CallContext& context_;
};

std::string printed(const Typed& typed, const value::Value& value) {
  const value::LogicalType& type = *typed.type.logical;
  if (value.is_null()) return "NULL";
  const bool parted = type.kind == Kind::decimal || type.is_time();
  const std::string name = parted ? type_text(type) : std::string(type_word(type));
  const std::string sign = type.is_unsigned && !parted ? " unsigned" : "";
  const bool bytes = value.type() == value::Type::bytes || type.kind == Kind::bits;
  const std::string shown = text_of(value, type);
  const std::string text = bytes ? "0x" + format_hex(shown) : shown;
  return (type.kind == Kind::boolean ? "boolean" : name + sign) + ": " + text;
}

std::string printed(const Error& error) {
  if (error.number == 0) return "FAULT: " + error.what;
  return "ERROR " + std::to_string(error.number) + ": " + error.what;
}

}  // namespace

Constants::Constants() {
  // 2024-02-29 12:34:56.789012
  session.now_ns = 1'709'210'096'789'012'000;
  session.collation = value::find_collation("utf8mb4_0900_ai_ci");
  session.version = "8.0.34";
}

Result<Typed> Constants::bind(const Expr& expr, function::EvalContext& context) const {
  const CallContext calls{.session = session, .constants = context};
  return Binder(calls).bind(expr);
}

ComputedText Constants::run(
    std::string_view expression,
    const std::function<Result<Typed>(Typed, const CallContext&)>& finish) const {
  const std::string text = "SELECT " + std::string(expression);
  Modes modes = 0;
  if (session.has(sql_mode::kNoBackslashEscapes)) modes |= mode::kNoBackslashEscapes;
  const auto tree = parse(text, {.modes = modes});
  if (!tree) return {.result = "SYNTAX: " + complaint_of(tree.error(), text).message};
  const auto& query = *std::get<Ref<Query>>(tree->statement().node);
  const Expr& expr = std::get<Ref<Select>>(query.body)->items.front().expr;
  function::Notes notes;
  function::EvalContext context;
  context.notes = &notes;
  const CallContext calls{.session = session, .constants = context};
  ComputedText computed;
  auto typed = bind(expr, context);
  if (typed) typed = finish(std::move(*typed), calls);
  if (typed) {
    typed->expression = fold(typed->expression, calls);
    const auto value = sql::compute(typed->expression, calls);
    computed.result = value ? printed(*typed, *value) : printed(value.error());
  } else {
    computed.result = printed(typed.error());
  }
  for (const function::Note& note : notes.kept()) {
    computed.notes.push_back(std::to_string(note.number) + " " + note.text);
  }
  return computed;
}

ComputedText Constants::compute(std::string_view expression) const {
  return run(expression, [](Typed typed, const CallContext&) { return Result<Typed>(typed); });
}

ComputedText Constants::store(std::string_view type, std::string_view expression,
                              StoreRule rule) const {
  const std::string text = "CREATE TABLE t (c " + std::string(type) + ")";
  const auto tree = parse(text, {});
  if (!tree) return {.result = "SYNTAX: " + complaint_of(tree.error(), text).message};
  const auto& table = *std::get<Ref<CreateTable>>(tree->statement().node);
  const auto declared = declared_type(std::get<Ref<ColumnDef>>(table.elements.front())->type,
                                      *session.collation, "c");
  if (!declared) return {.result = printed(declared.error())};
  const Type column = column_type(value::make_type(*declared), true);
  return run(expression, [&](Typed typed, const CallContext& calls) {
    return bind_store(std::move(typed), column, "c", rule, calls);
  });
}

std::vector<ValueCase> read_value_cases(const std::string& path) {
  std::vector<ValueCase> cases;
  std::ifstream file(path);
  std::string line;
  ValueCase next;
  bool behind = false;
  const auto finish = [&] {
    if (!next.expression.empty()) cases.push_back(next);
    next = {.modes = next.modes};
    behind = false;
  };
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.starts_with("## ")) {
      next.modes = line.substr(3);
    } else if (line.empty()) {
      finish();
    } else if (line == "----") {
      behind = true;
    } else {
      if (next.expression.empty()) {
        next.place = std::filesystem::path(path).filename().string() + ":" + std::to_string(number);
      }
      std::string& part = behind ? next.expected : next.expression;
      if (!part.empty()) part += '\n';
      part += line;
    }
  }
  finish();
  return cases;
}

void set_modes(SessionFacts& session, std::string_view words) {
  session.mode = words.empty() ? SqlMode{sql_mode::kDefault} : 0;
  for (const std::string_view word : split_words(words)) {
    const auto* row = std::ranges::find(sql_mode::kRows, word, &sql_mode::Row::name);
    if (row != std::end(sql_mode::kRows)) session.mode |= row->bits;
    if (word == "default") session.mode |= sql_mode::kDefault;
    if (word == "write") session.strict_write = true;
  }
}

}  // namespace octavo::sql
