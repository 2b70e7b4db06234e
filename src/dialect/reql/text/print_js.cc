#include "dialect/reql/text/print_js.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/overloaded.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/text/json_out.h"

namespace octavo::reql {
namespace {

std::string camel_case(std::string_view name) {
  std::string result;
  bool upper = false;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    result.push_back(upper ? to_upper(c) : c);
    upper = false;
  }
  return result;
}

// Internal functions have no name in a driver: their argument stands for them.
bool is_internal(std::uint16_t number) { return number >= term::kFirstInternal; }

class Printer {
 public:
  std::string take() && { return std::move(out_); }

  void expression(const algebra::ExprPtr& expression) {
    std::visit(Overloaded{
                   [this](const algebra::Const& node) { constant(node.value); },
                   [this](const algebra::Var& node) { variable(node.id); },
                   [this](const algebra::Call& node) { call(node); },
                   [this](const algebra::Lambda& node) { lambda(node); },
                   [this](const algebra::MakeArray& node) {
                     out_.push_back('[');
                     list(node.elements);
                     out_.push_back(']');
                   },
                   [this](const algebra::MakeObject& node) { options(node.fields); },
                   [](const algebra::Subplan&) {},  // never of ReQL
               },
               expression->node);
  }

  void lambda(const algebra::Lambda& lambda) {
    out_.append("function(");
    for (std::size_t i = 0; i < lambda.params.size(); ++i) {
      if (i != 0) out_.append(", ");
      variable(lambda.params[i]);
    }
    out_.append(") { return ");
    expression(lambda.body);
    out_.append("; }");
  }

 private:
  void constant(const Value& value) {
    if (value.type() == Type::min_key) {
      out_.append("r.minval");
    } else if (value.type() == Type::max_key) {
      out_.append("r.maxval");
    } else if (!write_json(value, out_)) {
      out_.append("…");  // minval or maxval inside: no literal can say it
    }
  }

  void variable(algebra::VarId id) {
    const auto number = static_cast<std::uint64_t>(id);
    constexpr std::uint64_t kOwn = std::uint64_t{1} << 63;
    fmt::format_to(std::back_inserter(out_), "{}_{}", number >= kOwn ? "arg" : "var",
                   number & ~kOwn);
  }

  void list(std::span<const algebra::ExprPtr> expressions) {
    for (std::size_t i = 0; i < expressions.size(); ++i) {
      if (i != 0) out_.append(", ");
      expression(expressions[i]);
    }
  }

  void options(const std::vector<algebra::Option>& fields) {
    out_.push_back('{');
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i != 0) out_.append(", ");
      write_json_string(fields[i].name, out_);
      out_.append(": ");
      expression(fields[i].value);
    }
    out_.push_back('}');
  }

  // The receiver of a method; literals need r.expr around them.
  void receiver(const algebra::ExprPtr& target) {
    const bool literal = std::holds_alternative<algebra::Const>(target->node) ||
                         std::holds_alternative<algebra::MakeArray>(target->node) ||
                         std::holds_alternative<algebra::MakeObject>(target->node);
    if (literal) out_.append("r.expr(");
    expression(target);
    if (literal) out_.push_back(')');
  }

  void call(const algebra::Call& call) {
    const std::uint16_t number = call.function.number;
    const std::span<const algebra::ExprPtr> args(call.args);
    if (is_internal(number) && !args.empty()) return expression(args.front());
    const Term* term = find_term(number);
    const std::string name =
        term == nullptr ? fmt::format("term{}", number) : camel_case(term->name);
    const bool on_r = args.empty() || number == term::kDb || number == term::kArgs;
    if (number == term::kBracket) {
      receiver(args[0]);
      out_.push_back('(');
      list(args.subspan(1));
    } else if (number == term::kFuncall) {
      receiver(args.size() > 1 ? args[1] : args[0]);
      out_.append(".do(");
      if (args.size() > 2) {
        list(args.subspan(2));
        out_.append(", ");
      }
      expression(args[0]);
    } else if (on_r) {
      out_.append("r.").append(name).push_back('(');
      list(args);
    } else {
      receiver(args[0]);
      out_.append(".").append(name).push_back('(');
      list(args.subspan(1));
    }
    if (!call.options.empty()) {
      if (out_.back() != '(') out_.append(", ");
      options(call.options);
    }
    out_.push_back(')');
  }

  std::string out_;
};

}  // namespace

std::string print_js(const algebra::ExprPtr& expression) {
  Printer printer;
  printer.expression(expression);
  return std::move(printer).take();
}

std::string print_js_function(const algebra::ExprPtr& lambda) { return print_js(lambda); }

std::string print_function(const Function& function) {
  std::string captures;
  for (const auto& [id, value] : function.captured.values) {
    if (!captures.empty()) captures.append(", ");
    fmt::format_to(std::back_inserter(captures), "var_{}: {}", static_cast<std::uint64_t>(id),
                   print_short(value));
  }
  std::string params;
  for (const algebra::VarId id : function.node().params) {
    if (!params.empty()) params.append(", ");
    params.append(print_js(std::make_shared<const algebra::Expr>(algebra::Expr{algebra::Var{id}})));
  }
  return fmt::format("function (captures = {{{}}}) (args = [{}]) {}", captures, params,
                     print_js(function.node().body));
}

}  // namespace octavo::reql
