// $top, $bottom, $topN, $bottomN: the values of the rows that come first or last in an order.

#include <set>

#include "dialect/mongodb/accumulator/states.h"

namespace octavo::mongodb {
namespace {

using value::Value;

enum class Side : std::uint8_t { top, bottom };

struct Ranked {
  Value keys;  // an array
  Value value;
};

// Rows that are equal stay in the order in which they came.
class InOrder {
 public:
  explicit InOrder(Options options) {
    const Value* descending = function::find_option(options, "descending");
    if (descending == nullptr || !descending->is_array()) return;
    for (const Value& key : descending->as_array()) {
      descending_.push_back(key.type() == value::Type::boolean && key.as_boolean());
    }
  }

  std::size_t keys() const { return descending_.size(); }
  bool operator()(const Ranked& a, const Ranked& b) const {
    for (std::size_t i = 0; i < descending_.size(); ++i) {
      const auto order =
          value::compare(a.keys.as_array()[i], b.keys.as_array()[i], value::Order::bson);
      if (order != 0) return descending_[i] ? order > 0 : order < 0;
    }
    return false;
  }

 private:
  std::vector<bool> descending_;
};

class Ranking : public function::AggregateState {
 public:
  Ranking(Side side, WantedCount count, Options options, function::EvalContext& context)
      : side_(side),
        count_(count),
        held_(side == Side::top ? "$topN" : "$bottomN", context),
        rows_(InOrder(options)) {}

  Status add(const Value& argument) final {
    TRY(const auto parts, count_.rest_of(argument, 2));
    if (!parts[0].is_array() || parts[0].as_array().size() != rows_.key_comp().keys()) {
      return fail(Code::type_mismatch, "an accumulator of MongoDB has other keys");
    }
    Ranked row{parts[0], parts[1]};
    if (rows_.size() == count_.count()) {
      const auto out = side_ == Side::top ? std::prev(rows_.end()) : rows_.begin();
      const auto in_order = rows_.key_comp();
      if (side_ == Side::top ? !in_order(row, *out) : in_order(row, *out)) return {};
      held_.remove(out->value);
      rows_.erase(out);
    }
    TRY_STATUS(held_.add(row.value));
    rows_.insert(std::move(row));
    return {};
  }
  Result<Value> result() override {
    std::vector<Value> values;
    values.reserve(rows_.size());
    for (const Ranked& row : rows_) values.push_back(row.value);
    return Value::array(std::move(values));
  }

 protected:
  const std::multiset<Ranked, InOrder>& rows() const { return rows_; }

 private:
  Side side_;
  WantedCount count_;
  Held held_;
  std::multiset<Ranked, InOrder> rows_;
};

class OneRanked final : public Ranking {
 public:
  using Ranking::Ranking;
  Result<Value> result() override { return rows().empty() ? Value() : rows().begin()->value; }
};

template <class Made>
MadeState make_ranking(Side side, Options options, function::EvalContext& context) {
  TRY(const WantedCount count, WantedCount::of(options));
  return std::make_unique<Made>(side, count, options, context);
}

}  // namespace

MadeState make_top(Options options, function::EvalContext& context) {
  return make_ranking<OneRanked>(Side::top, options, context);
}

MadeState make_bottom(Options options, function::EvalContext& context) {
  return make_ranking<OneRanked>(Side::bottom, options, context);
}

MadeState make_top_n(Options options, function::EvalContext& context) {
  return make_ranking<Ranking>(Side::top, options, context);
}

MadeState make_bottom_n(Options options, function::EvalContext& context) {
  return make_ranking<Ranking>(Side::bottom, options, context);
}

}  // namespace octavo::mongodb
