// What holds for every operation, whatever it is given: it does not fault, and a null first
// argument is null where its row says so.

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "dialect/sql/function/lambda.h"
#include "dialect/sql/function/operation.h"
#include "dialect/sql/function/pattern.h"
#include "value/random_value.h"

namespace octavo::sql {
namespace {

using value::Value;

std::vector<const OperationRow*> all_operations() {
  std::vector<const OperationRow*> rows;
  for (std::uint16_t number = 0; number < operation_block::kEnd; ++number) {
    if (const OperationRow* row = find_operation(number)) rows.push_back(row);
  }
  return rows;
}

// Mostly of the kinds that operations meet, and sometimes the constants that they expect.
Value random_argument(Random& random) {
  switch (random.below(8)) {
    case 0: return Value::int64(static_cast<std::int64_t>(random.below(70)));
    case 1: return Value::string("utf8mb4");
    case 2: return Value::string("+02:00");
    case 3: return Value::int64(255);
    case 4: return Value();
    default: return value::random_value(random, 2);
  }
}

Result<Value> run(const OperationRow& row, const std::vector<Value>& arguments) {
  std::vector<algebra::ExprPtr> constants;
  for (const Value& argument : arguments) constants.push_back(algebra::constant(argument));
  function::Notes notes;
  function::EvalContext context;
  context.notes = &notes;
  // SLEEP and BENCHMARK end at once.
  context.clock = &system_clock();
  context.deadline_ns = 1;
  const auto call = algebra::call({kFamily, row.number}, std::move(constants));
  return sql::evaluate_lambda(algebra::lambda({}, call), {}, context);
}

TEST(Operations, NamesAndNumbersDiffer) {
  std::set<std::string_view> names;
  for (const OperationRow* row : all_operations()) {
    EXPECT_TRUE(names.insert(row->name).second) << row->name;
    EXPECT_TRUE(row->name.starts_with("sql.")) << row->name;
    EXPECT_EQ((row->single == nullptr), (row->lazy != nullptr)) << row->name;
  }
  EXPECT_GT(names.size(), 80U);
}

TEST(Operations, TakeAnyArguments) {
  Random random(20261129);
  constexpr int kRounds = 400;
  for (const OperationRow* row : all_operations()) {
    for (int round = 0; round < kRounds; ++round) {
      std::vector<Value> arguments(row->least + random.below(2));
      for (Value& argument : arguments) argument = random_argument(random);
      const auto result = run(*row, arguments);
      const bool strict = (row->flags & operation_flag::kStrict) != 0;
      const bool strict_first = (row->flags & operation_flag::kStrictFirst) != 0;
      if (arguments.empty() || !arguments.front().is_null() || !(strict || strict_first)) continue;
      EXPECT_TRUE(result && result->is_null()) << row->name;
    }
  }
}

TEST(Operations, RefuseTooFewArguments) {
  for (const OperationRow* row : all_operations()) {
    if (row->least == 0) continue;
    EXPECT_EQ(run(*row, {}).error().code, Code::type_mismatch) << row->name;
  }
}

TEST(Operations, PatternsOfAnyLengthTakeNoStack) {
  const value::Collation& collation = *value::find_collation("utf8mb4_0900_ai_ci");
  function::EvalContext context;
  const auto like = [&](std::string_view text, std::string_view pattern) {
    return *is_like(text, pattern, "\\", collation, context);
  };
  constexpr std::size_t kLong = 60'000;
  const std::string many(kLong, '%');
  EXPECT_TRUE(like("name", many));
  EXPECT_TRUE(like("name", many + "E"));
  EXPECT_FALSE(like("name", many + "x"));
  std::string between;
  for (std::size_t i = 0; i < kLong; ++i) between += "%_";
  EXPECT_FALSE(like("name", between));
  EXPECT_TRUE(like(std::string(kLong, 'a'), between));
}

}  // namespace
}  // namespace octavo::sql
