#include "dialect/sql/bind/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "algebra/children.h"
#include "base/overloaded.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/row_estimates.h"
#include "dialect/sql/bind/stored_index.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/print.h"
#include "function/aggregate.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using algebra::Plan;
using algebra::PlanPtr;
using value::Value;

constexpr std::size_t kIndent = 4;
// Keys of a set that are named one by one.
constexpr std::size_t kMostKeys = 8;

const ExprPtr& body_of(const ExprPtr& function) {
  const auto* const lambda = std::get_if<algebra::Lambda>(&function->node);
  return lambda == nullptr ? function : lambda->body;
}

// What texts compare by is shown as the text.
std::string text_of(const ExprPtr& function) {
  const ExprPtr& body = body_of(function);
  const auto* const call = std::get_if<algebra::Call>(&body->node);
  const bool is_key =
      call != nullptr && call->function == algebra::FunctionId{kFamily, op::kCollationKey};
  return print_expression(is_key ? *call->args.front() : *body);
}

template <class Items, class Print>
std::string joined(const Items& items, std::string_view separator, Print print) {
  std::string text;
  for (const auto& item : items) {
    if (!text.empty()) text += separator;
    text += print(item);
  }
  return text;
}

std::string_view join_words(const algebra::Join& join) {
  switch (join.kind) {
    case algebra::JoinKind::inner: return "Inner hash join";
    case algebra::JoinKind::left: return "Left hash join";
    case algebra::JoinKind::semi: return "Hash semijoin";
    case algebra::JoinKind::anti: return "Hash antijoin";
    case algebra::JoinKind::mark: return "Hash join that marks rows with a match";
  }
  std::unreachable();
}

std::string window_words(const algebra::WindowFunction& function) {
  switch (function.kind) {
    case algebra::WindowKind::row_number: return "row_number()";
    case algebra::WindowKind::rank: return "rank()";
    case algebra::WindowKind::dense_rank: return "dense_rank()";
    case algebra::WindowKind::percent_rank: return "percent_rank()";
    case algebra::WindowKind::cume_dist: return "cume_dist()";
    case algebra::WindowKind::ntile: return "ntile()";
    case algebra::WindowKind::lag: return "lag()";
    case algebra::WindowKind::lead: return "lead()";
    case algebra::WindowKind::first_value: return "first_value()";
    case algebra::WindowKind::last_value: return "last_value()";
    case algebra::WindowKind::nth_value: return "nth_value()";
    case algebra::WindowKind::aggregate: return "aggregate";
  }
  std::unreachable();
}

std::string aggregate_words(const algebra::Aggregate& aggregate) {
  const auto argument = [&] {
    return aggregate.argument == nullptr ? std::string("0") : text_of(aggregate.argument);
  };
  switch (aggregate.kind) {
    case algebra::AggregateKind::count: return "count(" + argument() + ")";
    case algebra::AggregateKind::sum: return "sum(" + argument() + ")";
    case algebra::AggregateKind::average: return "avg(" + argument() + ")";
    case algebra::AggregateKind::minimum: return "min(" + argument() + ")";
    case algebra::AggregateKind::maximum: return "max(" + argument() + ")";
    case algebra::AggregateKind::function: break;
  }
  const function::AggregateRow* const row = function::find_aggregate(aggregate.function);
  std::string_view name = row == nullptr ? std::string_view("?") : row->name;
  name.remove_prefix(std::min(name.find('.') + 1, name.size()));
  return fmt::format("{}({})", name, argument());
}

class TreeText {
 public:
  explicit TreeText(BindContext& context) : binding_(context), estimates_(binding_) {}

  void add(const Plan& plan, std::size_t depth) {
    std::visit([&](const auto& node) { add(node, plan, depth); }, plan.node);
  }
  std::vector<ExplainLine> take() && { return std::move(lines_); }

 private:
  void line(std::size_t depth, std::string_view words) {
    lines_.push_back({.text = fmt::format("{:{}}-> {}", "", depth * kIndent, words)});
  }
  void line(std::size_t depth, const Plan& plan, std::string_view words) {
    line(depth, fmt::format("{}  (rows={:.0f})", words, std::ceil(estimates_.plan(plan))));
    lines_.back().node = &plan;
  }

  // --- Names ---

  const catalog::TableDefinition* find_table(TableId id) const {
    return binding_.context().definitions.find_table(id);
  }
  std::string table_name(TableId id) const {
    const catalog::TableDefinition* const table = find_table(id);
    return table == nullptr ? "?" : table->name;
  }
  std::string key_name(TableId id, std::optional<IndexId> of) const {
    if (!of) return "PRIMARY";
    const catalog::TableDefinition* const table = find_table(id);
    const auto* const index = table == nullptr ? nullptr : table->find_index(*of);
    return index == nullptr ? "?" : index->name;
  }
  std::string lookup_words(TableId table, std::optional<IndexId> index) const {
    return fmt::format(
        "{} on {} using {}",
        is_unique_key(find_table(table), index) ? "Single-row index lookup" : "Index lookup",
        table_name(table), key_name(table, index));
  }

  // --- Scans ---

  static std::string key_text(const Value& key) {
    if (key.is_array()) {
      return "(" + joined(key.as_array(), ", ", [](const Value& part) { return key_text(part); }) +
             ")";
    }
    // What collations compare by tells nobody anything.
    const bool is_plain = key.is_number() || key.is_string() || key.is_null();
    return is_plain ? print_expression({algebra::Const{key}}) : "...";
  }

  static std::string range_text(const algebra::KeyRange& range) {
    std::string text;
    if (range.lower.value) {
      text += key_text(*range.lower.value) + (range.lower.inclusive ? " <= " : " < ");
    }
    text += "key";
    if (range.upper.value) {
      text += (range.upper.inclusive ? " <= " : " < ") + key_text(*range.upper.value);
    }
    return text;
  }

  void add(const algebra::Scan& node, const Plan& plan, std::size_t depth) {
    const std::string table = table_name(node.table);
    const std::string key = key_name(node.table, node.index);
    const bool backwards = node.order == algebra::Direction::descending;
    const std::string_view reverse = backwards ? " (reverse)" : "";
    if (const auto* const set = std::get_if<algebra::KeySet>(&node.keys)) {
      std::string keys = set->keys.size() > kMostKeys ? fmt::format("{} keys", set->keys.size())
                                                      : joined(set->keys, ", ", key_text);
      const bool is_one =
          set->keys.size() == 1 && is_unique_key(find_table(node.table), node.index);
      return line(
          depth, plan,
          fmt::format("{} on {} using {} ({})", is_one ? "Single-row index lookup" : "Index lookup",
                      table, key, keys));
    }
    const auto& range = std::get<algebra::KeyRange>(node.keys);
    if (range.lower.value || range.upper.value) {
      return line(depth, plan,
                  fmt::format("Index range scan on {} using {} over ({}){}", table, key,
                              range_text(range), reverse));
    }
    if (!node.index && !node.order) return line(depth, plan, "Table scan on " + table);
    line(depth, plan, fmt::format("Index scan on {} using {}{}", table, key, reverse));
  }
  void add(const algebra::ScanBy& node, const Plan& plan, std::size_t depth) {
    if (!node.keys.empty()) return line(depth, plan, lookup_words(node.table, node.index));
    line(depth, plan,
         fmt::format("Index range scan on {} using {} (bounds known when it runs)",
                     table_name(node.table), key_name(node.table, node.index)));
  }
  void add(const algebra::Values& node, const Plan& plan, std::size_t depth) {
    line(depth, plan, node.rows.empty() ? "Zero rows" : "Rows fetched before execution");
  }
  void add(const algebra::Working&, const Plan& plan, std::size_t depth) {
    line(depth, plan, "Scan new records on <recursive>");
  }

  // --- Rows one by one ---

  void add(const algebra::Filter&, const Plan& plan, std::size_t depth) {
    std::string conditions;
    const Plan* below = &plan;
    std::vector<const Plan*> filters;
    while (const auto* const filter = std::get_if<algebra::Filter>(&below->node)) {
      const std::string condition = text_of(filter->predicate);
      if (!conditions.empty()) conditions.insert(0, " and ");
      conditions.insert(0, condition);
      filters.push_back(below);
      below = filter->input.get();
    }
    if (filters.size() > 1) conditions = "(" + conditions + ")";
    line(depth, plan, "Filter: " + conditions);
    add(*below, depth + 1);
    for (const Plan* const filter : filters) add_queries(*filter, "condition", depth + 1);
  }
  void add(const algebra::Map& node, const Plan& plan, std::size_t depth) {
    add(*node.input, depth);
    add_queries(plan, "projection", depth);
  }
  void add(const algebra::Unwind& node, const Plan& plan, std::size_t depth) {
    line(depth, plan, "Rows of arrays");
    add(*node.input, depth + 1);
    add_queries(plan, "projection", depth + 1);
  }

  // A query that stands in an expression of the node.
  void add_queries(const Plan& plan, std::string_view where, std::size_t depth) {
    algebra::for_each_expression(plan, [&](const ExprPtr& expression) {
      algebra::for_each_subplan(*expression, [&](const algebra::Subplan& subplan) {
        line(depth, fmt::format("Select #{} (subquery in {}; {})", ++last_query_, where,
                                subplan.params.empty() ? "run only once" : "dependent"));
        add(*subplan.plan, depth + 1);
      });
    });
  }

  // --- All of the rows ---

  void add(const algebra::Sort& node, const Plan& plan, std::size_t depth) {
    add_sort(node, plan, std::nullopt, depth);
  }
  void add_sort(const algebra::Sort& node, const Plan& plan, std::optional<std::uint64_t> keep,
                std::size_t depth) {
    std::string words = "Sort: " + joined(node.keys, ", ", [](const algebra::SortKey& key) {
                          const bool down = key.direction == algebra::Direction::descending;
                          return text_of(key.key) + (down ? " DESC" : "");
                        });
    if (keep) words += fmt::format(", limit input to {} row(s) per chunk", *keep);
    line(depth, plan, words);
    add(*node.input, depth + 1);
    add_queries(plan, "sort", depth + 1);
  }
  void add(const algebra::Limit& node, const Plan& plan, std::size_t depth) {
    const std::string count = node.count ? std::to_string(*node.count) : "all";
    line(depth, plan,
         node.skip == 0 ? fmt::format("Limit: {} row(s)", count)
                        : fmt::format("Limit/Offset: {}/{} row(s)", count, node.skip));
    const auto* const sort = std::get_if<algebra::Sort>(&node.input->node);
    if (sort == nullptr || !node.count) return add(*node.input, depth + 1);
    add_sort(*sort, *node.input, *node.count + node.skip, depth + 1);
  }
  void add(const algebra::Distinct& node, const Plan& plan, std::size_t depth) {
    line(depth, plan, "Temporary table with deduplication");
    add(*node.input, depth + 1);
  }
  void add(const algebra::Union& node, const Plan& plan, std::size_t depth) {
    line(depth, plan, "Append");
    for (const PlanPtr& input : node.inputs) add(*input, depth + 1);
  }
  void add(const algebra::Group& node, const Plan& plan, std::size_t depth) {
    std::string words = node.keys.empty() ? "Aggregate: " : "Aggregate using temporary table: ";
    words += joined(node.aggregates, ", ", aggregate_words);
    if (!node.keys.empty()) words += " group by " + joined(node.keys, ", ", text_of);
    if (node.rollup) words += " with rollup";
    line(depth, plan, words);
    add(*node.input, depth + 1);
    add_queries(plan, "projection", depth + 1);
  }
  void add(const algebra::Window& node, const Plan& plan, std::size_t depth) {
    std::string words = "Window: " + joined(node.functions, ", ", window_words);
    if (!node.partition.empty()) words += " partition by " + joined(node.partition, ", ", text_of);
    if (!node.order.empty()) {
      words += " order by " + joined(node.order, ", ",
                                     [](const algebra::SortKey& key) { return text_of(key.key); });
    }
    line(depth, plan, words);
    add(*node.input, depth + 1);
    add_queries(plan, "projection", depth + 1);
  }
  void add(const algebra::Recursive& node, const Plan& plan, std::size_t depth) {
    line(depth, plan, "Materialize recursive CTE");
    add(*node.seed, depth + 1);
    line(depth + 1, "Repeat until convergence");
    add(*node.step, depth + 2);
  }

  // --- Joins ---

  void add(const algebra::LookupJoin& node, const Plan& plan, std::size_t depth) {
    line(depth, plan, node.keep_unmatched ? "Nested loop left join" : "Nested loop inner join");
    add(*node.outer, depth + 1);
    std::size_t below = depth + 1;
    if (node.condition != nullptr) line(below++, "Filter: " + text_of(node.condition));
    line(below,
         fmt::format("{} (key={})", lookup_words(node.table, node.index), text_of(node.key)));
    lines_.back().node = &plan;
    lines_.back().is_lookup = true;
    add_queries(plan, "condition", depth + 1);
  }
  void add(const algebra::Apply& node, const Plan& plan, std::size_t depth) {
    line(depth, plan, node.keep_unmatched ? "Nested loop left join" : "Nested loop inner join");
    add(*node.outer, depth + 1);
    std::size_t below = depth + 1;
    if (node.condition != nullptr) line(below++, "Filter: " + text_of(node.condition));
    line(below, fmt::format("Materialize (invalidate on {})", text_of(node.arguments)));
    add(*node.inner, below + 1);
    add_queries(plan, "condition", depth + 1);
  }
  // The rows that are held are shown last, as MySQL does.
  void add(const algebra::Join& node, const Plan& plan, std::size_t depth) {
    std::string words(join_words(node));
    if (node.keys.empty() && node.condition == nullptr) {
      words += " (no condition)";
    } else if (!node.keys.empty()) {
      words += " (" + joined(node.keys, " and ", [](const algebra::JoinKey& key) {
                 return fmt::format("({} = {})", text_of(key.left), text_of(key.right));
               });
      words += ")";
    }
    if (node.condition != nullptr) {
      words += (node.keys.empty() ? " (" : ", extra conditions: (") + text_of(node.condition) + ")";
    }
    line(depth, plan, words);
    const PlanPtr& held = node.hold_left ? node.left : node.right;
    add(node.hold_left ? *node.right : *node.left, depth + 1);
    line(depth + 1, "Hash");
    add(*held, depth + 2);
    add_queries(plan, "condition", depth + 1);
  }

  Binding binding_;
  RowEstimates estimates_;
  std::uint64_t last_query_ = 1;
  std::vector<ExplainLine> lines_;
};

}  // namespace

std::vector<ExplainLine> explain_tree(const Plan& plan, BindContext& context) {
  TreeText text(context);
  text.add(plan, 0);
  return std::move(text).take();
}

}  // namespace octavo::sql
