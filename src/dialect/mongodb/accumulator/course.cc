// What follows a course of numbers: $expMovingAvg, $derivative, $integral.

#include <deque>

#include "dialect/mongodb/accumulator/states.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/number.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Value;

// Each number weighs :alpha, and what came before it the rest. What is no number changes nothing.
class MovingAverage final : public function::AggregateState {
 public:
  explicit MovingAverage(Value alpha)
      : alpha_(std::move(alpha)), rest_(subtract(Value::int32(1), alpha_)) {}

  Status add(const Value& argument) override {
    if (!argument.is_number()) return {};
    if (!average_.is_null()) {
      average_ = mongodb::add(multiply(argument, alpha_), multiply(average_, rest_));
    } else {
      const bool is_decimal = number_kind(argument) == NumberKind::decimal;
      average_ = is_decimal ? argument : Value::float64(argument.to_double());
    }
    return {};
  }
  Result<Value> result() override { return average_; }

 private:
  Value alpha_;
  Value rest_;
  Value average_;
};

// The points of a frame: a key of the order, and a number over it.
class Points {
 public:
  struct Codes {
    std::uint32_t key_no_date;
    std::uint32_t key_no_number;
    std::uint32_t no_number;
  };

  Points(std::string_view name, Codes codes, Options options, function::EvalContext& context)
      : name_(name), codes_(codes), charge_(context.account) {
    const Value* unit = function::find_option(options, "unit_ms");
    if (unit != nullptr) unit_ = *unit;
  }

  Status add(const Value& argument) {
    if (!argument.is_array() || argument.as_array().size() != 2) {
      return fail(Code::type_mismatch, "a window function of MongoDB has another argument");
    }
    const Value& key = argument.as_array()[0];
    const Value& number = argument.as_array()[1];
    const bool is_date = bson_type(key) == BsonType::date;
    if (has_unit() && !is_date) {
      return error(codes_.key_no_date, "{} with 'unit' expects the sortBy field to be a Date",
                   name_);
    }
    if (!has_unit() && !key.is_number()) {
      return error(codes_.key_no_number,
                   "{} (with no 'unit') expects the sortBy field to be numeric", name_);
    }
    if (!number.is_number() && !is_nullish(number)) {
      return error(codes_.no_number, "{} expects its input to be numeric, but it is of type {}",
                   name_, type_alias(number));
    }
    TRY_STATUS(charge_.add(sizeof(Point)));
    points_.push_back({is_date ? Value::int64(millis(key)) : key, number});
    return {};
  }
  void remove_first() {
    points_.pop_front();
    charge_.remove(sizeof(Point));
  }

  struct Point {
    Value key;
    Value number;  // or null
  };
  const std::deque<Point>& all() const { return points_; }
  bool has_unit() const { return !unit_.is_null(); }
  const Value& unit() const { return unit_; }  // in milliseconds

 private:
  static std::int64_t millis(const Value& date) {
    return date_millis(as_bson(date).as_timestamp());
  }

  std::string_view name_;
  Codes codes_;
  value::Charge charge_;
  Value unit_;
  std::deque<Point> points_;
};

// From the first point of the frame to the last one.
class Derivative final : public function::AggregateState {
 public:
  Derivative(Options options, function::EvalContext& context)
      : points_("$derivative",
                {.key_no_date = 5624900, .key_no_number = 5624902, .no_number = 5624903}, options,
                context) {}

  Status add(const Value& argument) override { return points_.add(argument); }
  Result<Value> result() override {
    if (points_.all().size() < 2) return Value();
    const auto& first = points_.all().front();
    const auto& last = points_.all().back();
    if (first.number.is_null() || last.number.is_null()) return Value();
    Value distance = subtract(last.key, first.key);
    if (is_zero(distance)) return Value();
    if (points_.has_unit()) distance = divide(distance, points_.unit());
    return divide(subtract(last.number, first.number), distance);
  }
  bool removes() const override { return true; }
  Status remove(const Value& /*argument*/) override {
    points_.remove_first();
    return {};
  }

 private:
  Points points_;
};

// The area below the points, as trapezoids between each two of them.
class Integral final : public function::AggregateState {
 public:
  Integral(Options options, function::EvalContext& context)
      : points_("$integral",
                {.key_no_date = 5423901, .key_no_number = 5423902, .no_number = 5423900}, options,
                context) {}

  Status add(const Value& argument) override {
    TRY_STATUS(points_.add(argument));
    const auto& all = points_.all();
    if (all.size() >= 2) area_.add(between(all[all.size() - 2], all.back()));
    return {};
  }
  Result<Value> result() override {
    const Value area = area_.total();
    return points_.has_unit() ? divide(area, points_.unit()) : area;
  }
  bool removes() const override { return true; }
  Status remove(const Value& /*argument*/) override {
    const auto& all = points_.all();
    if (all.size() >= 2) area_.remove(between(all[0], all[1]));
    points_.remove_first();
    return {};
  }

 private:
  static Value between(const Points::Point& a, const Points::Point& b) {
    if (a.number.is_null() || b.number.is_null()) return {};
    const Value heights = mongodb::add(a.number, b.number);
    return divide(multiply(heights, subtract(b.key, a.key)), Value::int32(2));
  }

  Points points_;
  Sum area_;
};

}  // namespace

MadeState make_moving_average(Options options, function::EvalContext& /*context*/) {
  const Value* alpha = function::find_option(options, "alpha");
  if (alpha == nullptr || !alpha->is_number()) {
    return fail(Code::type_mismatch, "a moving average has no weight");
  }
  return std::make_unique<MovingAverage>(*alpha);
}

MadeState make_derivative(Options options, function::EvalContext& context) {
  return std::make_unique<Derivative>(options, context);
}

MadeState make_integral(Options options, function::EvalContext& context) {
  return std::make_unique<Integral>(options, context);
}

}  // namespace octavo::mongodb
