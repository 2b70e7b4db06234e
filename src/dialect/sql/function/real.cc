// Functions of doubles.

#include <cmath>
#include <numbers>

#include "base/random.h"
#include "dialect/sql/function/named.h"

namespace octavo::sql {
namespace {

using value::Value;

enum Operation : std::uint16_t {
  kAcos = operation_block::kNumeric + 30,
  kAsin,
  kAtan,
  kAtan2,  // (y, x)
  kCos,
  kCot,
  kDegrees,
  kExp,
  kLn,
  kLog,  // (base, x)
  kLog10,
  kLog2,
  kPower,  // (x, y)
  kRadians,
  kRandom,        // ()
  kRandomOfSeed,  // (seed)
  kSin,
  kSqrt,
  kTan,
};

using OfOne = double (*)(double);

// NaN: the argument is out of what the function is defined for, which is null.
template <OfOne kFunction>
Result<Value> of_one(const SingleCall& call, Args args) {
  TRY(const double x, double_at(args, 0));
  const double y = kFunction(x);
  return std::isnan(y) ? Value() : finite(call, y);
}

double arc_cosine(double x) { return std::acos(x); }
double arc_sine(double x) { return std::asin(x); }
double arc_tangent(double x) { return std::atan(x); }
double cosine(double x) { return std::cos(x); }
double cotangent(double x) { return 1 / std::tan(x); }
double degrees(double x) { return x * 180 / std::numbers::pi; }
double exponential(double x) { return std::exp(x); }
double radians(double x) { return x * std::numbers::pi / 180; }
double sine(double x) { return std::sin(x); }
double square_root(double x) { return std::sqrt(x); }
double tangent(double x) { return std::tan(x); }

Value bad_logarithm(const SingleCall& call) {
  warn(call.context, error<3020>().error());
  return {};
}

double natural(double x) { return std::log(x); }
double decadic(double x) { return std::log10(x); }
double binary(double x) { return std::log2(x); }

template <OfOne kFunction>
Result<Value> logarithm(const SingleCall& call, Args args) {
  TRY(const double x, double_at(args, 0));
  if (!(x > 0)) return bad_logarithm(call);
  return Value::float64(kFunction(x));
}

Result<Value> logarithm_to_base(const SingleCall& call, Args args) {
  TRY(const double base, double_at(args, 0));
  TRY(const double x, double_at(args, 1));
  if (!(x > 0) || !(base > 0) || base == 1) return bad_logarithm(call);
  return finite(call, std::log(x) / std::log(base));
}

Result<Value> power(const SingleCall& call, Args args) {
  TRY(const double x, double_at(args, 0));
  TRY(const double y, double_at(args, 1));
  return finite(call, std::pow(x, y));
}

Result<Value> arc_tangent_of_two(const SingleCall&, Args args) {
  TRY(const double y, double_at(args, 0));
  TRY(const double x, double_at(args, 1));
  return Value::float64(std::atan2(y, x));
}

Result<Value> random(const SingleCall&, Args) { return Value::float64(thread_random().uniform()); }

// The first number of MySQL's generator for a seed.
Result<Value> random_of_seed(const SingleCall&, Args args) {
  constexpr std::uint64_t kModulus = 0x3fff'ffff;
  std::uint32_t seed = 0;
  if (!args[0].is_null()) {
    TRY(const std::uint64_t bits, bits_at(args, 0));
    seed = static_cast<std::uint32_t>(bits);
  }
  const std::uint64_t first = static_cast<std::uint32_t>(seed * 0x10001U + 55'555'555U) % kModulus;
  const std::uint64_t second = static_cast<std::uint32_t>(seed * 0x10000001U) % kModulus;
  const std::uint64_t next = (first * 3 + second) % kModulus;
  return Value::float64(static_cast<double>(next) / static_cast<double>(kModulus));
}

constexpr OperationRow kOperations[] = {
    strict(kAcos, "sql.acos", 1, of_one<arc_cosine>),
    strict(kAsin, "sql.asin", 1, of_one<arc_sine>),
    strict(kAtan, "sql.atan", 1, of_one<arc_tangent>),
    strict(kAtan2, "sql.atan2", 2, arc_tangent_of_two, "atan"),
    strict(kCos, "sql.cos", 1, of_one<cosine>),
    strict(kCot, "sql.cot", 1, of_one<cotangent>),
    strict(kDegrees, "sql.degrees", 1, of_one<degrees>),
    strict(kExp, "sql.exp", 1, of_one<exponential>),
    strict(kLn, "sql.ln", 1, logarithm<natural>),
    strict(kLog, "sql.log", 2, logarithm_to_base),
    strict(kLog10, "sql.log10", 1, logarithm<decadic>),
    strict(kLog2, "sql.log2", 1, logarithm<binary>),
    strict(kPower, "sql.pow", 2, power),
    strict(kRadians, "sql.radians", 1, of_one<radians>),
    {.number = kRandom, .name = "sql.rand", .flags = operation_flag::kImpure, .single = random},
    lenient(kRandomOfSeed, "sql.rand_of_seed", 1, random_of_seed, "rand"),
    strict(kSin, "sql.sin", 1, of_one<sine>),
    strict(kSqrt, "sql.sqrt", 1, of_one<square_root>),
    strict(kTan, "sql.tan", 1, of_one<tangent>),
};

Status all_to_double(CallBinder& call) {
  for (std::size_t i = 0; i < call.size(); ++i) TRY_STATUS(call.to_double(i));
  return {};
}

// Null where an argument is.
template <std::uint16_t kNumber>
Result<Typed> bind_total(CallBinder& call) {
  TRY_STATUS(all_to_double(call));
  return call.make(kNumber, never_null(double_type()));
}

// Null elsewhere as well.
template <std::uint16_t kNumber>
Result<Typed> bind_partial(CallBinder& call) {
  TRY_STATUS(all_to_double(call));
  return call.make(kNumber, double_type());
}

Result<Typed> bind_log(CallBinder& call) {
  return call.size() == 1 ? bind_partial<kLn>(call) : bind_partial<kLog>(call);
}

Result<Typed> bind_atan(CallBinder& call) {
  return call.size() == 1 ? bind_total<kAtan>(call) : bind_total<kAtan2>(call);
}

Result<Typed> bind_pi(CallBinder&) {
  Type type = never_null(double_type());
  type.decimals = 6;
  type.width = 8;
  return Typed{algebra::constant(Value::float64(std::numbers::pi)), std::move(type)};
}

Result<Typed> bind_rand(CallBinder& call) {
  if (call.size() == 0) return call.make(kRandom, never_null(double_type()));
  TRY_STATUS(call.to_integer(0));
  return call.make(kRandomOfSeed, never_null(double_type()));
}

constexpr NameRow kNames[] = {
    {"ACOS", 1, 1, bind_partial<kAcos>},
    {"ASIN", 1, 1, bind_partial<kAsin>},
    {"ATAN", 1, 2, bind_atan},
    {"ATAN2", 1, 2, bind_atan},
    {"COS", 1, 1, bind_total<kCos>},
    {"COT", 1, 1, bind_total<kCot>},
    {"DEGREES", 1, 1, bind_total<kDegrees>},
    {"EXP", 1, 1, bind_total<kExp>},
    {"LN", 1, 1, bind_partial<kLn>},
    {"LOG", 1, 2, bind_log},
    {"LOG10", 1, 1, bind_partial<kLog10>},
    {"LOG2", 1, 1, bind_partial<kLog2>},
    {"PI", 0, 0, bind_pi},
    {"POW", 2, 2, bind_total<kPower>},
    {"POWER", 2, 2, bind_total<kPower>},
    {"RADIANS", 1, 1, bind_total<kRadians>},
    {"RAND", 0, 1, bind_rand},
    {"SIN", 1, 1, bind_total<kSin>},
    {"SQRT", 1, 1, bind_partial<kSqrt>},
    {"TAN", 1, 1, bind_total<kTan>},
};

}  // namespace

std::span<const OperationRow> real_operations() { return kOperations; }
std::span<const NameRow> real_names() { return kNames; }

}  // namespace octavo::sql
