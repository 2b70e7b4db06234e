#include "value/vector.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <thread>

#include "base/limits.h"
#include "value/account.h"
#include "value/decimal.h"
#include "value/document.h"
#include "value/random_value.h"

namespace octavo::value {
namespace {

// The same kind and the same content, as equality of values does not ask.
Bytes exact_bytes(const Value& value) {
  Bytes bytes;
  EXPECT_TRUE(encode_document(value, bytes).has_value());
  return bytes;
}

Value decimal(std::string_view text) { return Value::decimal(*Decimal::parse(text)); }

Value random_text_of(Random& random, Type type) {
  const std::string text(random.below(40), static_cast<char>('a' + random.below(3)));
  return type == Type::string ? Value::string(text) : Value::symbol(text);
}

// A type of every physical form, and the values that it holds.
struct TypeCase {
  std::string name;
  ColumnType type;
  std::function<Value(Random&)> value;
};

TypeCase integers(std::string name, Type type, Physical physical, std::int64_t low,
                  std::int64_t high) {
  return {std::move(name), ColumnType::of(type, physical), [low, high](Random& random) {
            const Value edges[] = {Value::int64(low), Value::int64(high), Value::int64(0)};
            if (random.below(4) == 0) return edges[random.below(3)];
            const auto span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
            const std::uint64_t step = span + 1 == 0 ? random() : random.below(span + 1);
            return Value::int64(static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + step));
          }};
}

TypeCase of_random(Type type, Physical physical) {
  return {std::string(type_name(type)), ColumnType::of(type, physical),
          [type](Random& random) { return random_of_type(random, type, 2); }};
}

TypeCase decimals(std::uint8_t precision, std::uint8_t scale) {
  return {
      "decimal" + std::to_string(precision), ColumnType::decimal(precision, scale),
      [precision, scale](Random& random) {
        std::string digits = random.below(2) == 0 ? "-" : "";
        const std::uint64_t size = random.below(3) == 0 ? precision : 1 + random.below(precision);
        for (std::uint64_t i = 0; i < size; ++i) {
          digits.push_back(static_cast<char>('0' + (i == 0 ? 1 : 0) + random.below(9)));
        }
        const Decimal whole = *Decimal::parse(digits);
        return Value::decimal(*Decimal::make(whole.is_negative(), whole.coefficient(), int{scale}));
      }};
}

std::vector<TypeCase> type_cases() {
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  std::vector<TypeCase> cases = {
      of_random(Type::boolean, Physical::boolean),
      integers("int8", Type::int64, Physical::int8, -128, 127),
      integers("int16", Type::int64, Physical::int16, -32768, 32767),
      integers("int32", Type::int64, Physical::int32, -2147483648LL, 2147483647),
      integers("int64", Type::int64, Physical::int64, kMin, kMax),
      integers("uint8", Type::uint64, Physical::uint8, 0, 255),
      integers("uint16", Type::uint64, Physical::uint16, 0, 65535),
      integers("uint32", Type::int64, Physical::uint32, 0, 4294967295LL),
      of_random(Type::uint64, Physical::uint64),
      {"float32", ColumnType::of(Type::float64, Physical::float32),
       [](Random& random) {
         return Value::float64(std::ldexp(static_cast<double>(random.below(1U << 24)), -7));
       }},
      of_random(Type::float64, Physical::float64),
      decimals(18, 4),
      decimals(38, 10),
      decimals(76, 0),
      of_random(Type::timestamp, Physical::instant),
      {"datetime",
       {.type = Type::timestamp, .physical = Physical::int64, .precision = 6},
       [](Random& random) {
         return Value::timestamp({static_cast<std::int64_t>(random.below(1'000'000)) - 500'000,
                                  static_cast<std::uint32_t>(random.below(1'000'000) * 1000), 0});
       }},
      of_random(Type::date, Physical::int32),
      of_random(Type::time_of_day, Physical::int64),
      of_random(Type::duration, Physical::int64),
      {"string", ColumnType::of(Type::string, Physical::text),
       [](Random& random) { return random_text_of(random, Type::string); }},
      {"symbol", ColumnType::of(Type::symbol, Physical::text),
       [](Random& random) { return random_text_of(random, Type::symbol); }},
      {"bytes", ColumnType::of(Type::bytes, Physical::text),
       [](Random& random) {
         return Value::bytes(random_of_type(random, Type::bytes, 2).as_bytes());  // of no subtype
       }},
      of_random(Type::uuid, Physical::text),
      of_random(Type::object_id, Physical::text),
      of_random(Type::object, Physical::encoded),
      of_random(Type::array, Physical::boxed),
      {"list of lists",
       ColumnType::list(ColumnType::list(ColumnType::of(Type::string, Physical::text))),
       [](Random& random) {
         std::vector<Value> lists;
         for (std::uint64_t i = random.below(4); i > 0; --i) {
           std::vector<Value> list;
           for (std::uint64_t j = random.below(4); j > 0; --j) {
             list.push_back(random.below(4) == 0 ? Value() : random_text_of(random, Type::string));
           }
           lists.push_back(Value::array(std::move(list)));
         }
         return Value::array(std::move(lists));
       }},
      {"encoded", ColumnType::dynamic(Physical::encoded),
       [](Random& random) { return random_value(random); }},
      {"boxed", ColumnType::dynamic(Physical::boxed),
       [](Random& random) { return random_value(random); }},
  };
  return cases;
}

// What a row of a vector is to be: a value, or why there is none.
struct Expected {
  Value value;
  std::optional<Absence> absence;
};

void expect_row(const Vector& vector, std::size_t row, const Expected& expected) {
  EXPECT_EQ(vector.absence(row), expected.absence) << row;
  const auto value = vector.at(row);
  ASSERT_TRUE(value.has_value()) << value.error().what;
  EXPECT_EQ(exact_bytes(*value), exact_bytes(expected.value)) << row;
}

Vector flat_of(const TypeCase& type, Random& random, std::size_t rows,
               std::vector<Expected>& expected) {
  Vector vector = Vector::flat(type.type, rows);
  for (std::size_t row = 0; row < rows; ++row) {
    switch (random.below(8)) {
      case 0:
        vector.validity().clear(row, Absence::missing);
        expected.push_back({Value(), Absence::missing});
        break;
      case 1:
        EXPECT_TRUE(vector.put(row, Value()));
        expected.push_back({Value(), Absence::null});
        break;
      default: {
        const Value value = type.value(random);
        if (value.is_null()) {
          vector.put(row, value);
          expected.push_back({value, Absence::null});
          break;
        }
        EXPECT_TRUE(vector.put(row, value)) << exact_bytes(value);
        expected.push_back({value, std::nullopt});
      }
    }
  }
  return vector;
}

TEST(Vector, EveryFormOfEveryTypeHoldsWhatWasPut) {
  Random random(17);
  for (const TypeCase& type : type_cases()) {
    SCOPED_TRACE(type.name);
    for (const std::size_t rows :
         {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{64}, std::size_t{300}}) {
      std::vector<Expected> expected;
      const Vector flat = flat_of(type, random, rows, expected);
      ASSERT_EQ(flat.rows(), rows);
      EXPECT_EQ(flat.form(), Vector::Form::flat);
      EXPECT_EQ(flat.type(), type.type);
      for (std::size_t row = 0; row < rows; ++row) expect_row(flat, row, expected[row]);
      if (rows == 0) continue;

      std::vector<std::uint32_t> places;
      for (int i = 0; i < 100; ++i)
        places.push_back(static_cast<std::uint32_t>(random.below(rows)));
      const Vector once = Vector::dictionary(flat, places);
      EXPECT_EQ(once.form(), Vector::Form::dictionary);
      ASSERT_EQ(once.rows(), places.size());
      for (std::size_t row = 0; row < places.size(); ++row) {
        expect_row(once, row, expected[places[row]]);
      }
      const std::uint32_t again[] = {99, 0, 5, 5};
      const Vector twice = Vector::dictionary(once, again);
      for (std::size_t row = 0; row < 4; ++row) {
        expect_row(twice, row, expected[places[again[row]]]);
      }

      const Expected& first = expected.front();
      if (first.absence == Absence::missing) continue;
      const Vector constant = Vector::constant(type.type, first.value, rows);
      EXPECT_EQ(constant.form(), Vector::Form::constant);
      ASSERT_EQ(constant.rows(), rows);
      for (std::size_t row = 0; row < rows; ++row) expect_row(constant, row, first);
      const std::uint32_t some[] = {0, 0, 0};
      const Vector of_constant = Vector::dictionary(constant, some);
      ASSERT_EQ(of_constant.rows(), 3U);
      for (std::size_t row = 0; row < 3; ++row) expect_row(of_constant, row, first);
    }
  }
}

TEST(Vector, ViewsReadEveryFormAlike) {
  Vector flat = Vector::flat(ColumnType::of(Type::int64, Physical::int64), 10);
  const auto values = flat.fill<std::int64_t>();
  for (std::size_t row = 0; row < 10; ++row) values[row] = static_cast<std::int64_t>(row * row);
  flat.validity().clear(3, Absence::missing);
  const std::uint32_t places[] = {9, 3, 0};
  const Vector some = Vector::dictionary(flat, places);
  const auto view = some.view<std::int64_t>();
  EXPECT_EQ(view[0], 81);
  EXPECT_FALSE(view.has(1));
  EXPECT_EQ(view.validity->why(view.at(1)), Absence::missing);
  EXPECT_EQ(view[2], 0);
  const Vector same = Vector::constant(flat.type(), Value::int64(7), 2000);
  EXPECT_EQ(same.view<std::int64_t>()[1999], 7);
  EXPECT_TRUE(same.view<std::int64_t>().has(1999));
}

TEST(Vector, WhatATypeCannotHoldIsOther) {
  const struct {
    ColumnType type;
    Value value;
  } cases[] = {
      {ColumnType::of(Type::int64, Physical::int8), Value::int64(128)},
      {ColumnType::of(Type::int64, Physical::int64), Value::float64(1)},
      {ColumnType::of(Type::int64, Physical::int64), Value::uint64(1ULL << 63)},
      {ColumnType::of(Type::uint64, Physical::uint64), Value::int64(-1)},
      {ColumnType::of(Type::float64, Physical::float32), Value::float64(0.1)},
      {ColumnType::of(Type::float64, Physical::float32), Value::float64(1e300)},
      {ColumnType::of(Type::float64, Physical::float64), Value::string("1")},
      {ColumnType::of(Type::boolean, Physical::boolean), Value::int64(1)},
      {ColumnType::decimal(4, 2), decimal("1.234")},
      {ColumnType::decimal(4, 2), decimal("123.4")},
      {ColumnType::decimal(38, 2), decimal("NaN")},
      {ColumnType::decimal(76, 0), decimal("Infinity")},
      {ColumnType::of(Type::string, Physical::text), Value::symbol("a")},
      {ColumnType::of(Type::object, Physical::encoded), Value::int64(1)},
      {ColumnType::of(Type::array, Physical::boxed), Value::int64(1)},
      {{.type = Type::timestamp, .physical = Physical::int64, .precision = 3},
       Value::timestamp({1, 1, 0})},
      {{.type = Type::timestamp, .physical = Physical::int64, .precision = 3},
       Value::timestamp({1, 0, 60})},
      {{.type = Type::timestamp, .physical = Physical::int64, .precision = 9},
       Value::timestamp({1LL << 60, 0, 0})},
      {ColumnType::list(ColumnType::of(Type::int64, Physical::int32)),
       Value::array({Value::int64(1), Value::string("2")})},
  };
  for (const auto& [type, value] : cases) {
    Vector vector = Vector::flat(type, 2);
    EXPECT_FALSE(vector.put(1, value)) << exact_bytes(value);
    EXPECT_EQ(vector.absence(1), Absence::other);
    EXPECT_EQ(vector.absence(0), std::nullopt);
    EXPECT_EQ(Vector::constant(type, value, 3).absence(2), Absence::other);
  }
  Vector vector = Vector::flat(ColumnType::decimal(4, 2), 1);
  EXPECT_TRUE(vector.put(0, decimal("1.2")));  // and shows the scale of its type
  EXPECT_EQ(vector.at(0)->as_decimal().to_string(), "1.20");
}

TEST(Vector, ARowMayBePutAgain) {
  Vector vector = Vector::flat(ColumnType::of(Type::string, Physical::text), 2);
  vector.put(0, Value::int64(1));
  vector.put(1, Value());
  EXPECT_TRUE(vector.put(0, Value::string("a")));
  EXPECT_TRUE(vector.put(1, Value::string("b")));
  EXPECT_EQ(vector.absence(0), std::nullopt);
  EXPECT_EQ(vector.at(1)->as_string(), "b");
}

TEST(Vector, GrowsAndShrinks) {
  Random random(18);
  for (const TypeCase& type : type_cases()) {
    SCOPED_TRACE(type.name);
    std::vector<Expected> expected;
    Vector vector = flat_of(type, random, 100, expected);
    vector.resize(40);
    vector.resize(5000);
    for (std::size_t row = 0; row < 40; ++row) expect_row(vector, row, expected[row]);
    for (std::size_t row = 40; row < 5000; row += 13) {
      EXPECT_EQ(vector.absence(row), std::nullopt) << row;
    }
    const Value last = type.value(random);
    vector.put(4999, last);
    expect_row(vector, 4999, {last, last.is_null() ? std::optional(Absence::null) : std::nullopt});
  }
}

TEST(Vector, RestartsInItsOwnMemoryUnlessItIsShared) {
  const ColumnType text = ColumnType::of(Type::string, Physical::text);
  const Value long_text = Value::string(std::string(100, 'x'));
  Vector vector = Vector::flat(text, 100);
  vector.put(5, long_text);
  const StringRef* const before = vector.view<StringRef>().values;
  const std::size_t bytes = vector.bytes();
  vector.restart(text, 80);
  EXPECT_EQ(vector.view<StringRef>().values, before);
  EXPECT_EQ(vector.bytes(), bytes);  // with the block of the arena
  EXPECT_EQ(vector.at(5)->as_string(), "");
  vector.put(7, long_text);

  const Vector kept = vector;
  vector.restart(text, 80);
  EXPECT_NE(vector.view<StringRef>().values, before);
  vector.put(7, Value::string("another text of more than a few bytes"));
  EXPECT_EQ(*kept.at(7), long_text);

  vector.restart(ColumnType::of(Type::float64, Physical::float64), 10);  // of another type
  vector.fill<double>()[9] = 1.5;
  EXPECT_EQ(*vector.at(9), Value::float64(1.5));
}

TEST(Vector, DamagedEncodedValuesAreAnError) {
  Vector vector = Vector::flat(ColumnType::dynamic(Physical::encoded), 2);
  vector.fill<StringRef>()[0] = vector.arena().add("\x25\x01");
  EXPECT_EQ(vector.at(0).error().code, Code::corrupt);
}

TEST(StringRef, OrdersAsItsTextDoes) {
  Random random(19);
  std::vector<std::string> texts = {"",
                                    std::string(1, '\0'),
                                    std::string("a\0", 2),
                                    "a",
                                    "abcdefghijkl",
                                    "abcdefghijklm",
                                    "abcdefghijkln"};
  for (int i = 0; i < 200; ++i) {
    std::string text;
    for (std::uint64_t size = random.below(20); size > 0; --size) {
      text.push_back("\0ab\xff"[random.below(4)]);
    }
    texts.push_back(std::move(text));
  }
  StringArena arena;
  std::vector<StringRef> refs;
  for (const std::string& text : texts) refs.push_back(arena.add(text));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(refs[i].view(), texts[i]);
    for (std::size_t j = 0; j < texts.size(); ++j) {
      EXPECT_EQ(refs[i] == refs[j], texts[i] == texts[j]);
      EXPECT_EQ(refs[i] <=> refs[j], texts[i].compare(texts[j]) <=> 0);
    }
  }
}

TEST(StringArena, KeepsTextsWhereTheyAre) {
  StringArena arena;
  std::vector<StringRef> refs;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 3000; ++i) {
    texts.emplace_back(i % 700, static_cast<char>('a' + i % 26));
    if (i == 1500) texts.back().assign(kMiB, 'L');
    refs.push_back(arena.add(texts.back()));
  }
  for (std::size_t i = 0; i < texts.size(); ++i) ASSERT_EQ(refs[i].view(), texts[i]);
  EXPECT_GE(arena.bytes(), kMiB + std::size_t{3000} * 300);
  arena.clear();
  EXPECT_LE(arena.bytes(), 257 * kKiB);
  const StringRef again = arena.add(texts[1600]);
  EXPECT_EQ(again.view(), texts[1600]);
}

class VectorMemory : public testing::Test {
 protected:
  MemoryPool pool_{"The pool", 64 * kMiB};
};

TEST_F(VectorMemory, IsChargedAndGivenBackAlsoByAnotherThread) {
  Random random(20);
  Account account(pool_, 64 * kMiB);
  for (const TypeCase& type : type_cases()) {
    SCOPED_TRACE(type.name);
    std::optional<Vector> kept;
    {
      const Account::Use use(&account);
      std::vector<Expected> expected;
      Vector flat = flat_of(type, random, 500, expected);
      EXPECT_GE(account.used(), flat.bytes());
      const std::uint32_t places[] = {1, 2, 3};
      const std::size_t before = account.used();
      kept = Vector::dictionary(flat, places);
      EXPECT_GE(account.used(), before + sizeof places);
    }
    std::thread([&] { kept.reset(); }).join();
    EXPECT_EQ(account.used(), 0U);
  }
}

// With one byte more each time until all of it can be had: every allocation is refused once.
TEST_F(VectorMemory, EveryAllocationMayBeRefused) {
  const auto work = [] {
    Vector text = Vector::flat(ColumnType::of(Type::string, Physical::text), 4);
    text.put(0, Value());
    text.validity().clear(1, Absence::missing);
    text.fill<StringRef>()[2] = text.arena().add(std::string(5000, 'x'));
    text.fill<StringRef>()[3] = text.arena().add(std::string(5000, 'y'));
    text.resize(300);
    const std::uint32_t places[] = {3, 2, 3};
    const Vector some = Vector::dictionary(text, places);
    Vector lists = Vector::flat(ColumnType::list(ColumnType::of(Type::int64, Physical::int64)), 2);
    lists.put(0, Value::array({Value::int64(1), Value()}));
    Vector boxed = Vector::flat(ColumnType::dynamic(Physical::boxed), 2);
    boxed.put(1, Value::string("a text of its own"));
    boxed.resize(10);
    Vector copy = boxed;
    copy.restart(ColumnType::dynamic(Physical::encoded), 3);
    copy.put(0, Value::string("a text of its own"));
    const Vector constant = Vector::constant(copy.type(), Value::string("a longer text"), 3);
    return some.at(0)->as_string().size() + constant.rows();
  };
  std::size_t refusals = 0;
  for (std::size_t limit = 0;; limit += 8) {
    Account account(pool_, limit);
    bool done = false;
    {
      const Account::Use use(&account);
      try {
        EXPECT_EQ(work(), 5003U);
        done = true;
      } catch (const OutOfMemory& refused) {
        EXPECT_EQ(refused.error().code, Code::resource_exhausted);
        ++refusals;
      }
    }
    ASSERT_EQ(account.used(), 0U) << limit;
    if (done) break;
  }
  EXPECT_GT(refusals, 1000U);
}

}  // namespace
}  // namespace octavo::value
