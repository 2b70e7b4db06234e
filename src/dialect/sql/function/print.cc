#include "dialect/sql/function/print.h"

#include <algorithm>

#include "dialect/sql/convert/value.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/share.h"

namespace octavo::sql {
namespace {

using algebra::Call;
using algebra::Expr;
using value::Value;

// Messages end somewhere.
constexpr std::size_t kMost = 512;

class Printer {
 public:
  void print(const Expr& expression) {
    if (out_.size() > kMost) return;
    if (const auto* constant = std::get_if<algebra::Const>(&expression.node)) {
      print_constant(constant->value);
    } else if (const auto* call = std::get_if<Call>(&expression.node)) {
      print_call(*call);
    } else if (const auto* array = std::get_if<algebra::MakeArray>(&expression.node)) {
      out_ += '(';
      print_list(array->elements);
      out_ += ')';
    } else if (std::holds_alternative<algebra::Subplan>(expression.node)) {
      out_ += "<subquery>";
    } else {
      out_ += '?';
    }
  }

  void print_call(const Call& call) {
    const OperationRow* row = operation_of(call);
    if (row == nullptr || call.args.size() < row->least) {
      out_ += '?';
    } else if (row->number == op::kField || row->number == op::kElement) {
      print_name(call);
    } else if (const algebra::ExprPtr other = unshared(call)) {
      print(*other);
    } else if ((row->flags & operation_flag::kInfix) != 0) {
      out_ += '(';
      print(*call.args[0]);
      out_.append(" ").append(row->symbol).append(" ");
      print(*call.args[1]);
      out_ += ')';
    } else if ((row->flags & operation_flag::kPrefix) != 0) {
      out_.append("(").append(row->symbol);
      print(*call.args[0]);
      out_ += ')';
    } else if ((row->flags & operation_flag::kHidden) != 0) {
      print_conversion(call);
    } else {
      print_function(*row, call);
    }
  }

  std::string take() && { return std::move(out_); }

 private:
  void print_constant(const Value& constant) {
    if (constant.is_null()) {
      out_ += "NULL";
    } else if (constant.is_number() || constant.type() == value::Type::boolean) {
      out_ += plain_text(constant);
    } else {
      out_.append("'").append(plain_text(constant)).append("'");
    }
  }

  // As the binder says that the column is called, else by the field's name or its number.
  void print_name(const Call& call) {
    const auto text = [&](std::size_t i) {
      const auto* node = std::get_if<algebra::Const>(&call.args[i]->node);
      if (node == nullptr) return std::string("?");
      if (node->value.is_number()) return "#" + plain_text(node->value);
      return node->value.is_string() ? std::string(node->value.as_string()) : std::string("?");
    };
    if (call.args.size() > 2) {
      out_ += text(2);
    } else {
      out_.append("`").append(text(1)).append("`");
    }
  }

  void print_conversion(const Call& call) {
    const auto* shown = std::get_if<algebra::Const>(&call.args.back()->node);
    if (shown == nullptr || !shown->value.is_string() || call.args.size() < 2) {
      print(*call.args[0]);
      return;
    }
    out_ += "cast(";
    print(*call.args[0]);
    out_.append(" as ").append(shown->value.as_string()).append(")");
  }

  void print_function(const OperationRow& row, const Call& call) {
    std::string_view name = row.symbol.empty() ? row.name : row.symbol;
    if (row.symbol.empty()) name.remove_prefix(std::min(name.find('.') + 1, name.size()));
    out_.append(name).append("(");
    print_list(call.args);
    out_ += ')';
  }

  void print_list(const std::vector<algebra::ExprPtr>& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += ',';
      print(*items[i]);
    }
  }

  std::string out_;
};

}  // namespace

std::string print_expression(const Expr& expression) {
  Printer printer;
  printer.print(expression);
  return std::move(printer).take();
}

std::string print_call(const Call& call) {
  Printer printer;
  printer.print_call(call);
  return std::move(printer).take();
}

}  // namespace octavo::sql
