// Kernels against the interpreter: random expressions over random documents. A value must be the
// interpreter's, and missing its error of that code; what is deferred proves nothing, so that plain
// documents, of which nothing may be deferred, are tried as well.

#include <gtest/gtest.h>

#include "dialect/reql/datum.h"
#include "dialect/reql/lambda.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/purity.h"
#include "function/field_operands.h"
#include "function/program.h"
#include "value/field_decoder.h"
#include "value/notation.h"
#include "value/random_value.h"

namespace octavo::reql {
namespace {

using algebra::ExprPtr;
using function::Shape;

constexpr std::size_t kRounds = 3000;
constexpr std::size_t kDocuments = 40;
constexpr algebra::VarId kRow{7};
constexpr std::string_view kFields[] = {"a", "b", "c"};
constexpr std::string_view kNested = "d";  // of the object with the same ones

template <class T, std::size_t n>
const T& pick(Random& random, const T (&of)[n]) {
  return of[random.below(n)];
}

Value plain_value(Random& random, Shape shape) {
  static constexpr double kNumbers[] = {0, 1, -1, 2, 3.5, 7, -0.0, 1e10};
  static constexpr std::string_view kTexts[] = {"", "a", "ab", "abcdefghijkl", "abcdefghijklm"};
  switch (shape) {
    case Shape::boolean: return Value::boolean(random.below(2) == 1);
    case Shape::number:
      return random.below(2) == 0 ? Value::int64(static_cast<std::int64_t>(random.below(5)))
                                  : Value::float64(pick(random, kNumbers));
    case Shape::text:
    case Shape::any:
    case Shape::typed: return Value::string(pick(random, kTexts));
  }
  return {};
}

class Expressions {
 public:
  explicit Expressions(Random& random) : random_(random) {}

  ExprPtr make(Shape shape, int depth) {
    if (depth == 0 || random_.below(4) == 0) return leaf(shape);
    switch (shape) {
      case Shape::boolean: return boolean(depth - 1);
      case Shape::number: return number(depth - 1);
      case Shape::text: return leaf(shape);
      case Shape::any: return call(term::kOrNull, {field()});
      case Shape::typed: break;
    }
    return nullptr;
  }

 private:
  ExprPtr field() {
    ExprPtr of = var(kRow);
    if (random_.below(4) == 0) of = field_of(std::move(of), kNested);
    return field_of(std::move(of), pick(random_, kFields));
  }
  ExprPtr field_of(ExprPtr object, std::string_view name) {
    const std::uint16_t number = random_.below(2) == 0 ? term::kBracket : term::kGetField;
    return call(number, {std::move(object), constant(Value::string(name))});
  }
  // A path as has_fields takes it.
  Value path() {
    Value name = Value::string(pick(random_, kFields));
    switch (random_.below(4)) {
      case 0: return Value::object({{std::string(kNested), name}});
      case 1: return Value::array({name, Value::string(pick(random_, kFields))});
      default: return name;
    }
  }
  ExprPtr has_fields() {
    std::vector<ExprPtr> args{var(kRow), constant(path())};
    if (random_.below(3) == 0) args.push_back(constant(path()));
    return call(term::kHasFields, std::move(args));
  }
  std::vector<algebra::Option> any_default() {
    if (random_.below(2) == 0) return {};
    return {{"default", constant(Value::boolean(random_.below(2) == 0))}};
  }
  Value wanted_value() {
    return random_.below(8) == 0 ? Value() : plain_value(random_, Shape(random_.below(3)));
  }
  // A row against an object.
  ExprPtr filter_match() {
    const std::string name(pick(random_, kFields));
    std::vector<Field> fields{{name, wanted_value()}};
    if (random_.below(3) == 0 && name != kFields[2]) {
      fields.push_back({std::string(kFields[2]), wanted_value()});
    }
    if (random_.below(3) == 0) {
      fields.push_back({std::string(kNested), Value::object({{name, wanted_value()}})});
    }
    return call(term::kFilterMatch, {var(kRow), constant(Value::object(std::move(fields)))},
                any_default());
  }
  ExprPtr leaf(Shape shape) {
    if (random_.below(3) == 0 && shape != Shape::any) return constant(plain_value(random_, shape));
    return field();
  }
  ExprPtr number(int depth) {
    static constexpr std::uint16_t kTerms[] = {term::kAdd,     term::kSub,     term::kMul,
                                               term::kDiv,     term::kMod,     term::kAdd,
                                               term::kDefault, term::kNumberOf};
    const std::uint16_t chosen = pick(random_, kTerms);
    if (chosen == term::kNumberOf) return call(chosen, {make(Shape::number, depth)});
    std::vector<ExprPtr> args{make(Shape::number, depth), make(Shape::number, depth)};
    if (chosen == term::kAdd) args.push_back(make(Shape::number, depth));
    return call(chosen, std::move(args));
  }
  ExprPtr boolean(int depth) {
    static constexpr std::uint16_t kComparisons[] = {term::kEq, term::kNe, term::kLt,
                                                     term::kLe, term::kGt, term::kGe};
    static constexpr Shape kCompared[] = {Shape::number, Shape::number, Shape::text};
    switch (random_.below(9)) {
      case 6: return has_fields();
      case 7: return filter_match();
      case 8: {
        const bool null = random_.below(3) == 0;
        return call(random_.below(2) == 0 ? term::kEq : term::kNe,
                    {field(), null ? constant(Value()) : field()});
      }
      case 0: return call(term::kNot, {make(Shape::boolean, depth)});
      case 1:
      case 2:
        return call(random_.below(2) == 0 ? term::kAnd : term::kOr,
                    {make(Shape::boolean, depth), make(Shape::boolean, depth),
                     make(Shape::boolean, depth)});
      case 3: return call(term::kFilterTest, {make(Shape::boolean, depth)}, any_default());
      default: {
        const Shape shape = pick(random_, kCompared);
        return call(pick(random_, kComparisons), {make(shape, depth), make(shape, depth)});
      }
    }
  }

  Random& random_;
};

Value any_document(Random& random, bool nests = true) {
  std::vector<Field> fields;
  for (const std::string_view name : kFields) {
    switch (random.below(6)) {
      case 0: break;
      case 1: fields.push_back({std::string(name), Value::null()}); break;
      case 2: fields.push_back({std::string(name), value::random_value(random)}); break;
      default:
        fields.push_back({std::string(name), plain_value(random, Shape(random.below(3)))});
        break;
    }
  }
  if (nests && random.below(8) != 0) {
    const bool plain = random.below(4) != 0;
    fields.push_back(
        {std::string(kNested), plain ? any_document(random, false) : value::random_value(random)});
  }
  return Value::object(std::move(fields));
}

std::string notation(const Value& value) {
  std::string text;
  value::write_notation(value, text);
  return text;
}

std::string shown(const ExprPtr& lambda, const Value& document) {
  return algebra::print(lambda, function::name_of) + " of " + notation(document);
}

struct Counts {
  std::size_t programs = 0;
  std::size_t rows = 0;
  std::size_t deferred = 0;
};

// Runs `lambda` over the documents both ways.
void compare(const ExprPtr& lambda, Shape wanted, const std::vector<Value>& documents,
             Counts& counts) {
  function::FieldList fields;
  const auto program = function::Program::compile(lambda, wanted, fields);
  if (program == nullptr) return;
  ++counts.programs;
  value::FieldDecoder decoder(function::requests_of(fields.fields()));
  for (const Value& document : documents) {
    Bytes encoded;
    ASSERT_TRUE(value::encode_document(document, encoded));
    ASSERT_TRUE(decoder.add(encoded));
  }
  value::Batch batch;
  decoder.finish(batch);
  function::EvalContext context;
  auto operands = function::FieldOperands::make(fields.fields(), context);
  ASSERT_TRUE(operands);
  const auto set = operands->set(batch);
  ASSERT_TRUE(set);
  auto state = function::ProgramState::make(program, context);
  ASSERT_TRUE(state);
  const function::Operand result = state->run(*set, documents.size());
  for (std::size_t row = 0; row < documents.size(); ++row) {
    ++counts.rows;
    if (result.state(row) == function::kDeferred) {
      ++counts.deferred;
      continue;
    }
    const auto said = reql::evaluate_lambda(lambda, std::span(&documents[row], 1), context);
    if (result.state(row) == function::kMissing) {
      ASSERT_FALSE(said) << shown(lambda, documents[row]);
      ASSERT_EQ(said.error().code, Code::missing_value) << shown(lambda, documents[row]);
      continue;
    }
    ASSERT_TRUE(said) << shown(lambda, documents[row]) << ": " << said.error().what;
    ASSERT_TRUE(same(*said, *function::value_of(result, program->shape(), row)))
        << shown(lambda, documents[row]) << " is " << notation(*said);
  }
}

ExprPtr random_lambda(Random& random, Shape shape) {
  return make_lambda({kRow}, Expressions(random).make(shape, 3), {}).lambda;
}

TEST(KernelRows, SayWhatTheInterpreterSays) {
  Random random(11);
  Counts counts;
  for (std::size_t round = 0; round < kRounds; ++round) {
    std::vector<Value> documents;
    for (std::size_t i = 0; i < kDocuments; ++i) documents.push_back(any_document(random));
    const auto shape = Shape(random.below(4));
    compare(random_lambda(random, shape), shape, documents, counts);
    if (HasFatalFailure()) FAIL() << "round " << round;
  }
  EXPECT_GT(counts.programs, kRounds * 3 / 4);
  EXPECT_LT(counts.deferred, counts.rows * 3 / 4);
}

// Numbers, texts and booleans where they are expected: nothing is left to the interpreter but
// divisions by zero, fractions under `mod` and sums that are no number.
TEST(KernelRows, DeferNothingThatIsPlain) {
  const auto field = [](std::string_view name) {
    return call(term::kBracket, {var(kRow), constant(Value::string(name))});
  };
  const auto inner = [&](std::string_view name) {
    return call(term::kBracket, {field("nested"), constant(Value::string(name))});
  };
  const Value five_ = Value::float64(5);
  const auto five = constant(five_);
  const ExprPtr bodies[] = {
      call(term::kFilterTest, {call(term::kGt, {field("number"), five})}),
      call(term::kFilterTest,
           {call(term::kAnd, {call(term::kEq, {field("text"), constant(Value::string("x"))}),
                              call(term::kLe, {field("number"), five})})}),
      call(term::kFilterTest, {field("flag")}),
      call(term::kNumberOf, {call(term::kAdd, {field("number"), field("number"), five})}),
      call(term::kNumberOf, {call(term::kDefault, {field("absent"), five})}),
      call(term::kOrNull, {field("absent")}),
      call(term::kFilterTest, {call(term::kGt, {inner("number"), five})}),
      call(term::kFilterTest, {call(term::kEq, {field("nothing"), five})}),
      call(term::kFilterTest,
           {call(term::kHasFields, {var(kRow), constant(Value::string("text"))})}),
      call(term::kFilterMatch,
           {var(kRow), constant(Value::object({{"nested", Value::object({{"number", five_}})},
                                               {"text", Value::string("x")}}))}),
      call(term::kFilterMatch, {var(kRow), constant(Value::object({{"nothing", Value()}}))}),
  };
  std::vector<Value> documents;
  for (int i = 0; i < 100; ++i) {
    documents.push_back(
        Value::object({{"flag", Value::boolean(i % 2 == 0)},
                       {"nested", Value::object({{"number", Value::int64(i % 7)}})},
                       {"nothing", Value()},
                       {"number", i % 3 == 0 ? Value::int64(i) : Value::float64(i / 4.0)},
                       {"text", Value::string(i % 5 == 0 ? "x" : "long enough to be outside")}}));
  }
  for (const ExprPtr& body : bodies) {
    Counts counts;
    const ExprPtr lambda = make_lambda({kRow}, body, {}).lambda;
    const auto& number = std::get<algebra::Call>(body->node).function.number;
    const Shape shape = number == term::kNumberOf ? Shape::number
                        : number == term::kOrNull ? Shape::any
                                                  : Shape::boolean;
    compare(lambda, shape, documents, counts);
    EXPECT_EQ(counts.programs, 1U) << shown(lambda, documents[0]);
    EXPECT_EQ(counts.deferred, 0U) << shown(lambda, documents[0]);
  }
}

TEST(KernelRows, LeaveTheRestToTheInterpreter) {
  const auto row_as_a_whole = make_lambda({kRow}, call(term::kNumberOf, {var(kRow)}), {}).lambda;
  const auto other_term =
      make_lambda({kRow}, call(term::kPluck, {var(kRow), constant(Value::string("a"))}), {}).lambda;
  const Value nested = Value::object({{"d", Value::object({{"a", Value::int64(1)}})}});
  const auto missing_passes = make_lambda({kRow},
                                          call(term::kFilterMatch, {var(kRow), constant(nested)},
                                               {{"default", constant(Value::boolean(true))}}),
                                          {})
                                  .lambda;
  const Value any_object = Value::object({{"a", Value::object({})}});
  const auto no_equality =
      make_lambda({kRow}, call(term::kFilterMatch, {var(kRow), constant(any_object)}), {}).lambda;
  for (const ExprPtr& lambda : {row_as_a_whole, other_term, missing_passes, no_equality}) {
    function::FieldList fields;
    EXPECT_EQ(function::Program::compile(lambda, std::nullopt, fields), nullptr);
    EXPECT_TRUE(fields.fields().empty());
  }
}

// What a client writes may be long: registers are memory.
TEST(KernelRows, RefuseLongPrograms) {
  std::vector<ExprPtr> terms;
  for (std::size_t i = 0; i < function::Program::kMaxNodes; ++i) {
    terms.push_back(call(term::kBracket, {var(kRow), constant(Value::string("a"))}));
  }
  function::FieldList fields;
  const auto lambda = make_lambda({kRow}, call(term::kAdd, std::move(terms)), {}).lambda;
  EXPECT_EQ(function::Program::compile(lambda, Shape::number, fields), nullptr);
}

TEST(KernelRows, RefuseManyFields) {
  function::FieldList fields;
  const auto sum_of = [&](std::size_t i) {
    const auto field =
        call(term::kBracket, {var(kRow), constant(Value::string("f" + std::to_string(i)))});
    const auto lambda = make_lambda({kRow}, call(term::kNumberOf, {field}), {}).lambda;
    return function::Program::compile(lambda, Shape::number, fields);
  };
  for (std::size_t i = 0; i < function::FieldList::kMaxFields; ++i) EXPECT_NE(sum_of(i), nullptr);
  EXPECT_EQ(sum_of(function::FieldList::kMaxFields), nullptr);
  EXPECT_NE(sum_of(0), nullptr) << "one that is there already";
}

}  // namespace
}  // namespace octavo::reql
