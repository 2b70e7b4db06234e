// Arithmetic, bits and rounding. ADD, SUB and MUL are polymorphic: strings and arrays are joined or
// repeated, times are moved.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/random.h"
#include "dialect/reql/error.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/text/time_text.h"
#include "function/family.h"

namespace octavo::reql {
namespace {

bool is_time(const Value& datum) { return datum.type() == Type::timestamp; }

// `time` moved by a number of seconds, which keeps its zone.
Result<Value> move_time(const Value& time, double seconds) {
  const value::Timestamp at = time.as_timestamp();
  const auto moved = timestamp_of(epoch_seconds(at) + seconds, at.zone_minutes);
  if (!moved) return fail_logic("Error in time logic: the result is out of range.");
  return Value::timestamp(*moved);
}

// In whole milliseconds, as the doubles' difference would carry their rounding.
Result<Value> difference(const value::Timestamp& left, const value::Timestamp& right) {
  const double seconds = static_cast<double>(left.seconds) - static_cast<double>(right.seconds);
  const auto milliseconds = [](const value::Timestamp& at) {
    const std::uint32_t whole = at.nanoseconds / 1'000'000;
    return static_cast<double>(whole);
  };
  return make_number((seconds * 1000.0 + (milliseconds(left) - milliseconds(right))) / 1000.0);
}

Result<Value> add(Env& env, const Value& left, const Value& right) {
  if (is_time(left)) {
    TRY(const double seconds, to_number(right));
    return move_time(left, seconds);
  }
  if (is_time(right)) {
    TRY(const double seconds, to_number(left));
    return move_time(right, seconds);
  }
  if (left.is_string()) {
    TRY_STATUS(check_string(right));
    value::Charge held(env.context().account);  // for the text, beside the value made of it
    const std::size_t bytes = left.as_string().size() + right.as_string().size();
    TRY_STATUS(env.context().require(2 * bytes));
    TRY_STATUS(held.add(bytes));
    std::string joined(left.as_string());
    joined += right.as_string();
    return string(joined);
  }
  if (left.is_array()) {
    TRY_STATUS(check_array(right));
    const std::size_t count = left.as_array().size() + right.as_array().size();
    if (count > env.array_limit()) return fail(array_too_large(env.array_limit()));
    value::Charge held(env.context().account);
    TRY_STATUS(env.context().require(2 * count * sizeof(Value)));
    TRY_STATUS(held.add(count * sizeof(Value)));
    std::vector<Value> joined(left.as_array().begin(), left.as_array().end());
    joined.insert(joined.end(), right.as_array().begin(), right.as_array().end());
    return make_array(std::move(joined), env.array_limit());
  }
  TRY(const double a, to_number(left));
  TRY(const double b, to_number(right));
  return make_number(a + b);
}

Result<Value> subtract(Env&, const Value& left, const Value& right) {
  if (is_time(left)) {
    if (is_time(right)) {
      return difference(left.as_timestamp(), right.as_timestamp());
    }
    TRY(const double seconds, to_number(right));
    return move_time(left, -seconds);
  }
  TRY(const double a, to_number(left));
  TRY(const double b, to_number(right));
  return make_number(a - b);
}

Result<Value> repeat(Env& env, const Value& array, const Value& count) {
  TRY(const std::int64_t times, to_integer(count));
  if (times < 0) return fail_logic("Cannot multiply an ARRAY by a negative number.");
  const value::ArrayView elements = array.as_array();
  if (elements.empty()) return array;
  // Divided rather than multiplied: `times` is the client's.
  if (static_cast<std::uint64_t>(times) > env.array_limit() / elements.size()) {
    return fail(array_too_large(env.array_limit()));
  }
  value::Charge held(env.context().account);
  const std::size_t bytes = elements.size() * static_cast<std::size_t>(times) * sizeof(Value);
  TRY_STATUS(env.context().require(2 * bytes));
  TRY_STATUS(held.add(bytes));
  std::vector<Value> repeated;
  repeated.reserve(elements.size() * static_cast<std::size_t>(times));
  for (std::int64_t i = 0; i < times; ++i) {
    repeated.insert(repeated.end(), elements.begin(), elements.end());
  }
  return make_array(std::move(repeated), env.array_limit());
}

Result<Value> multiply(Env& env, const Value& left, const Value& right) {
  if (left.is_array()) return repeat(env, left, right);
  if (right.is_array()) return repeat(env, right, left);
  TRY(const double a, to_number(left));
  TRY(const double b, to_number(right));
  return make_number(a * b);
}

Result<Value> divide(Env&, const Value& left, const Value& right) {
  TRY(const double a, to_number(left));
  TRY(const double b, to_number(right));
  if (b == 0) return fail_logic("Cannot divide by zero.");
  return make_number(a / b);
}

using Operator = Result<Value> (*)(Env&, const Value&, const Value&);

// a op b op c …, from the left. One argument stands for itself.
template <Operator kOperator>
Result<Val> fold(Env& env, Args& args) {
  TRY(Value result, args.datum(0));
  for (std::size_t i = 1; i < args.size(); ++i) {
    TRY_STATUS(env.check());
    TRY(const Value next, args.datum(i));
    TRY(result, kOperator(env, result, next));
    TRY_STATUS(env.spend_on(result));  // joined anew each time
  }
  return Val(std::move(result));
}

Result<Val> modulo(Env&, Args& args) {
  TRY(const std::int64_t dividend, args.integer(0));
  TRY(const std::int64_t divisor, args.integer(1));
  if (divisor == 0) return fail_logic("Cannot take a number modulo 0.");
  return Val(number(static_cast<double>(dividend % divisor)));
}

template <double (*kFunction)(double)>
Result<Val> rounding(Env&, Args& args) {
  TRY(const double argument, args.number(0));
  return Val(number(kFunction(argument)));
}

double floor_of(double argument) { return std::floor(argument); }
double ceil_of(double argument) { return std::ceil(argument); }
double round_of(double argument) { return std::round(argument); }  // halves away from zero

// --- bits: two's complement integers of 54 bits, so that every result is exact ---

constexpr std::int64_t kBitLimit = std::int64_t{1} << 53;

Result<std::int64_t> bits_of(Args& args, std::size_t i) {
  TRY(const std::int64_t integer, args.integer(i));
  // 2^53 is an integer to every other term, but its complement would not be.
  if (integer < -kBitLimit || integer >= kBitLimit) {
    return args.at(i, fail_logic(fmt::format("Integer too large: {}", integer)));
  }
  return integer;
}

std::int64_t bit_and(std::int64_t a, std::int64_t b) { return a & b; }
std::int64_t bit_or(std::int64_t a, std::int64_t b) { return a | b; }
std::int64_t bit_xor(std::int64_t a, std::int64_t b) { return a ^ b; }

template <std::int64_t (*kOperator)(std::int64_t, std::int64_t)>
Result<Val> fold_bits(Env&, Args& args) {
  TRY(std::int64_t result, bits_of(args, 0));
  for (std::size_t i = 1; i < args.size(); ++i) {
    TRY(const std::int64_t next, bits_of(args, i));
    result = kOperator(result, next);
  }
  return Val(number(static_cast<double>(result)));
}

Result<Val> bit_not(Env&, Args& args) {
  TRY(const std::int64_t integer, bits_of(args, 0));
  return Val(number(static_cast<double>(~integer)));
}

Result<std::int64_t> shift_of(Args& args) {
  TRY(const std::int64_t shift, args.integer(1));
  if (shift < 0) return fail_logic("Cannot bit-shift by a negative value");
  return shift;
}

Result<Val> shift_left(Env&, Args& args) {
  TRY(const std::int64_t integer, bits_of(args, 0));
  TRY(const std::int64_t shift, shift_of(args));
  if (integer == 0) return Val(number(0));
  // Beyond any double anyway; keeps the exponent an int.
  const int exponent = static_cast<int>(std::min<std::int64_t>(shift, 4096));
  TRY(Value result, make_number(std::ldexp(static_cast<double>(integer), exponent)));
  return Val(std::move(result));
}

Result<Val> shift_right(Env&, Args& args) {
  TRY(const std::int64_t integer, bits_of(args, 0));
  TRY(const std::int64_t shift, shift_of(args));
  return Val(number(static_cast<double>(integer >> std::min<std::int64_t>(shift, 63))));
}

// --- random ---

Result<std::int64_t> integer_bound(double bound, std::string_view which) {
  Result<std::int64_t> integer = to_integer(bound);
  if (!integer) {
    return fail_logic(fmt::format("{} bound ({}) could not be safely converted to an integer.",
                                  which, print_number(bound)));
  }
  return integer;
}

// From `lower` up (or down) to but without `upper`.
double random_between(double lower, double upper) {
  if (lower == upper) return lower;
  const double share = thread_random().uniform();
  // A weighted sum, as the distance may be more than the largest double.
  const double between = lower * (1.0 - share) + upper * share;
  const double bounded = std::clamp(between, std::min(lower, upper), std::max(lower, upper));
  return bounded == upper ? std::nextafter(upper, lower) : bounded;
}

Result<Val> random_number(Env&, Args& args) {
  TRY(const std::optional<bool> wants_float, args.option_boolean("float"));
  double lower = 0.0;
  double upper = 1.0;
  if (args.size() == 1) {
    TRY(upper, args.number(0));
  } else if (args.size() == 2) {
    TRY(lower, args.number(0));
    TRY(upper, args.number(1));
  }
  if (wants_float.value_or(args.size() == 0)) return Val(number(random_between(lower, upper)));
  if (args.size() == 0) {
    return fail_logic("Generating a random integer requires one or two bounds.");
  }
  TRY(const std::int64_t from, integer_bound(lower, "Lower"));
  TRY(const std::int64_t to, integer_bound(upper, "Upper"));
  if (from >= to) {
    return fail_logic(fmt::format("Lower bound ({}) is not less than upper bound ({}).", from, to));
  }
  const auto distance = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
  const auto offset = static_cast<std::int64_t>(thread_random().below(distance));
  return Val(number(static_cast<double>(from + offset)));
}

constexpr Term kTerms[] = {
    {term::kAdd, "add", 1, -1, {}, kScalar | kCheap, fold<add>},
    {term::kSub, "sub", 1, -1, {}, kScalar | kCheap, fold<subtract>},
    {term::kMul, "mul", 1, -1, {}, kScalar | kCheap, fold<multiply>},
    {term::kDiv, "div", 1, -1, {}, kScalar | kCheap, fold<divide>},
    {term::kMod, "mod", 2, 2, {}, kScalar | kCheap, modulo},
    {183, "floor", 1, 1, {}, kScalar, rounding<floor_of>},
    {184, "ceil", 1, 1, {}, kScalar, rounding<ceil_of>},
    {185, "round", 1, 1, {}, kScalar, rounding<round_of>},
    {151, "random", 0, 2, {"float"}, kNotDeterministic, random_number},
    {191, "bit_and", 1, -1, {}, kScalar, fold_bits<bit_and>},
    {192, "bit_or", 1, -1, {}, kScalar, fold_bits<bit_or>},
    {193, "bit_xor", 1, -1, {}, kScalar, fold_bits<bit_xor>},
    {194, "bit_not", 1, 1, {}, kScalar, bit_not},
    {195, "bit_sal", 2, 2, {}, kScalar, shift_left},
    {196, "bit_sar", 2, 2, {}, kScalar, shift_right},
};

}  // namespace

std::span<const Term> math_terms() { return kTerms; }

}  // namespace octavo::reql
