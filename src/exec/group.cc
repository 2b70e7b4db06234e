#include <map>

#include "exec/operators.h"

namespace octavo::exec {
namespace {

using value::Value;

// One running aggregate. Sums add in the order rows come, in doubles, as ReQL does; a dialect with
// exact sums brings its own aggregate kind.
class Accumulator {
 public:
  Accumulator(algebra::AggregateKind kind, value::Order order) : kind_(kind), order_(order) {}

  Status add(const Value& argument) {
    ++count_;
    switch (kind_) {
      case algebra::AggregateKind::count: return {};
      case algebra::AggregateKind::sum:
      case algebra::AggregateKind::average:
        if (!argument.is_number()) {
          return fail(Code::type_mismatch, "Expected type NUMBER but found " +
                                               std::string(value::type_name(argument.type())) +
                                               ".");
        }
        sum_ += argument.to_double();
        return {};
      case algebra::AggregateKind::minimum:
        if (count_ == 1 || value::compare(argument, best_, order_) < 0) best_ = argument;
        return {};
      case algebra::AggregateKind::maximum:
        if (count_ == 1 || value::compare(argument, best_, order_) > 0) best_ = argument;
        return {};
    }
    return {};
  }

  // Null when there was nothing to aggregate, except for counts and sums.
  Value result() const {
    switch (kind_) {
      case algebra::AggregateKind::count: return Value::int64(static_cast<std::int64_t>(count_));
      case algebra::AggregateKind::sum: return Value::float64(sum_);
      case algebra::AggregateKind::average:
        return count_ == 0 ? Value() : Value::float64(sum_ / static_cast<double>(count_));
      case algebra::AggregateKind::minimum:
      case algebra::AggregateKind::maximum: return best_;
    }
    return {};
  }

 private:
  algebra::AggregateKind kind_;
  value::Order order_;  // for least and greatest
  std::uint64_t count_ = 0;
  double sum_ = 0;
  Value best_;
};

struct KeyOrder {
  value::Order order;
  bool operator()(const Value& a, const Value& b) const { return value::compare(a, b, order) < 0; }
};

// Hashless grouping over an ordered map: groups leave in key order. Output rows are
// {group, reduction}; several keys make the group an array, several aggregates the reduction.
constexpr std::size_t kEntryBytes = 96;  // of the map, beside what the key holds

class GroupOperator final : public Operator {
 public:
  GroupOperator(const algebra::Group& group, OperatorPtr input, const OperatorContext& context)
      : group_(group),
        input_(std::move(input)),
        context_(context),
        memory_(context.query),
        groups_(KeyOrder{group.order}) {}

  Status next(std::size_t max_rows, Rows& out) override {
    if (input_ != nullptr) {
      TRY_STATUS(fill());
      at_ = groups_.begin();
    }
    for (std::size_t n = 0; n < max_rows && at_ != groups_.end(); ++n, ++at_) {
      out.push_back(row(at_->first, at_->second));
    }
    return {};
  }

 private:
  using Accumulators = std::vector<Accumulator>;

  Status fill() {
    if (group_.keys.empty()) TRY_STATUS(accumulators(Value()));
    Rows batch;
    do {
      TRY_STATUS(context_.query.check());
      batch.clear();
      TRY_STATUS(input_->next(kBatchRows, batch));
      for (const auto& r : batch) TRY_STATUS(add(r));
    } while (!batch.empty());
    input_.reset();
    return {};
  }

  Status add(const Value& r) {
    TRY(const Value key, group_key(r));
    TRY(Accumulators* const into, accumulators(key));
    for (std::size_t i = 0; i < group_.aggregates.size(); ++i) {
      const auto& aggregate = group_.aggregates[i];
      if (aggregate.argument == nullptr) {
        TRY_STATUS((*into)[i].add(Value()));
        continue;
      }
      auto argument = function::evaluate_lambda(aggregate.argument, std::span(&r, 1),
                                                context_.query.evaluation);
      if (!argument && argument.error().code == Code::missing_value) continue;
      if (!argument) return fail(argument.error());
      TRY_STATUS((*into)[i].add(*argument));
    }
    return {};
  }

  Result<Value> group_key(const Value& r) {
    std::vector<Value> parts;
    for (const auto& key : group_.keys) {
      auto part = function::evaluate_lambda(key, std::span(&r, 1), context_.query.evaluation);
      if (!part && part.error().code != Code::missing_value) return fail(part.error());
      parts.push_back(part ? *std::move(part) : Value());
    }
    if (parts.empty()) return Value();
    return parts.size() == 1 ? std::move(parts.front()) : Value::array(std::move(parts));
  }

  Result<Accumulators*> accumulators(const Value& key) {
    auto it = groups_.find(key);
    if (it == groups_.end()) {
      TRY_STATUS(memory_.add(kEntryBytes + group_.aggregates.size() * sizeof(Accumulator)));
      Accumulators fresh;
      for (const auto& aggregate : group_.aggregates) {
        fresh.emplace_back(aggregate.kind, group_.order);
      }
      it = groups_.emplace(key, std::move(fresh)).first;
    }
    return &it->second;
  }

  static Value row(const Value& key, const Accumulators& from) {
    std::vector<Value> results;
    for (const auto& accumulator : from) results.push_back(accumulator.result());
    std::vector<value::Field> fields;
    fields.push_back({"group", key});
    fields.push_back({"reduction", results.size() == 1 ? std::move(results.front())
                                                       : Value::array(std::move(results))});
    return Value::object(std::move(fields));
  }

  algebra::Group group_;
  OperatorPtr input_;
  OperatorContext context_;
  MemoryCharge memory_;
  std::map<Value, Accumulators, KeyOrder> groups_;
  std::map<Value, Accumulators, KeyOrder>::const_iterator at_;
};

}  // namespace

OperatorPtr make_group(const algebra::Group& group, OperatorPtr input,
                       const OperatorContext& context) {
  return std::make_unique<GroupOperator>(group, std::move(input), context);
}

}  // namespace octavo::exec
