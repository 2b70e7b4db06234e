#include "exec/testing/random_tables.h"

#include <fmt/format.h>

#include <set>

#include "exec/testing/terms.h"
#include "value/random_value.h"

namespace octavo::exec::testing_support {
namespace {

using value::Value;

constexpr std::uint64_t kFewRows = 40;
constexpr std::uint64_t kManyRows = 3000;  // more than any batch has
constexpr std::size_t kLongText = 2000;    // bytes
constexpr std::size_t kVeryLong = 70'000;  // a few of them fill a batch

Value random_text(Random& random) {
  constexpr std::string_view kTexts[] = {"", "a", "b", "ab", "\xc3\xa9", "\xf0\x9f\x98\x80"};
  const std::uint64_t dice = random.below(100);
  // Equal in what a short form of a text keeps.
  if (dice < 20)
    return Value::string(std::string(kLongText, 'x') + std::to_string(random.below(3)));
  if (dice < 30) return Value::string("twelve bytes" + std::to_string(random.below(3)));
  return Value::string(kTexts[random.below(std::size(kTexts))]);
}

Value random_array(Random& random, int depth) {
  std::vector<Value> elements;
  for (std::uint64_t i = random.below(5); i > 0; --i) {
    elements.push_back(depth > 0 && random.below(6) == 0 ? random_array(random, depth - 1)
                                                         : random_scalar(random));
  }
  return Value::array(std::move(elements));
}

Value random_nested(Random& random, int depth) {
  std::vector<value::Field> fields{{"n", random_number(random)}, {"a", random_scalar(random)}};
  if (random.below(2) == 0) std::swap(fields[0], fields[1]);
  if (random.below(3) == 0) fields.pop_back();
  if (depth > 0 && random.below(3) == 0) fields.push_back({"d", random_nested(random, depth - 1)});
  return Value::object(std::move(fields));
}

Value random_mixed(Random& random) {
  switch (random.below(8)) {
    case 0: return random_array(random, 1);
    case 1: return random_nested(random, 0);
    default: return random_scalar(random);
  }
}

Value random_wild(Random& random) {
  constexpr value::Type kTypes[] = {value::Type::bytes, value::Type::timestamp};
  if (random.below(3) > 0) return value::random_number(random);
  return value::random_of_type(random, kTypes[random.below(std::size(kTypes))]);
}

// What rows are like; each a chance in percent.
struct Habits {
  std::uint64_t odd = 0;        // that a field is missing or something else
  std::uint64_t very_long = 0;  // that `s` is a very long text
};

Habits random_habits(Random& random) {
  return {.odd = random.below(2) * 12, .very_long = random.below(4) == 0 ? std::uint64_t{8} : 0};
}

Value document(Random& random, const Habits& habits) {
  const std::uint64_t odd = habits.odd;
  std::vector<value::Field> fields;
  const auto add = [&](std::string_view name, Value value, std::uint64_t missing) {
    const std::uint64_t dice = random.below(100);
    if (dice < missing) return;
    fields.push_back({std::string(name), dice >= 100 - odd ? random_scalar(random) : value});
  };
  add("n", random_number(random), odd);
  add("a", random_mixed(random), odd);
  add("b", random_scalar(random), 50);
  add("d", random_nested(random, 2), odd);
  add("tags", random_array(random, 1), odd);
  const bool is_long = random.below(100) < habits.very_long;
  add("s", is_long ? Value::string(std::string(kVeryLong, 'y')) : random_text(random), odd);
  if (random.below(100) >= odd) fields.push_back({"w", random_wild(random)});
  for (std::uint64_t i = random.below(2) * fields.size(); i > 1; --i) {
    std::swap(fields[i - 1], fields[random.below(i)]);
  }
  return Value::object(std::move(fields));
}

std::vector<Value> random_rows(Random& random, std::uint64_t count) {
  Habits habits = random_habits(random);
  if (count > kFewRows) habits.very_long = 0;
  const auto less = [](const Value& a, const Value& b) { return value::compare(a, b) < 0; };
  std::set<Value, decltype(less)> keys(less);
  std::vector<Value> rows;
  while (rows.size() < count) {
    // The keys of many rows would run out.
    const Value key = rows.size() < kFewRows ? random_key(random)
                                             : Value::int64(static_cast<std::int64_t>(rows.size()));
    if (!keys.insert(key).second) {
      --count;
      continue;
    }
    value::ObjectBuilder row(document(random, habits));
    row.set("id", key);
    rows.push_back(std::move(row).build());
  }
  return rows;
}

std::vector<TableIndex> random_indexes() {
  const auto of = [](std::string_view name) { return field(row(), name); };
  return {
      {.name = "a", .function = of_row(of("a"))},
      {.name = "n", .function = of_row(of("n"))},
      {.name = "w", .function = of_row(of("w"))},
      {.name = "s", .function = of_row(of("s"))},
      {.name = "nested", .function = of_row(field(of("d"), "n"))},
      {.name = "compound", .function = of_row(algebra::make_array({of("b"), of("n")}))},
      {.name = "tags", .function = of_row(of("tags")), .multi = true},
  };
}

}  // namespace

Value random_number(Random& random) {
  const auto quarters = static_cast<std::int64_t>(random.below(33)) - 12;
  if (quarters % 4 == 0 && random.below(3) > 0) return Value::int64(quarters / 4);
  return Value::float64(static_cast<double>(quarters) / 4);
}

Value random_scalar(Random& random) {
  switch (random.below(10)) {
    case 0: return Value::null();
    case 1: return Value::boolean(random.below(2) == 0);
    case 2: return value::random_of_type(random, value::Type::timestamp);
    case 3: return value::random_of_type(random, value::Type::bytes);
    case 4:
    case 5:
    case 6: return random_text(random);
    default: return random_number(random);
  }
}

Value random_key(Random& random) {
  switch (random.below(6)) {
    case 0: return Value::string(std::string(1, static_cast<char>('a' + random.below(5))));
    case 1: return Value::array({random_number(random), random_number(random)});
    case 2: return Value::boolean(random.below(2) == 0);
    default: return random_number(random);
  }
}

Value random_document(Random& random) { return document(random, random_habits(random)); }

Tables random_tables(Random& random) {
  Tables tables;
  for (std::uint64_t i = 2 + random.below(2); i > 0; --i) {
    tables.push_back({.name = fmt::format("t{}", i),
                      .rows = random_rows(random, random.below(kFewRows)),
                      .indexes = random_indexes()});
  }
  if (random.below(20) == 0) {
    tables.front().rows = random_rows(random, kManyRows / (1 + random.below(8)));
  }
  return tables;
}

}  // namespace octavo::exec::testing_support
