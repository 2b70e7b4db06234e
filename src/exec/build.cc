#include "exec/operators.h"

namespace octavo::exec {
namespace {

class Builder {
 public:
  explicit Builder(const OperatorContext& context) : context_(context) {}

  Result<OperatorPtr> build(const algebra::PlanPtr& plan, std::size_t depth) {
    if (depth > kMaxNestingDepth) {
      return fail(Code::resource_exhausted, "The query plan is nested too deeply.");
    }
    return std::visit([&](const auto& node) { return make(node, depth + 1); }, plan->node);
  }

 private:
  Result<OperatorPtr> make(const algebra::Scan& node, std::size_t) {
    return make_scan(node, context_);
  }
  Result<OperatorPtr> make(const algebra::Values& node, std::size_t) { return make_values(node); }
  Result<OperatorPtr> make(const algebra::Filter& node, std::size_t depth) {
    TRY(auto input, build(node.input, depth));
    return make_filter(node, std::move(input), context_);
  }
  Result<OperatorPtr> make(const algebra::Map& node, std::size_t depth) {
    TRY(auto input, build(node.input, depth));
    return make_map(node, std::move(input), context_);
  }
  Result<OperatorPtr> make(const algebra::Unwind& node, std::size_t depth) {
    TRY(auto input, build(node.input, depth));
    return make_unwind(node, std::move(input), context_);
  }
  Result<OperatorPtr> make(const algebra::Sort& node, std::size_t depth) {
    TRY(auto input, build(node.input, depth));
    return make_sort(node, std::move(input), context_);
  }
  Result<OperatorPtr> make(const algebra::Limit& node, std::size_t depth) {
    TRY(auto input, build(node.input, depth));
    return make_limit(node, std::move(input));
  }
  Result<OperatorPtr> make(const algebra::Distinct& node, std::size_t depth) {
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
  static bool is_plain_count(const algebra::Group& node) {
    return node.keys.empty() && node.aggregates.size() == 1 &&
           node.aggregates.front().kind == algebra::AggregateKind::count &&
           node.aggregates.front().argument == nullptr;
  }
  Result<OperatorPtr> make(const algebra::Group& node, std::size_t depth) {
    if (const auto* scan = std::get_if<algebra::Scan>(&node.input->node);
        scan != nullptr && is_plain_count(node)) {
      return make_count(*scan, context_);
    }
    TRY(auto over_fields, make_field_group(node, context_));
    if (over_fields != nullptr) return over_fields;
    TRY(auto input, build(node.input, depth));
    return make_group(node, std::move(input), context_);
  }

  const OperatorContext& context_;
};

}  // namespace

Result<OperatorPtr> build(const algebra::PlanPtr& plan, const OperatorContext& context) {
  return Builder(context).build(plan, 0);
}

}  // namespace octavo::exec
