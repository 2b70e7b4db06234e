#include "exec/profile.h"

#include <algorithm>
#include <vector>

#include "algebra/children.h"
#include "base/clock.h"

namespace octavo::exec {
namespace {

std::vector<const algebra::Plan*> inputs_of(const algebra::Plan& plan) {
  std::vector<const algebra::Plan*> inputs;
  algebra::for_each_input(
      plan, [&inputs](const algebra::PlanPtr& input) { inputs.push_back(input.get()); });
  return inputs;
}

class ProfiledOperator final : public Operator {
 public:
  ProfiledOperator(OperatorPtr input, NodeWork& work) : input_(std::move(input)), work_(work) {
    ++work_.loops;
  }

  Status next(std::size_t max_rows, Rows& out) override {
    const std::size_t before = out.size();
    const std::int64_t started_ns = system_clock().monotonic_ns();
    Status read = input_->next(max_rows, out);
    note(started_ns, out.size() - before);
    return read;
  }

  Result<std::uint64_t> skip(std::uint64_t rows) override {
    const std::int64_t started_ns = system_clock().monotonic_ns();
    auto skipped = input_->skip(rows);
    note(started_ns, skipped ? *skipped : 0);
    return skipped;
  }

 private:
  void note(std::int64_t started_ns, std::uint64_t rows) {
    const std::int64_t took_ns = system_clock().monotonic_ns() - started_ns;
    work_.rows += rows;
    work_.total_ns += took_ns;
    if (is_first_) work_.first_ns += took_ns;
    is_first_ = false;
  }

  OperatorPtr input_;
  NodeWork& work_;
  bool is_first_ = true;
};

}  // namespace

// Values that are put into a plan leave its shape; where they make another node of one (a scan of
// known keys) that has no inputs.
void ProfiledNodes::add(Profile& profile, const algebra::Plan& plan, const algebra::Plan& origin) {
  std::visit(
      [&](const auto& node) {
        nodes_.emplace(&node, Node{.origin = &origin, .work = &profile.of(origin)});
      },
      plan.node);
  const auto inputs = inputs_of(plan);
  const auto origins = inputs_of(origin);
  for (std::size_t i = 0; i < std::min(inputs.size(), origins.size()); ++i) {
    add(profile, *inputs[i], *origins[i]);
  }
}

OperatorPtr make_profiled(OperatorPtr input, NodeWork& work) {
  return std::make_unique<ProfiledOperator>(std::move(input), work);
}

}  // namespace octavo::exec
