#include <algorithm>
#include <limits>
#include <optional>

#include "algebra/children.h"
#include "base/overloaded.h"
#include "exec/index_keys.h"
#include "exec/keyed_columns.h"
#include "exec/map_chain.h"
#include "exec/needed_fields.h"
#include "exec/operators.h"
#include "exec/plain_fields.h"
#include "exec/profile.h"
#include "exec/scan_keys.h"
#include "function/aggregate.h"
#include "function/first_value.h"

namespace octavo::exec {
namespace {

// Whether the operator of a node holds rows.
bool holds_rows(const algebra::Plan& plan) {
  return std::visit(Overloaded{
                        [](const algebra::Sort&) { return true; },
                        [](const algebra::Distinct&) { return true; },
                        [](const algebra::Join&) { return true; },
                        [](const algebra::Group& group) { return !group.keys.empty(); },
                        [](const algebra::Window&) { return true; },
                        [](const algebra::Recursive&) { return true; },
                        [](const auto&) { return false; },
                    },
                    plan.node);
}
std::size_t count_holders(const algebra::Plan& plan) {
  std::size_t count = holds_rows(plan) ? 1 : 0;
  algebra::for_each_input(plan,
                          [&](const algebra::PlanPtr& input) { count += count_holders(*input); });
  return count;
}

class Builder {
 public:
  // `rows`: what is looked at of those that the plan gives.
  Builder(const OperatorContext& context, const algebra::Plan& plan, Need rows)
      : context_(context), plan_(plan), rows_(std::move(rows)) {}

  Result<OperatorPtr> build(const algebra::PlanPtr& plan, std::size_t depth) {
    if (depth > kMaxNestingDepth) {
      return fail(Code::resource_exhausted, "The query plan is nested too deeply.");
    }
    TRY(auto made, make_any(plan, depth));
    return profiled(*plan, std::move(made));
  }
  // The rows of the plan, which is a join.
  Result<OperatorPtr> build_row_join() {
    const auto& join = std::get<algebra::Join>(plan_.node);
    TRY(auto left, build(join.left, 0));
    TRY(auto right, build(join.right, 0));
    return make_hash_join(join, std::move(left), std::move(right), context_);
  }

 private:
  Result<OperatorPtr> make_any(const algebra::PlanPtr& plan, std::size_t depth) {
    if (const auto* const scan = std::get_if<algebra::Scan>(&plan->node)) {
      return make_scan(*scan, needed().find(*scan), context_);
    }
    TRY(auto arrays, make_arrays(*plan));
    if (arrays != nullptr) return arrays;
    const auto fields = some_fields(*plan);
    TRY(auto over_fields,
        fields ? make_rows_of_fields(plan, *fields, context_) : make_field_rows(plan, context_));
    if (over_fields != nullptr) return with_inputs(*plan, std::move(over_fields));
    return std::visit([&](const auto& node) { return make(node, depth + 1); }, plan->node);
  }

  OperatorPtr profiled(const algebra::Plan& plan, OperatorPtr made) const {
    const auto* const node = context_.profiled == nullptr ? nullptr : context_.profiled->find(plan);
    return node == nullptr ? std::move(made) : make_profiled(std::move(made), *node->work);
  }
  // An operator that does the work of all nodes below its own.
  OperatorPtr with_inputs(const algebra::Plan& plan, OperatorPtr made) const {
    algebra::for_each_input(
        plan, [&](const algebra::PlanPtr& input) { made = over_input(input, std::move(made)); });
    return made;
  }
  OperatorPtr over_input(const algebra::PlanPtr& input, OperatorPtr made) const {
    if (context_.profiled != nullptr) note_within(input);
    return made;
  }
  void note_within(const algebra::PlanPtr& plan) const {
    const auto* const node = context_.profiled->find(*plan);
    if (node != nullptr) node->work->within = true;
    algebra::for_each_input(*plan, [this](const algebra::PlanPtr& input) { note_within(input); });
  }

  // What is wanted of the rows of a scan or a join, where that is all that is below nodes of single
  // rows. Nothing: it is something else, or all of a scan's is wanted.
  std::optional<Need> some_fields(const algebra::Plan& plan) {
    if (const auto* const filter = std::get_if<algebra::Filter>(&plan.node)) {
      return some_fields(*filter->input);
    }
    if (const auto* const map = std::get_if<algebra::Map>(&plan.node)) {
      return some_fields(*map->input);
    }
    if (std::holds_alternative<algebra::Join>(plan.node) ||
        std::holds_alternative<algebra::LookupJoin>(plan.node)) {
      // Joins of a few rows by their keys are many, and are to be ready soon.
      return gives_columns(plan) ? std::optional(*needed().find_pairs(plan)) : std::nullopt;
    }
    const auto* const scan = std::get_if<algebra::Scan>(&plan.node);
    const auto* const names = scan == nullptr ? nullptr : needed().find(*scan);
    if (names == nullptr || !needed().all_plain()) return std::nullopt;
    Need need;
    for (const std::string& name : *names) need.field(name).all = true;
    return need;
  }
  // Most plans of a few rows do not ask.
  const NeededFields& needed() {
    if (!needed_) needed_.emplace(plan_, rows_);
    return *needed_;
  }

  // Arrays of fields of the rows of a scan. Null: it is something else.
  Result<OperatorPtr> make_arrays(const algebra::Plan& plan) const {
    const auto* const map = std::get_if<algebra::Map>(&plan.node);
    const auto* const scan =
        map == nullptr ? nullptr : std::get_if<algebra::Scan>(&map->input->node);
    auto names = scan == nullptr ? std::nullopt : array_of_fields(map->function);
    if (!names) return nullptr;
    return profiled(*map->input, make_field_arrays(*scan, *std::move(names), context_));
  }

  Result<OperatorPtr> make(const algebra::Scan& node, std::size_t) {
    return make_scan(node, nullptr, context_);
  }
  Result<OperatorPtr> make(const algebra::ScanBy&, std::size_t) {
    return fail(Code::internal, "A scan without keys.");  // `build` has computed them
  }
  Result<OperatorPtr> make(const algebra::Values& node, std::size_t) { return make_values(node); }
  Result<OperatorPtr> make(const algebra::Filter& node, std::size_t depth) {
    TRY(auto input, build(node.input, depth));
    return make_filter(node, std::move(input), context_);
  }
  Result<OperatorPtr> make(const algebra::Map& node, std::size_t depth) {
    TRY(auto over_sort, make_arrays_of_sorted(node));
    if (over_sort == nullptr) {
      TRY(over_sort, make_first_rows(node));
    }
    if (over_sort != nullptr) return over_sort;
    MapChain chain = chain_from(node);
    TRY(auto input, build(*chain.input, depth));
    if (chain.functions.size() == 1) return make_map(node, std::move(input), context_);
    return make_map_chain(std::move(chain.functions), std::move(input), context_);
  }
  // A map and those below it that share its operator: a thousand stages of a pipeline are a
  // thousand maps. The lowest ones are left alone, over columns there may be something better for
  // them.
  struct MapChain {
    std::vector<algebra::ExprPtr> functions;  // the lowest first
    const algebra::PlanPtr* input;
  };
  MapChain chain_from(const algebra::Map& top) const {
    constexpr std::size_t kLeftAlone = 4;
    std::vector<const algebra::Map*> maps = {&top};
    while (const auto* below = std::get_if<algebra::Map>(&maps.back()->input->node)) {
      maps.push_back(below);
    }
    const bool is_long = maps.size() > kLeftAlone && context_.profiled == nullptr;
    maps.resize(is_long ? maps.size() - kLeftAlone : 1);
    MapChain chain{.functions = {}, .input = &maps.back()->input};
    for (const algebra::Map* map : maps) chain.functions.push_back(map->function);
    std::ranges::reverse(chain.functions);
    return chain;
  }
  // Arrays of fields of sorted rows, which are all that the sort has to hold of them. Null: it is
  // something else.
  Result<OperatorPtr> make_arrays_of_sorted(const algebra::Map& map) {
    algebra::PlanPtr below = map.input;
    std::optional<algebra::Limit> limit;
    if (const auto* const first = std::get_if<algebra::Limit>(&below->node)) {
      limit = with_limits_below(*first);
      below = algebra::PlanPtr(limit->input);
    }
    const auto* const sort = std::get_if<algebra::Sort>(&below->node);
    auto names = sort == nullptr ? std::nullopt : array_of_fields(map.function);
    if (!names) return nullptr;
    const auto keep = limit ? rows_kept(*limit) : std::nullopt;
    TRY(auto made, make_field_sort(*sort, keep, context_, SortedRows{.fields = *std::move(names)}));
    if (made == nullptr) return nullptr;
    made = profiled(*below, over_input(sort->input, std::move(made)));
    return limit ? profiled(*map.input, make_limit(*limit, std::move(made))) : std::move(made);
  }
  // Of each group one row, as an array of fields, which is all that is wanted of the groups. They
  // come in the order of their keys. Null: it is something else.
  Result<OperatorPtr> make_first_rows(const algebra::Map& map) {
    const auto* const group = std::get_if<algebra::Group>(&map.input->node);
    const bool fits = group != nullptr && !group->rollup && !group->keys.empty() &&
                      group->aggregates.size() == 1 &&
                      path_of_field(map.function) == std::vector<std::string>{"reduction"};
    if (!fits || group->aggregates.front().argument == nullptr) return nullptr;
    auto names = array_of_fields(group->aggregates.front().argument);
    if (!names) return nullptr;
    TRY(const bool keeps_first, gives_first(group->aggregates.front()));
    if (!keeps_first) return nullptr;
    algebra::Sort sort{.input = group->input, .keys = {}, .order = group->order};
    for (const algebra::ExprPtr& key : group->keys) sort.keys.push_back({.key = key});
    TRY(auto made, make_field_sort(sort, std::nullopt, context_,
                                   SortedRows{.fields = *std::move(names), .firsts = true}));
    return made == nullptr ? nullptr : over_input(map.input, std::move(made));
  }
  // Whether the aggregate is what its argument is for the first row.
  Result<bool> gives_first(const algebra::Aggregate& aggregate) const {
    if (aggregate.kind != algebra::AggregateKind::function) return false;
    const auto* const row = function::find_aggregate(aggregate.function);
    if (row == nullptr) return false;
    TRY(const auto state, row->make(aggregate.options, context_.query.evaluation));
    return dynamic_cast<const function::KeepsFirst*>(state.get()) != nullptr;
  }

  Result<OperatorPtr> make(const algebra::Unwind& node, std::size_t depth) {
    TRY(auto input, build(node.input, depth));
    return make_unwind(node, std::move(input), context_);
  }
  Result<OperatorPtr> make(const algebra::Sort& node, std::size_t depth) {
    return sorted(node, std::nullopt, depth);
  }
  Result<OperatorPtr> sorted(const algebra::Sort& node, std::optional<std::uint64_t> keep,
                             std::size_t depth) {
    if (!some_fields(*node.input)) {
      TRY(auto over_fields, make_field_sort(node, keep, context_));
      if (over_fields != nullptr) return over_input(node.input, std::move(over_fields));
    }
    TRY(auto input, build(node.input, depth));
    return make_sort(node, keep, std::move(input), context_);
  }
  // A sort below keeps no more rows than the limit lets through.
  Result<OperatorPtr> make(const algebra::Limit& node, std::size_t depth) {
    const algebra::Limit limit = with_limits_below(node);
    const auto* sort = std::get_if<algebra::Sort>(&limit.input->node);
    OperatorPtr input;
    if (sort != nullptr && limit.count) {
      TRY(auto first, sorted(*sort, rows_kept(limit), depth));
      input = profiled(*limit.input, std::move(first));
    } else {
      TRY(input, build(limit.input, depth));
    }
    return make_limit(limit, std::move(input));
  }
  // So many of the rows below it are given out or skipped. Nothing: all.
  static std::optional<std::uint64_t> rows_kept(const algebra::Limit& limit) {
    if (!limit.count) return std::nullopt;
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max() - limit.skip;
    return limit.skip + std::min(*limit.count, most);
  }
  // Limits right below a limit and the limit as one, as long as the upper one gives a row: else
  // the lower one's rows, which are read to be skipped, could not be told any more.
  static algebra::Limit with_limits_below(algebra::Limit limit) {
    while (const auto* below = std::get_if<algebra::Limit>(&limit.input->node)) {
      if (below->count && *below->count <= limit.skip) break;
      if (below->skip > std::numeric_limits<std::uint64_t>::max() - limit.skip) break;
      if (below->count) {
        const std::uint64_t left = *below->count - limit.skip;
        limit.count = std::min(limit.count.value_or(left), left);
      }
      limit.skip += below->skip;
      limit.input = algebra::PlanPtr(below->input);
    }
    return limit;
  }
  Result<OperatorPtr> make(const algebra::Distinct& node, std::size_t depth) {
    TRY(auto keys, make_index_keys(node, context_));
    if (keys != nullptr) return over_input(node.input, std::move(keys));
    TRY(auto input, build(node.input, depth));
    return make_distinct(std::move(input), context_);
  }
  Result<OperatorPtr> make(const algebra::Union& node, std::size_t depth) {
    std::vector<OperatorPtr> inputs;
    for (const auto& branch : node.inputs) {
      TRY(auto input, build(branch, depth));
      inputs.push_back(std::move(input));
    }
    return make_union(std::move(inputs));
  }
  Result<OperatorPtr> make(const algebra::LookupJoin& node, std::size_t depth) {
    TRY(auto outer, build(node.outer, depth));
    return make_lookup_join(node, std::move(outer), context_);
  }
  Result<OperatorPtr> make(const algebra::Apply& node, std::size_t depth) {
    TRY(auto outer, build(node.outer, depth));
    return make_apply(node, std::move(outer), context_);
  }
  Result<OperatorPtr> make(const algebra::Join& node, std::size_t depth) {
    TRY(auto left, build(node.left, depth));
    TRY(auto right, build(node.right, depth));
    return make_hash_join(node, std::move(left), std::move(right), context_);
  }
  static bool is_plain_count(const algebra::Group& node) {
    return node.keys.empty() && !node.rollup && node.aggregates.size() == 1 &&
           node.aggregates.front().kind == algebra::AggregateKind::count &&
           node.aggregates.front().argument == nullptr;
  }
  Result<OperatorPtr> make(const algebra::Group& node, std::size_t depth) {
    if (const auto* scan = std::get_if<algebra::Scan>(&node.input->node);
        scan != nullptr && is_plain_count(node)) {
      return over_input(node.input, make_count(*scan, context_));
    }
    TRY(auto over_fields, make_field_group(node, context_));
    if (over_fields != nullptr) return over_input(node.input, std::move(over_fields));
    TRY(auto input, build(node.input, depth));
    return make_group(node, std::move(input), context_);
  }
  Result<OperatorPtr> make(const algebra::Working& node, std::size_t) {
    return make_working(node, context_);
  }
  Result<OperatorPtr> make(const algebra::Recursive& node, std::size_t depth) {
    TRY(auto seed, build(node.seed, depth));
    return make_recursive(node, std::move(seed), context_);
  }
  Result<OperatorPtr> make(const algebra::Window& node, std::size_t depth) {
    const algebra::Sort sort = sort_of(node);
    TRY(auto input,
        sort.keys.empty() ? build(node.input, depth) : sorted(sort, std::nullopt, depth));
    return make_window(node, std::move(input), context_);
  }

  const OperatorContext& context_;
  const algebra::Plan& plan_;
  const Need rows_;
  std::optional<NeededFields> needed_;
};

}  // namespace

Result<OperatorPtr> build_rows(const algebra::PlanPtr& plan, const Need& need,
                               const OperatorContext& context) {
  return Builder(context, *plan, need).build(plan, 0);
}

Result<OperatorPtr> build_row_join(const algebra::PlanPtr& join, const Need& need,
                                   const OperatorContext& context) {
  return Builder(context, *join, need).build_row_join();
}

Result<OperatorPtr> build(const algebra::PlanPtr& plan, const OperatorContext& context,
                          const algebra::Plan* origin) {
  TRY(const algebra::PlanPtr keyed, with_scan_keys(plan, context.query));
  OperatorContext of_plan = context;
  if (context.query.spill != nullptr) of_plan.holders += count_holders(*keyed);
  of_plan.profiled = context.query.profile == nullptr
                         ? nullptr
                         : std::make_shared<ProfiledNodes>(*context.query.profile, keyed,
                                                           origin == nullptr ? *plan : *origin);
  return Builder(of_plan, *keyed, {.all = true, .fields = {}}).build(keyed, 0);
}

}  // namespace octavo::exec
