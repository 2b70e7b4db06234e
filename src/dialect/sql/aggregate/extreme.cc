// Least, greatest and any of the values.

#include "dialect/sql/aggregate/states.h"

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
  Result<Value> result() override { return best_.best(); }

 private:
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

class AnyValue final : public function::AggregateState {
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

MadeState make_minimum(Options, function::EvalContext&) {
  return std::make_unique<Extreme>(Best::Wanted::least);
}

MadeState make_maximum(Options, function::EvalContext&) {
  return std::make_unique<Extreme>(Best::Wanted::greatest);
}

MadeState make_minimum_by(Options, function::EvalContext&) {
  return std::make_unique<KeyedExtreme>(Best::Wanted::least);
}

MadeState make_maximum_by(Options, function::EvalContext&) {
  return std::make_unique<KeyedExtreme>(Best::Wanted::greatest);
}

MadeState make_any_value(Options, function::EvalContext&) { return std::make_unique<AnyValue>(); }

}  // namespace octavo::sql
