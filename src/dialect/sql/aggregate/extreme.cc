// Least, greatest and any of the values.

#include <cstdint>
#include <deque>
#include <optional>

#include "dialect/sql/aggregate/states.h"
#include "function/first_value.h"
#include "function/program.h"

namespace octavo::sql {
namespace {

using value::Value;

// The best of keys that are not null.
class Best {
 public:
  enum class Wanted : std::uint8_t { least, greatest };
  explicit Best(Wanted wanted) : wanted_(wanted) {}

  // Whether it is the best now. Of equal ones the first stays.
  bool offer(const Value& key) {
    if (key.is_null()) return false;
    if (!best_.is_null()) {
      const auto order = value::compare(key, best_);
      if (wanted_ == Wanted::least ? order >= 0 : order <= 0) return false;
    }
    best_ = key;
    return true;
  }
  const Value& best() const { return best_; }
  Wanted wanted() const { return wanted_; }

 private:
  Wanted wanted_;
  Value best_;
};

class Extreme final : public function::AggregateState {
 public:
  explicit Extreme(Best::Wanted wanted) : best_(wanted) {}

  Status add(const Value& argument) override {
    best_.offer(argument);
    return {};
  }
  Status add_rows(const function::Operand& arguments, function::Shape shape,
                  std::span<const std::uint16_t> rows) override {
    const auto best = best_row(arguments, rows);
    if (shape != function::Shape::typed || !best) {
      return AggregateState::add_rows(arguments, shape, rows);
    }
    if (*best) best_.offer(function::typed_value(arguments, **best));
    return {};
  }
  Result<Value> result() override { return best_.best(); }

 private:
  // The first of the best ones, if one is not null. Nothing: the form is another one.
  using BestRow = std::optional<std::uint16_t>;
  std::optional<BestRow> best_row(const function::Operand& arguments,
                                  std::span<const std::uint16_t> rows) const {
    using function::Form;
    switch (arguments.form) {
      case Form::integer:
      case Form::decimal:
      case Form::time: return best_of<std::int64_t>(arguments, rows);
      case Form::date: return best_of<std::int32_t>(arguments, rows);
      case Form::text:
      case Form::bytes: return best_of<value::StringRef>(arguments, rows);
      default: return std::nullopt;
    }
  }
  template <class T>
  BestRow best_of(const function::Operand& arguments, std::span<const std::uint16_t> rows) const {
    const T* const values = arguments.as<T>();
    BestRow best;
    for (const std::uint16_t row : rows) {
      if (arguments.state(row) != function::kPresent) continue;
      const bool least = best_.wanted() == Best::Wanted::least;
      if (!best || (least ? values[row] < values[*best] : values[*best] < values[row])) best = row;
    }
    return best;
  }

  Best best_;
};

class KeyedExtreme final : public function::AggregateState {
 public:
  explicit KeyedExtreme(Best::Wanted wanted) : best_(wanted) {}

  Status add(const Value& argument) override {
    if (!argument.is_array() || argument.as_array().size() != 2) {
      return fail(Code::type_mismatch, "An extreme by a key has another argument.");
    }
    if (best_.offer(argument.as_array()[0])) value_ = argument.as_array()[1];
    return {};
  }
  Result<Value> result() override { return value_; }

 private:
  Best best_;
  Value value_;
};

// The best of what was added and not taken out: keys that something better came behind can not be
// it any more, so that those which are left get worse from the first to the last.
class SlidingExtreme final : public function::AggregateState {
 public:
  SlidingExtreme(Best::Wanted wanted, bool keyed, function::EvalContext& context)
      : wanted_(wanted), keyed_(keyed), charge_(context.account) {}

  Status add(const Value& argument) override {
    if (keyed_ && (!argument.is_array() || argument.as_array().size() != 2)) {
      return fail(Code::type_mismatch, "An extreme by a key has another argument.");
    }
    const std::uint64_t number = added_++;
    const Value& key = key_of(argument);
    if (key.is_null()) return {};
    while (!waiting_.empty() && is_better(key, key_of(waiting_.back().argument))) {
      waiting_.pop_back();
      charge_.remove(sizeof(Waiting));
    }
    TRY_STATUS(charge_.add(sizeof(Waiting)));
    waiting_.push_back({argument, number});
    return {};
  }
  Result<Value> result() override {
    if (waiting_.empty()) return Value();
    const Value& best = waiting_.front().argument;
    return keyed_ ? best.as_array()[1] : best;
  }
  bool removes() const override { return true; }
  Status remove(const Value&) override {
    if (!waiting_.empty() && waiting_.front().number == removed_) {
      waiting_.pop_front();
      charge_.remove(sizeof(Waiting));
    }
    ++removed_;
    return {};
  }

 private:
  struct Waiting {
    Value argument;
    std::uint64_t number;
  };

  const Value& key_of(const Value& argument) const {
    return keyed_ ? argument.as_array()[0] : argument;
  }
  bool is_better(const Value& a, const Value& b) const {
    const auto order = value::compare(a, b);
    return wanted_ == Best::Wanted::least ? order < 0 : order > 0;
  }

  Best::Wanted wanted_;
  bool keyed_;
  value::Charge charge_;
  std::deque<Waiting> waiting_;
  std::uint64_t added_ = 0;
  std::uint64_t removed_ = 0;
};

MadeState make_extreme(Best::Wanted wanted, bool keyed, Options options,
                       function::EvalContext& context) {
  if (is_set(options, "sliding")) return std::make_unique<SlidingExtreme>(wanted, keyed, context);
  if (keyed) return std::make_unique<KeyedExtreme>(wanted);
  return std::make_unique<Extreme>(wanted);
}

class AnyValue final : public function::AggregateState, public function::KeepsFirst {
 public:
  Status add(const Value& argument) override {
    if (!met_) value_ = argument;
    met_ = true;
    return {};
  }
  Result<Value> result() override { return value_; }

 private:
  bool met_ = false;
  Value value_;
};

}  // namespace

MadeState make_minimum(Options options, function::EvalContext& context) {
  return make_extreme(Best::Wanted::least, false, options, context);
}

MadeState make_maximum(Options options, function::EvalContext& context) {
  return make_extreme(Best::Wanted::greatest, false, options, context);
}

MadeState make_minimum_by(Options options, function::EvalContext& context) {
  return make_extreme(Best::Wanted::least, true, options, context);
}

MadeState make_maximum_by(Options options, function::EvalContext& context) {
  return make_extreme(Best::Wanted::greatest, true, options, context);
}

MadeState make_any_value(Options, function::EvalContext&) { return std::make_unique<AnyValue>(); }

}  // namespace octavo::sql
