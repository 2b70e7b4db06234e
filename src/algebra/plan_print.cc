// Plans as text, one node a line, inputs indented below it.

#include <fmt/format.h>

#include "algebra/plan.h"
#include "algebra/plan_words.h"
#include "algebra/print.h"
#include "base/overloaded.h"
#include "value/notation.h"

namespace octavo::algebra {
namespace {

class Printer {
 public:
  Printer(FunctionNamer name_of, std::string& out, bool lines)
      : name_of_(name_of), out_(out), lines_(lines) {}

  void print(const PlanPtr& plan) {
    std::visit(Overloaded{
                   [&](const Scan& node) { print(node); },
                   [&](const ScanBy& node) { print(node); },
                   [&](const Values& node) {
                     out_.append("(values");
                     for (const value::Value& row : node.rows) {
                       out_.push_back(' ');
                       value::write_notation(row, out_);
                     }
                   },
                   [&](const Filter& node) { with_function("filter", node.input, node.predicate); },
                   [&](const Map& node) { with_function("map", node.input, node.function); },
                   [&](const Unwind& node) { with_function("unwind", node.input, node.function); },
                   [&](const Sort& node) { print(node); },
                   [&](const Limit& node) {
                     out_.append("(limit");
                     if (node.skip != 0) append(" skip={}", node.skip);
                     if (node.count) append(" count={}", *node.count);
                     input(node.input);
                   },
                   [&](const Distinct& node) {
                     out_.append("(distinct");
                     input(node.input);
                   },
                   [&](const Union& node) {
                     out_.append("(union");
                     for (const PlanPtr& one : node.inputs) input(one);
                   },
                   [&](const LookupJoin& node) { print(node); },
                   [&](const Apply& node) { print(node); },
                   [&](const Join& node) { print(node); },
                   [&](const Group& node) { print(node); },
                   [&](const Window& node) { print(node); },
                   [&](const Working& node) { append("(working {}", node.number); },
                   [&](const Recursive& node) { print(node); },
               },
               plan->node);
    out_.push_back(')');
  }

 private:
  template <class... Args>
  void append(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  void new_line() {
    if (!lines_) return out_.push_back(' ');
    out_.append("\n").append(2 * level_, ' ');
  }
  void input(const PlanPtr& plan) {
    ++level_;
    new_line();
    print(plan);
    --level_;
  }
  void expression(const ExprPtr& function) {
    out_.push_back(' ');
    print_expression(function, name_of_, out_);
  }
  void with_function(std::string_view name, const PlanPtr& plan, const ExprPtr& function) {
    append("({}", name);
    expression(function);
    input(plan);
  }

  void print(const Scan& node) {
    append("(scan table={}", raw(node.table));
    if (node.index) append(" index={}", raw(*node.index));
    std::visit(Overloaded{
                   [&](const KeyRange& range) { print(range); },
                   [&](const KeySet& set) {
                     out_.append(" keys={");
                     for (std::size_t i = 0; i < set.keys.size(); ++i) {
                       if (i > 0) out_.append(", ");
                       value::write_notation(set.keys[i], out_);
                     }
                     out_.push_back('}');
                   },
               },
               node.keys);
    if (node.order) append(" order={}", row_of(kDirectionWords, *node.order).word);
  }

  // `(keys expression …)`, or `(above expression)`, `(from expression)` and `(below …)`, `(to …)`.
  void print(const ScanBy& node) {
    append("(scan_by table={}", raw(node.table));
    if (node.index) append(" index={}", raw(*node.index));
    if (node.order) append(" order={}", row_of(kDirectionWords, *node.order).word);
    if (!node.keys.empty()) {
      out_.append(" (keys");
      for (const ExprPtr& key : node.keys) expression(key);
      out_.push_back(')');
    }
    print(node.lower, "above", "from");
    print(node.upper, "below", "to");
  }
  void print(const ScanBy::End& end, std::string_view past, std::string_view at) {
    if (end.value == nullptr) return;
    append(" ({}", end.inclusive ? at : past);
    expression(end.value);
    out_.push_back(')');
  }

  // `keys=[1, 5)`, an absent bound as `-` or `+`.
  void print(const KeyRange& range) {
    if (!range.lower.value && !range.upper.value) return;
    append(" keys={}", range.lower.value && range.lower.inclusive ? '[' : '(');
    print(range.lower, "-");
    out_.append(", ");
    print(range.upper, "+");
    out_.push_back(range.upper.value && range.upper.inclusive ? ']' : ')');
  }
  void print(const Bound& bound, std::string_view unbounded) {
    if (bound.value) {
      value::write_notation(*bound.value, out_);
    } else {
      out_.append(unbounded);
    }
  }

  void print_order(value::Order order) {
    if (order != value::Order::native) append(" order={}", row_of(kOrderWords, order).word);
  }

  void print(const Sort& node) {
    out_.append("(sort");
    print_order(node.order);
    if (node.ties != Direction::ascending) {
      append(" ties={}", row_of(kDirectionWords, node.ties).word);
    }
    if (node.most) {
      append(" most={} ", node.most->rows);
      value::write_notation(value::Value::string(node.most->refusal), out_);
    }
    print(node.keys);
    input(node.input);
  }
  void print(const std::vector<SortKey>& keys) {
    for (const SortKey& key : keys) {
      with_word(row_of(kDirectionWords, key.direction).word, key.key);
    }
  }
  // ` (word expression)`
  void with_word(std::string_view word, const ExprPtr& part) {
    append(" ({}", word);
    expression(part);
    out_.push_back(')');
  }

  void print(const LookupJoin& node) {
    append("(lookup_join table={}", raw(node.table));
    if (node.index) append(" index={}", raw(*node.index));
    if (node.keep_order) out_.append(" keep_order");
    if (node.keep_unmatched) out_.append(" keep_unmatched");
    expression(node.key);
    print_condition(node.condition);
    input(node.outer);
  }

  void print_condition(const ExprPtr& condition) {
    if (condition != nullptr) with_word("condition", condition);
  }

  void print(const Join& node) {
    append("(hash_join {}", row_of(kJoinWords, node.kind).word);
    if (node.hold_left) out_.append(" hold_left");
    if (node.null_aware) out_.append(" null_aware");
    print_order(node.order);
    for (const JoinKey& key : node.keys) {
      out_.append(" (equal");
      expression(key.left);
      expression(key.right);
      out_.push_back(')');
    }
    print_condition(node.condition);
    input(node.left);
    input(node.right);
  }

  void print(const Apply& node) {
    out_.append("(apply");
    if (node.keep_unmatched) out_.append(" keep_unmatched");
    out_.append(" (");
    for (std::size_t i = 0; i < node.params.size(); ++i) {
      append("{}v{}", i == 0 ? "" : " ", static_cast<std::uint64_t>(node.params[i]));
    }
    out_.push_back(')');
    expression(node.arguments);
    print_condition(node.condition);
    input(node.outer);
    input(node.inner);
  }

  void print(const Group& node) {
    out_.append("(group");
    print_order(node.order);
    if (node.rollup) out_.append(" rollup");
    for (const ExprPtr& key : node.keys) with_word("key", key);
    for (const Aggregate& aggregate : node.aggregates) print(aggregate);
    input(node.input);
  }
  void print(const Aggregate& aggregate) {
    append(" ({}", row_of(kAggregateWords, aggregate.kind).word);
    if (aggregate.kind == AggregateKind::function) {
      out_.push_back(' ');
      print_function(aggregate.function, name_of_, out_);
    }
    if (aggregate.required) out_.append(" required");
    if (aggregate.argument != nullptr) expression(aggregate.argument);
    for (const Option& option : aggregate.options) print_option(option, name_of_, out_);
    out_.push_back(')');
  }

  void print(const Recursive& node) {
    append("(recursive {} most={} {} ", node.number, node.most.steps, node.most.number);
    value::write_notation(value::Value::string(node.most.refusal), out_);
    if (node.whole) out_.append(" whole");
    if (node.distinct_by != nullptr) with_word("distinct_by", node.distinct_by);
    input(node.seed);
    input(node.step);
  }

  void print(const Window& node) {
    out_.append("(window");
    print_order(node.compared_in);
    for (const ExprPtr& key : node.partition) with_word("partition", key);
    print(node.order);
    for (const WindowFunction& function : node.functions) print(function);
    input(node.input);
  }
  void print(const WindowFunction& function) {
    append(" ({}", row_of(kWindowWords, function.kind).word);
    if (function.count != 1) append(" count={}", function.count);
    if (function.argument != nullptr) with_word("of", function.argument);
    if (function.otherwise != nullptr) with_word("otherwise", function.otherwise);
    if (function.aggregate) print(*function.aggregate);
    if (function.frame) {
      append(" ({}", row_of(kFrameUnitWords, function.frame->unit).word);
      print(function.frame->start);
      print(function.frame->end);
      out_.push_back(')');
    }
    out_.push_back(')');
  }
  void print(const FrameBound& bound) {
    append(" ({}", row_of(kFrameEdgeWords, bound.edge).word);
    if (bound.limit != nullptr) {
      expression(bound.limit);
    } else if (bound.edge == FrameEdge::preceding || bound.edge == FrameEdge::following) {
      append(" {}", bound.rows);
    }
    out_.push_back(')');
  }

  FunctionNamer name_of_;
  std::string& out_;
  const bool lines_;
  std::size_t level_ = 0;
};

}  // namespace

std::string print(const PlanPtr& plan, FunctionNamer name_of) {
  std::string text;
  Printer(name_of, text, true).print(plan);
  return text;
}

void print_plan(const PlanPtr& plan, FunctionNamer name_of, std::string& out) {
  Printer(name_of, out, false).print(plan);
}

}  // namespace octavo::algebra
