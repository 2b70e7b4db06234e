#include <fmt/format.h>

#include "algebra/plan_words.h"
#include "algebra/print.h"
#include "base/overloaded.h"
#include "value/json.h"
#include "value/notation.h"

namespace octavo::algebra {
namespace {

class Printer {
 public:
  Printer(FunctionNamer name_of, std::string& out) : name_of_(name_of), out_(out) {}

  void print(const ExprPtr& expression) {
    std::visit(Overloaded{
                   [&](const Const& node) { value::write_notation(node.value, out_); },
                   [&](const Var& node) { print(node.id); },
                   [&](const Call& node) { print(node); },
                   [&](const Lambda& node) {
                     out_.append("(lambda (");
                     for (std::size_t i = 0; i < node.params.size(); ++i) {
                       if (i > 0) out_.push_back(' ');
                       print(node.params[i]);
                     }
                     out_.append(") ");
                     print(node.body);
                     out_.push_back(')');
                   },
                   [&](const MakeArray& node) {
                     out_.append("(array");
                     for (const ExprPtr& element : node.elements) argument(element);
                     out_.push_back(')');
                   },
                   [&](const MakeObject& node) {
                     out_.append("(object");
                     for (const Option& field : node.fields) option(field);
                     out_.push_back(')');
                   },
                   [&](const Subplan& node) { print(node); },
               },
               expression->node);
  }

 private:
  void print(VarId id) { out_.append("v").append(std::to_string(static_cast<std::uint64_t>(id))); }

  void print(const Call& node) {
    out_.push_back('(');
    print_function(node.function, name_of_, out_);
    for (const ExprPtr& arg : node.args) argument(arg);
    for (const Option& named : node.options) option(named);
    out_.push_back(')');
  }

  void print(const Subplan& node) {
    fmt::format_to(std::back_inserter(out_), "(subplan {} family={} (",
                   row_of(kSubplanWords, node.kind).word, static_cast<unsigned>(node.family));
    for (std::size_t i = 0; i < node.params.size(); ++i) {
      if (i > 0) out_.push_back(' ');
      print(node.params[i]);
      argument(node.args[i]);
    }
    out_.push_back(')');
    if (node.operand != nullptr) {
      out_.append(" (").append(row_of(kComparisonWords, node.comparison).word);
      argument(node.operand);
      out_.push_back(')');
    }
    out_.push_back(' ');
    print_plan(node.plan, name_of_, out_);
    out_.push_back(')');
  }

  void argument(const ExprPtr& expression) {
    out_.push_back(' ');
    print(expression);
  }

  void option(const Option& named) { print_option(named, name_of_, out_); }

  FunctionNamer name_of_;
  std::string& out_;
};

}  // namespace

void print_expression(const ExprPtr& expression, FunctionNamer name_of, std::string& out) {
  Printer(name_of, out).print(expression);
}

void print_function(FunctionId function, FunctionNamer name_of, std::string& out) {
  const std::string_view name = name_of == nullptr ? std::string_view() : name_of(function);
  if (name.empty()) {
    fmt::format_to(std::back_inserter(out), "#{}.{}", static_cast<unsigned>(function.family),
                   function.number);
  } else {
    out.append(name);
  }
}

void print_option(const Option& option, FunctionNamer name_of, std::string& out) {
  out.append(" :");
  const bool word =
      !option.name.empty() && option.name.find_first_not_of(
                                  "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos;
  if (word) {
    out.append(option.name);
  } else {
    value::write_json_string(option.name, out);
  }
  out.push_back(' ');
  print_expression(option.value, name_of, out);
}

std::string print(const ExprPtr& expression, FunctionNamer name_of) {
  std::string text;
  print_expression(expression, name_of, text);
  return text;
}

}  // namespace octavo::algebra
