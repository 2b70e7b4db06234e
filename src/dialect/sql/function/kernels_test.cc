// Kernels against the operations of single values: random expressions over random rows of columns
// of all types. What a kernel gives must be what the operation gives, to the last digit, and only
// where that neither fails nor tells of something. What is deferred proves nothing, so that rows of
// usual values, of which nothing may be deferred, are tried as well.

#include "dialect/sql/function/kernels.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"
#include "dialect/sql/ast/operators.h"
#include "dialect/sql/function/lambda.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/function/testing/constants.h"
#include "function/field_operands.h"
#include "function/program.h"
#include "value/decimal.h"
#include "value/field_decoder.h"
#include "value/notation.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using function::Shape;
using value::Decimal;
using value::Value;

constexpr std::size_t kRounds = 4000;
constexpr std::size_t kRows = 40;
constexpr algebra::VarId kRow{7};

template <class T, std::size_t n>
const T& pick(Random& random, const T (&of)[n]) {
  return of[random.below(n)];
}

const value::Collation& collation(std::string_view name) { return *value::find_collation(name); }

enum class Sort : std::uint8_t {
  integer,
  natural,
  decimal,
  fine,
  wide,
  real,
  text,
  accents,
  padded,
  bytes,
  date,
  instant,
  time
};
constexpr std::size_t kSorts = 13;

Decimal decimal(std::string_view text) { return *Decimal::parse(text); }

Value random_decimal(Random& random, int scale, int digits) {
  std::string text = random.below(2) == 0 ? "-" : "";
  const std::size_t whole = random.below(static_cast<std::uint64_t>(digits - scale)) + 1;
  for (std::size_t i = 0; i < whole; ++i) text += static_cast<char>('0' + random.below(10));
  text += '.';
  for (int i = 0; i < scale; ++i) text += static_cast<char>('0' + random.below(10));
  const Decimal number = decimal(text);
  return Value::decimal(number.is_zero() && number.is_negative() ? number.negated() : number);
}

// `usual`: nothing that a kernel does not know.
Value random_value(Random& random, Sort sort, bool usual) {
  static constexpr std::int64_t kIntegers[] = {0,  1,         -1,        2,         7,
                                               10, INT64_MAX, INT64_MIN, INT32_MAX, -3'000'000'000};
  static constexpr double kReals[] = {
      0.0, -0.0, 1.0, 0.5, 0.1, 2.5, -7.25, 1e10, 1e16, 1e300, 1e-300, -1e300, 9007199254740993.0};
  static constexpr std::string_view kTexts[] = {
      "", "a", "A", "b", "ab", "aB ", "a ", "abcdefghijklmnop", "ABCDEFGHIJKLMNOP", "x%y", "10"};
  static constexpr std::string_view kAccents[] = {"a", "ä", "Ä",  "ß", "ss",       "e\u0301",
                                                  "é", "z", "漢", "",  "a\u0300b", "\U0001F600"};
  const bool small = usual || random.below(2) == 0;
  switch (sort) {
    case Sort::integer:
      return Value::int64(small ? static_cast<std::int64_t>(random.below(11)) - 5
                                : pick(random, kIntegers));
    case Sort::natural:
      return small ? Value::int64(static_cast<std::int64_t>(random.below(9)))
                   : Value::uint64(UINT64_MAX - random.below(3));
    case Sort::decimal:
      if (random.below(8) == 0) return Value::decimal(decimal("0.00"));
      return random_decimal(random, 2, small ? 5 : 18);
    case Sort::fine: return random_decimal(random, 6, small ? 8 : 16);
    case Sort::wide: return random_decimal(random, 10, small ? 14 : 60);
    case Sort::real:
      return Value::float64(small ? static_cast<double>(random.below(9)) / 4 - 1
                                  : pick(random, kReals));
    case Sort::text:
    case Sort::padded: return Value::string(pick(random, kTexts));
    case Sort::accents: return Value::string(pick(random, kAccents));
    case Sort::bytes: return Value::bytes(pick(random, kTexts));
    case Sort::date:
      return Value::date(small ? static_cast<std::int32_t>(random.below(5)) + 9000 : -719'528);
    case Sort::instant:
      return Value::timestamp({.seconds = static_cast<std::int64_t>(random.below(3)) * 86'400,
                               .nanoseconds = random.below(2) == 0 ? 0U : 500'000'000U});
    case Sort::time:
      return Value::time_of_day((static_cast<std::int64_t>(random.below(5)) - 2) * 1'000'000'000);
  }
  return {};
}

Type type_of(Sort sort) {
  const auto text = [](std::string_view name) { return text_type(collation(name), 20); };
  switch (sort) {
    case Sort::integer: return big_integer();
    case Sort::natural: return big_integer(true);
    case Sort::decimal: return decimal_type(18, 2);
    case Sort::fine: return decimal_type(16, 6);
    case Sort::wide: return decimal_type(60, 10);
    case Sort::real: return double_type();
    case Sort::text: return text("utf8mb4_0900_ai_ci");
    case Sort::accents: return text("utf8mb4_0900_as_cs");
    case Sort::padded: return text("utf8mb4_general_ci");
    case Sort::bytes: return bytes_type(20);
    case Sort::date: return date_type();
    case Sort::instant: return datetime_type(6);
    case Sort::time: return time_type(6);
  }
  return null_type();
}

std::string name_of(Sort sort, bool second) {
  return std::string(1, static_cast<char>('a' + std::to_underlying(sort))) + (second ? "2" : "");
}

class Expressions {
 public:
  Expressions(Random& random, const CallContext& context, bool usual)
      : random_(random), context_(context), usual_(usual) {}

  Typed operand(Sort sort) {
    if (random_.below(3) == 0) {
      if (!usual_ && random_.below(10) == 0) return typed_constant(Value(), null_type());
      return typed_constant(random_value(random_, sort, usual_), with_null(type_of(sort), false));
    }
    return bind_field(algebra::variable(kRow), name_of(sort, random_.below(2) == 0),
                      with_null(type_of(sort), true));
  }

  Result<Typed> number(int depth) {
    static constexpr Sort kNumbers[] = {Sort::integer, Sort::natural, Sort::decimal,
                                        Sort::fine,    Sort::wide,    Sort::real};
    static constexpr Sort kUsual[] = {Sort::integer, Sort::decimal, Sort::real};
    static constexpr BinaryOperator kOperators[] = {
        BinaryOperator::add,    BinaryOperator::subtract,       BinaryOperator::multiply,
        BinaryOperator::divide, BinaryOperator::integer_divide, BinaryOperator::modulo};
    if (depth == 0 || random_.below(3) == 0) {
      return operand(usual_ ? pick(random_, kUsual) : pick(random_, kNumbers));
    }
    switch (random_.below(6)) {
      case 0: {
        TRY(Typed of, number(depth - 1));
        return bind_unary(UnaryOperator::minus, std::move(of), context_);
      }
      case 1: return choice(depth - 1);
      default: {
        TRY(Typed a, number(depth - 1));
        TRY(Typed b, number(depth - 1));
        const auto op = usual_ ? kOperators[random_.below(3)] : pick(random_, kOperators);
        return bind_binary(op, std::move(a), std::move(b), context_);
      }
    }
  }

  Result<Typed> condition(int depth) {
    static constexpr Truth kTruths[] = {Truth::null, Truth::yes, Truth::no};
    if (depth == 0) return comparison(0);
    switch (random_.below(9)) {
      case 0: {
        TRY(Typed of, condition(depth - 1));
        return bind_unary(UnaryOperator::logical_not, std::move(of), context_);
      }
      case 1:
      case 2: {
        std::vector<Typed> operands;
        for (int i = 0; i < 3; ++i) {
          TRY(Typed each, condition(depth - 1));
          operands.push_back(std::move(each));
        }
        return bind_junction(random_.below(2) == 0, std::move(operands), context_);
      }
      case 3: {
        TRY(Typed of, random_.below(2) == 0 ? condition(depth - 1) : number(depth - 1));
        return bind_is(pick(random_, kTruths), random_.below(2) == 0, std::move(of), context_);
      }
      case 4: {
        const Sort sort = any_sort();
        return bind_between(random_.below(2) == 0, operand(sort), operand(sort), operand(sort),
                            context_);
      }
      case 5: {
        const Sort sort = any_sort();
        std::vector<Typed> items;
        for (std::size_t i = 0; i <= random_.below(4); ++i) {
          items.push_back(
              typed_constant(random_value(random_, sort, usual_), with_null(type_of(sort), false)));
        }
        return bind_in(random_.below(2) == 0, operand(sort), std::move(items), context_);
      }
      case 6: return like();
      default: return comparison(depth - 1);
    }
  }

  Result<Typed> choice(int depth) {
    std::vector<TypedWhen> whens;
    for (std::size_t i = 0; i <= random_.below(2); ++i) {
      TRY(Typed condition, this->condition(depth > 0 ? depth - 1 : 0));
      TRY(Typed result, number(depth > 0 ? depth - 1 : 0));
      whens.push_back({std::move(condition), std::move(result)});
    }
    std::optional<Typed> otherwise;
    if (random_.below(3) != 0) {
      TRY(otherwise, number(0));
    }
    return bind_case(std::nullopt, std::move(whens), std::move(otherwise), context_);
  }

 private:
  Sort any_sort() {
    static constexpr Sort kUsual[] = {Sort::integer, Sort::decimal, Sort::real, Sort::text,
                                      Sort::date};
    return usual_ ? pick(random_, kUsual) : static_cast<Sort>(random_.below(kSorts));
  }

  Result<Typed> comparison(int depth) {
    static constexpr BinaryOperator kOperators[] = {
        BinaryOperator::equal,          BinaryOperator::not_equal, BinaryOperator::less,
        BinaryOperator::less_or_equal,  BinaryOperator::greater,   BinaryOperator::greater_or_equal,
        BinaryOperator::null_safe_equal};
    const BinaryOperator op = pick(random_, kOperators);
    if (random_.below(2) == 0) {
      TRY(Typed a, number(depth));
      TRY(Typed b, number(depth));
      return bind_binary(op, std::move(a), std::move(b), context_);
    }
    const Sort sort = any_sort();
    const bool other = !usual_ && random_.below(8) == 0;
    return bind_binary(op, operand(sort), operand(other ? any_sort() : sort), context_);
  }

  Result<Typed> like() {
    static constexpr std::string_view kPatterns[] = {"a%",    "%b%", "_",  "A_",   "%",  "",
                                                     "x\\%y", "ä%",  "%p", "a%c%", "__%"};
    static constexpr Sort kTexts[] = {Sort::text, Sort::accents, Sort::padded};
    const std::string_view pattern = pick(random_, kPatterns);
    return bind_like(random_.below(2) == 0, operand(usual_ ? Sort::text : pick(random_, kTexts)),
                     typed_constant(Value::string(pattern), type_of(Sort::text)), std::nullopt,
                     context_);
  }

  Random& random_;
  CallContext context_;
  bool usual_;
};

Value random_row(Random& random, bool usual) {
  std::vector<value::Field> fields;
  for (std::size_t sort = 0; sort < kSorts; ++sort) {
    for (const bool second : {false, true}) {
      std::string name = name_of(static_cast<Sort>(sort), second);
      switch (usual ? 2 + random.below(6) : random.below(8)) {
        case 0: break;  // a column that was added later
        case 1: fields.push_back({std::move(name), Value()}); break;
        case 2: fields.push_back({std::move(name), Value()}); break;
        default:
          fields.push_back({std::move(name), random_value(random, static_cast<Sort>(sort), usual)});
      }
    }
  }
  return Value::object(std::move(fields));
}

std::string notation(const Value& value) {
  std::string text;
  value::write_notation(value, text);
  return text;
}

struct Counts {
  std::size_t programs = 0;
  std::size_t rows = 0;
  std::size_t deferred = 0;
};

void compare(const ExprPtr& lambda, Shape wanted, const std::vector<Value>& rows, Counts& counts) {
  function::FieldList fields;
  const auto program = function::Program::compile(lambda, wanted, fields);
  if (program == nullptr) return;
  ++counts.programs;
  value::FieldDecoder decoder(function::requests_of(fields.fields()));
  for (const Value& row : rows) {
    Bytes encoded;
    ASSERT_TRUE(value::encode_document(row, encoded));
    ASSERT_TRUE(decoder.add(encoded));
  }
  value::Batch batch;
  decoder.finish(batch);
  function::EvalContext context;
  function::Notes notes;
  context.notes = &notes;
  auto operands = function::FieldOperands::make(fields.fields(), context);
  ASSERT_TRUE(operands);
  const auto set = operands->set(batch);
  ASSERT_TRUE(set);
  auto state = function::ProgramState::make(program, context);
  ASSERT_TRUE(state);
  const function::Operand result = state->run(*set, rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    ++counts.rows;
    if (result.state(row) == function::kDeferred) {
      ++counts.deferred;
      continue;
    }
    const auto shown = [&] {
      return algebra::print(lambda, function::name_of) + " of " + notation(rows[row]);
    };
    notes.clear();
    const auto said = sql::evaluate_lambda(lambda, std::span(&rows[row], 1), context);
    ASSERT_TRUE(said) << shown() << ": " << said.error().what;
    ASSERT_EQ(notes.count(), 0) << shown();
    const auto given = function::value_of(result, program->shape(), row);
    ASSERT_TRUE(given) << shown();
    Bytes expected;
    Bytes bytes;
    ASSERT_TRUE(value::encode_document(*said, expected));
    ASSERT_TRUE(value::encode_document(*given, bytes));
    ASSERT_EQ(expected, bytes) << shown() << " is " << notation(*said) << ", not "
                               << notation(*given);
  }
}

class Kernels : public testing::Test {
 protected:
  // Expressions of both shapes; those that cannot be bound are left out.
  Counts run(std::uint64_t seed, bool usual) {
    Random random(seed);
    Counts counts;
    for (std::size_t round = 0; round < kRounds && !HasFatalFailure(); ++round) {
      const CallContext calls{.session = constants_.session, .constants = context_};
      Expressions expressions(random, calls, usual);
      const bool condition = random.below(2) == 0;
      const auto typed = condition ? expressions.condition(2) : expressions.number(2);
      std::vector<Value> rows;
      for (std::size_t i = 0; i < kRows; ++i) rows.push_back(random_row(random, usual));
      if (!typed) continue;
      compare(algebra::lambda({kRow}, typed->expression), condition ? Shape::boolean : Shape::typed,
              rows, counts);
    }
    return counts;
  }

  Constants constants_;
  function::EvalContext context_;
};

TEST_F(Kernels, SayWhatOperationsSay) {
  const Counts counts = run(5, false);
  EXPECT_GT(counts.programs, kRounds / 3);
  EXPECT_LT(counts.deferred, counts.rows / 2);
}

TEST_F(Kernels, KnowWhatIsUsual) {
  const Counts counts = run(6, true);
  EXPECT_GT(counts.programs, kRounds * 3 / 4);
  EXPECT_LT(counts.deferred, counts.rows / 20);
}

}  // namespace
}  // namespace octavo::sql
