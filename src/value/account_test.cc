#include "value/account.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "value/maker.h"
#include "value/random_value.h"
#include "value/value.h"

namespace octavo::value {
namespace {

class AccountTest : public testing::Test {
 protected:
  MemoryPool pool_{"The pool", 8 * kMiB};
  Account account_{pool_, 4 * kMiB};
};

Value text_of_size(std::size_t bytes) { return Value::string(std::string(bytes, 'x')); }

TEST_F(AccountTest, ValuesAreChargedWhereTheyAreMadeAndGivenBackWhereTheyGo) {
  const Account::Use use(&account_);
  {
    const Value text = text_of_size(1000);
    EXPECT_GE(account_.used(), 1000U);
    const std::size_t one = account_.used();
    const Value copy = text;  // shares what is there
    EXPECT_EQ(account_.used(), one);
    std::vector<Field> fields;
    fields.push_back({std::string(100, 'n'), text});
    const Value object = Value::object(std::move(fields));
    EXPECT_GE(account_.used(), one + 100 + sizeof(Field));
  }
  EXPECT_EQ(account_.used(), 0U);
}

TEST_F(AccountTest, EveryKindOfValueGivesBackWhatItTook) {
  Random random(20261128);
  const Account::Use use(&account_);
  for (int i = 0; i < 2000; ++i) {
    {
      const Value value = random_value(random);
    }
    ASSERT_EQ(account_.used(), 0U) << i;
  }
}

TEST_F(AccountTest, AnUnfinishedMakerGivesBackWhatItTook) {
  const Account::Use use(&account_);
  {
    ArrayMaker array(10);
    array.append(text_of_size(100));
    ObjectMaker object(20);
    object.append(std::string(50, 'n'), text_of_size(100));
  }
  EXPECT_EQ(account_.used(), 0U);
}

TEST_F(AccountTest, WhatTheLimitDoesNotAllowIsThrownAndTakesNothing) {
  const Account::Use use(&account_);
  const Value kept = text_of_size(kMiB);
  const std::size_t before = account_.used();
  EXPECT_THROW(Value::bytes(std::string(4 * kMiB, 'x')), OutOfMemory);
  EXPECT_THROW(ArrayMaker maker(kMiB), OutOfMemory);
  EXPECT_EQ(account_.used(), before);
  try {
    const Value refused = text_of_size(4 * kMiB);
    FAIL();
  } catch (const std::bad_alloc& failure) {
    const Error error = out_of_memory(failure);
    EXPECT_EQ(error.code, Code::resource_exhausted);
    EXPECT_EQ(error.what, "The query needs more memory than the 4 MiB that it may use.");
  }
}

TEST_F(AccountTest, OneAccountCannotHaveWhatOthersHold) {
  Account other(pool_, 8 * kMiB);
  std::optional<Value> large;
  {
    const Account::Use use(&other);
    large = text_of_size(6 * kMiB);
  }
  const Account::Use use(&account_);
  EXPECT_THROW(text_of_size(3 * kMiB), OutOfMemory);
  const Value little = text_of_size(500 * kKiB);
  large.reset();
  other.settle();
  EXPECT_NO_THROW(text_of_size(3 * kMiB));
}

TEST_F(AccountTest, TheLastEighthIsForThoseWhoHoldLittle) {
  Account first(pool_, 8 * kMiB);
  std::vector<Value> parts;
  {
    const Account::Use use(&first);
    EXPECT_THROW(for (;;) parts.push_back(text_of_size(100 * kKiB)), OutOfMemory);
  }
  EXPECT_GE(first.used(), 6 * kMiB);
  const Account::Use use(&account_);
  EXPECT_NO_THROW(text_of_size(500 * kKiB));
}

TEST_F(AccountTest, WhoHoldsLittleHasAReserve) {
  MemoryPool process("The memory of the server", 64 * kMiB);
  MemoryPool reserve("The reserve", 2 * kMiB);
  MemoryPool queries("The queries", 8 * kMiB, &process);
  queries.set_reserve(&reserve);
  process.force(80 * kMiB);  // others have used it up, and more
  std::optional<Account> account(std::in_place, queries, 4 * kMiB);
  Account second(queries, 4 * kMiB);
  std::vector<Value> values;
  {
    const Account::Use use(&*account);
    values.push_back(text_of_size(200 * kKiB));
    EXPECT_EQ(queries.used(), 0U);
    EXPECT_GE(reserve.used(), 200 * kKiB);
    EXPECT_THROW(text_of_size(2 * kMiB), OutOfMemory) << "not little any more";
    process.release(80 * kMiB);
    values.push_back(text_of_size(2 * kMiB));
    EXPECT_EQ(reserve.used(), 0U) << "who holds more goes back to where others are";
    EXPECT_GE(queries.used(), 2200 * kKiB);
    process.force(80 * kMiB);
  }
  {
    const Account::Use use(&second);
    values.push_back(text_of_size(150 * kKiB));
    values.erase(values.begin());  // of the first account
  }
  account.reset();
  EXPECT_GE(queries.used(), 2 * kMiB);
  values.erase(values.begin());
  EXPECT_EQ(queries.used(), 0U);
  EXPECT_GE(reserve.used(), 150 * kKiB);
  values.clear();
  second.settle();
  EXPECT_EQ(reserve.used(), 0U);
  process.release(80 * kMiB);
}

TEST_F(AccountTest, WhatIsOutWhenAnAccountClosesIsNotOfTheReserve) {
  MemoryPool reserve("The reserve", kMiB);
  MemoryPool queries("The queries", 8 * kMiB);
  queries.set_reserve(&reserve);
  queries.force(8 * kMiB);
  std::optional<Account> account(std::in_place, queries, 4 * kMiB);
  std::optional<Value> value;
  {
    const Account::Use use(&*account);
    value = text_of_size(200 * kKiB);
  }
  EXPECT_GE(reserve.used(), 200 * kKiB);
  account.reset();
  EXPECT_EQ(reserve.used(), 0U);
  EXPECT_GE(queries.used(), 8 * kMiB + 200 * kKiB);
  value.reset();
  EXPECT_EQ(queries.used(), 8 * kMiB);
  queries.release(8 * kMiB);
}

TEST_F(AccountTest, TheReserveIsBounded) {
  MemoryPool reserve("The reserve", 300 * kKiB);
  pool_.set_reserve(&reserve);
  pool_.force(8 * kMiB);
  Account first_account(pool_, 4 * kMiB);  // goes before the reserve
  Account other(pool_, 4 * kMiB);
  {
    const Account::Use use(&first_account);
    const Value first = text_of_size(200 * kKiB);
    EXPECT_THROW(text_of_size(100 * kKiB), OutOfMemory) << "not little enough any more";
    const Account::Use others(&other);
    EXPECT_THROW(text_of_size(200 * kKiB), OutOfMemory) << "the reserve has no room for both";
    EXPECT_NO_THROW(text_of_size(20 * kKiB));
  }
  first_account.settle();
  other.settle();
  EXPECT_EQ(reserve.used(), 0U);
  pool_.release(8 * kMiB);
}

TEST_F(AccountTest, ValuesOutliveTheirAccount) {
  std::optional<Account> account(std::in_place, pool_, 4 * kMiB);
  std::vector<Value> values;
  {
    const Account::Use use(&*account);
    for (int i = 0; i < 10; ++i) values.push_back(text_of_size(100'000));
  }
  account.reset();
  EXPECT_GE(pool_.used(), 1'000'000U);
  values.pop_back();
  EXPECT_LT(pool_.used(), 1'000'000U);
  values.clear();
  EXPECT_EQ(pool_.used(), 0U);
}

TEST_F(AccountTest, WhatIsFreedElsewhereIsGivenBack) {
  for (int round = 0; round < 100; ++round) {
    std::vector<Value> values;
    {
      const Account::Use use(&account_);
      for (int i = 0; i < 30; ++i) values.push_back(text_of_size(100'000));
    }
    std::thread([&values] { values.clear(); }).join();
  }
  EXPECT_EQ(account_.used(), 0U);
}

TEST_F(AccountTest, AccountsCloseWhileOtherThreadsFree) {
  for (int round = 0; round < 200; ++round) {
    std::optional<Account> account(std::in_place, pool_, 4 * kMiB);
    std::vector<Value> values;
    {
      const Account::Use use(&*account);
      for (int i = 0; i < 100; ++i) values.push_back(text_of_size(1000));
    }
    std::thread elsewhere([mine = std::move(values)]() mutable { mine.clear(); });
    account.reset();
    elsewhere.join();
    ASSERT_EQ(pool_.used(), 0U);
  }
}

TEST_F(AccountTest, WhatCannotBeRefusedIsTakenAboveTheLimit) {
  Account account = Account::unrefused(pool_);
  std::vector<Value> values;
  {
    const Account::Use use(&account);
    for (int i = 0; i < 20; ++i) values.push_back(text_of_size(kMiB));
  }
  EXPECT_GE(pool_.used(), 20 * kMiB);
  values.clear();
  EXPECT_GE(account.unsettled(), 20 * kMiB);
  account.settle();
  EXPECT_EQ(pool_.used(), 0U);
}

TEST_F(AccountTest, UsesNest) {
  const Account::Use use(&account_);
  {
    const Account::Use nobody(nullptr);
    const Value free = text_of_size(1000);
    EXPECT_EQ(account_.used(), 0U);
  }
  const Value text = text_of_size(1000);
  EXPECT_GE(account_.used(), 1000U);
}

// Meets what comparing geometries makes once for all when it is the first to do so, as it is here.
TEST_F(AccountTest, WhatLivesAsLongAsTheProcessIsNotChargedToWhoeverNeedsItFirst) {
  const Account::Use use(&account_);
  {
    const auto point = [](std::string_view name) {
      return Value::geometry({{"type", Value::string(name)}});
    };
    EXPECT_TRUE(compare(point("a"), point("b"), Order::by_type_name) < 0);
  }
  EXPECT_EQ(account_.used(), 0U);
}

TEST_F(AccountTest, ExplicitChargesShareTheLimit) {
  Charge charge(&account_);
  EXPECT_TRUE(charge.add(3 * kMiB));
  EXPECT_FALSE(charge.add(2 * kMiB));
  EXPECT_FALSE(charge.add(SIZE_MAX));
  EXPECT_FALSE(account_.require(2 * kMiB));
  EXPECT_TRUE(account_.require(kMiB));
  charge = Charge(nullptr);
  EXPECT_EQ(account_.used(), 0U);
}

TEST(MemoryBytes, OfCopiesOfCopiesStopCounting) {
  Value value = Value::string("some text that is long enough to count");
  for (int i = 0; i < 100; ++i) value = Value::array({value, value});
  EXPECT_GE(value.memory_bytes(1000), 1000U);
  EXPECT_LT(value.memory_bytes(1000), 100'000U);
}

}  // namespace
}  // namespace octavo::value
