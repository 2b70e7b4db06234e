#include <algorithm>

#include "dialect/sql/aggregate/states.h"
#include "function/grouped_states.h"

namespace octavo::sql {
namespace {

using value::Value;

class GroupedCounts final : public function::GroupsOf<std::int64_t> {
 public:
  Status add(Group group, const Value& argument) override {
    if (!argument.is_null()) ++states_[group];
    return {};
  }
  Status add_rows(const function::Operand& arguments, function::Shape /*shape*/,
                  std::span<const std::uint16_t> rows, std::span<const Group> groups) override {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (arguments.state(rows[i]) == function::kPresent) ++states_[groups[i]];
    }
    return {};
  }
  Result<Value> result(Group group) override { return Value::int64(states_[group]); }
};

class Count final : public function::AggregateState, public function::HasGroupedStates {
 public:
  Status add(const Value& argument) override {
    if (!argument.is_null()) ++count_;
    return {};
  }
  Status add_rows(const function::Operand& arguments, function::Shape /*shape*/,
                  std::span<const std::uint16_t> rows) override {
    for (const std::uint16_t row : rows) {
      if (arguments.state(row) == function::kPresent) ++count_;
    }
    return {};
  }
  Result<Value> result() override { return Value::int64(count_); }
  std::unique_ptr<function::GroupedStates> grouped() const override {
    return std::make_unique<GroupedCounts>();
  }
  bool removes() const override { return true; }
  Status remove(const Value& argument) override {
    if (!argument.is_null()) --count_;
    return {};
  }

 private:
  std::int64_t count_ = 0;
};

class CountDistinct final : public function::AggregateState {
 public:
  explicit CountDistinct(function::EvalContext& context) : met_(context) {}

  Status add(const Value& argument) override {
    if (!argument.is_array() || std::ranges::any_of(argument.as_array(), &Value::is_null))
      return {};
    TRY(const bool is_new, met_.add(argument));
    if (is_new) ++count_;
    return {};
  }
  Result<Value> result() override { return Value::int64(count_); }

 private:
  Met met_;
  std::int64_t count_ = 0;
};

}  // namespace

MadeState make_count(Options, function::EvalContext&) { return std::make_unique<Count>(); }

MadeState make_count_distinct(Options, function::EvalContext& context) {
  return std::make_unique<CountDistinct>(context);
}

}  // namespace octavo::sql
