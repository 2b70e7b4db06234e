// Sorts, first rows and groups over columns, against what the bytes of keys say: keys of one type,
// of several, texts with few and many different ones, more than memory holds.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/memory_pool.h"
#include "base/random.h"
#include "exec/operators.h"
#include "exec/spill_space.h"
#include "exec/testing/column_tables.h"
#include "exec/testing/terms.h"
#include "io/sim_file.h"
#include "value/document.h"
#include "value/order_key.h"

namespace octavo::exec {
namespace {

using namespace testing_support;
using algebra::Direction;
using value::ColumnType;
using value::Order;
using value::Physical;
using value::Type;
using value::Value;

using Column = ColumnTable::Column;

// --- Columns ---

std::uint64_t mixed(std::int64_t row) { return Random(static_cast<std::uint64_t>(row) + 1)(); }
ColumnType integers() { return ColumnType::of(Type::int64, Physical::int64); }
ColumnType reals() { return ColumnType::of(Type::float64, Physical::float64); }
ColumnType texts() { return ColumnType::of(Type::string, Physical::text); }
ColumnType any() { return ColumnType::dynamic(Physical::boxed); }

// Integers, of which one in so many is null, and one missing.
Column some_integers(std::string name, std::uint64_t below, std::uint64_t absent) {
  return {std::move(name), [](auto) { return integers(); },
          [below, absent](std::int64_t row) -> std::optional<Value> {
            const std::uint64_t number = mixed(row);
            if (absent > 0 && number % absent == 1) return std::nullopt;
            if (absent > 0 && number % absent == 2) return Value();
            return Value::int64(static_cast<std::int64_t>(number / 64 % below) - 3);
          }};
}
Column some_reals(std::int64_t not_a_number) {
  return {"k", [](auto) { return reals(); },
          [not_a_number](std::int64_t row) -> std::optional<Value> {
            if (row == not_a_number) return Value::float64(std::nan(""));
            const auto number = static_cast<double>(mixed(row) % 50) - 25;
            return Value::float64(row % 2 == 0 ? number / 4 : -number / 4);
          }};
}
Column some_texts(std::uint64_t different) {
  return {"k", [](auto) { return texts(); },
          [different](std::int64_t row) -> std::optional<Value> {
            if (row % 97 == 3) return Value();
            return Value::string("text " + std::to_string(mixed(row) % different));
          }};
}
// From a batch on rows have values of any type.
Column many_types(std::int64_t first) {
  return {"k", [first](std::int64_t batch) { return batch < first ? integers() : any(); },
          [first](std::int64_t row) -> std::optional<Value> {
            const std::uint64_t number = mixed(row);
            const auto integer = static_cast<std::int64_t>(number / 8 % 40);
            if (row / static_cast<std::int64_t>(value::kBatchRows) < first) {
              return Value::int64(integer);
            }
            switch (number % 5) {
              case 0: return std::nullopt;
              case 1: return Value::float64(static_cast<double>(integer) / 2);
              case 2: return Value::string("text " + std::to_string(integer));
              case 3: return Value::boolean(integer % 2 == 0);
              default: return Value::int64(integer);
            }
          }};
}
// Booleans and nulls, of which most orders have null last.
Column booleans() {
  return {"k", [](auto) { return ColumnType::of(Type::boolean, Physical::boolean); },
          [](std::int64_t row) -> std::optional<Value> {
            if (row % 7 == 0) return Value();
            return Value::boolean(mixed(row) % 2 == 0);
          }};
}
Column numbers_of_rows() {
  return {"id", [](auto) { return integers(); },
          [](std::int64_t row) { return Value::int64(row); }};
}

// --- Plans ---

constexpr TableId kTable{1};

algebra::PlanPtr scan() {
  return algebra::make_plan(algebra::Scan{.table = kTable, .index = {}, .order = {}});
}
algebra::ExprPtr of_field(std::string_view name) {
  return of_row(sql_term("field", {row(), text(name)}));
}
algebra::PlanPtr arrays(algebra::PlanPtr input) {
  algebra::MakeArray array;
  for (const std::string_view name : {"k", "b", "id"}) {
    array.elements.push_back(sql_term("field", {row(), text(name)}));
  }
  auto made = std::make_shared<const algebra::Expr>(algebra::Expr{std::move(array)});
  return algebra::make_plan(
      algebra::Map{.input = std::move(input), .function = of_row(std::move(made))});
}

struct Case {
  std::string_view name;
  std::int64_t rows = 0;
  Column key;
};
std::vector<Case> cases() {
  constexpr std::int64_t kMany = 20'000;
  constexpr std::int64_t kFew = 300;
  return {{"integers", kMany, some_integers("k", 1'000, 0)},
          {"integers and none", kMany, some_integers("k", 50, 9)},
          {"few integers", kFew, some_integers("k", 50, 9)},
          {"reals", kMany, some_reals(-1)},
          {"one that is no number", kMany, some_reals(15'000)},
          {"texts", kMany, some_texts(700)},
          {"different texts", kMany + kMany, some_texts(1'000'000)},
          {"few texts", kFew, some_texts(40)},
          {"many types", kMany, many_types(0)},
          {"many types from the third batch on", kMany, many_types(2)},
          {"booleans", kMany, booleans()}};
}

struct Sorting {
  Order order = Order::native;
  Direction key = Direction::ascending;
  Direction second = Direction::ascending;
  Direction ties = Direction::ascending;
};
std::vector<Sorting> sortings() {
  constexpr Direction kUp = Direction::ascending;
  constexpr Direction kDown = Direction::descending;
  return {{Order::native, kUp, kUp, kUp},
          {Order::native, kDown, kUp, kUp},
          {Order::bson, kUp, kDown, kDown},
          {Order::by_type_name, kDown, kDown, kUp},
          {Order::by_type_name, kUp, kUp, kDown}};
}
algebra::Sort sort_of(const Sorting& sorting) {
  return {.input = scan(),
          .keys = {{.key = of_field("k"), .direction = sorting.key},
                   {.key = of_field("b"), .direction = sorting.second}},
          .order = sorting.order,
          .ties = sorting.ties};
}

// --- What must come ---

Value field_of(const Value& document, std::string_view name) {
  const Value* const found = document.find(name);
  return found == nullptr ? Value() : *found;
}
Bytes key_of(const Value& document, const Sorting& sorting) {
  Bytes key;
  const auto append = [&](std::string_view name, Direction direction) {
    const Value* const found = document.find(name);
    value::encode_order_key(found == nullptr ? Value() : *found, sorting.order, key,
                            direction == Direction::ascending ? value::KeyOrder::ascending
                                                              : value::KeyOrder::descending);
  };
  append("k", sorting.key);
  append("b", sorting.second);
  return key;
}

class ColumnSort : public testing::Test {
 protected:
  void make(std::int64_t rows, Column key) {
    table_.emplace(
        rows, std::vector<Column>{std::move(key), some_integers("b", 5, 11), numbers_of_rows()});
    source_.add(kTable, *table_);
  }
  Rows documents() const {
    Rows rows;
    for (std::size_t batch = 0; batch < table_->batches(); ++batch) {
      for (std::size_t row = 0; row < table_->rows_of(batch); ++row) {
        rows.push_back(table_->document(batch, row));
      }
    }
    return rows;
  }
  Rows expected(const Sorting& sorting) const {
    const Rows rows = documents();
    std::vector<std::pair<Bytes, std::size_t>> order;
    const bool last_first = sorting.ties == Direction::descending;
    for (const Value& row : rows) {
      const std::size_t at = order.size();
      order.emplace_back(key_of(row, sorting), last_first ? ~at : at);
    }
    std::ranges::sort(order);
    Rows out;
    for (const auto& [key, place] : order) {
      const std::size_t at = last_first ? ~place : place;
      out.push_back(Value::array(
          {field_of(rows[at], "k"), field_of(rows[at], "b"), field_of(rows[at], "id")}));
    }
    return out;
  }
  Result<Rows> run(const algebra::PlanPtr& plan, std::size_t at_once = 777) {
    const value::Account::Use use(&account_);
    query_.evaluation.account = &account_;
    TRY(const auto built, build(plan, {.source = source_, .query = query_, .holders = 1}));
    Rows all;
    for (Rows rows;; rows.clear()) {
      TRY_STATUS(built->next(at_once, rows));
      if (rows.empty()) return all;
      all.insert(all.end(), rows.begin(), rows.end());
    }
  }
  // The first row that differs is named.
  static void expect_same(const Result<Rows>& got, std::span<const Value> expected,
                          std::string_view name) {
    ASSERT_TRUE(got) << name << ": " << got.error().what;
    ASSERT_EQ(got->size(), expected.size()) << name;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(bytes_of((*got)[i]), bytes_of(expected[i])) << name << ", row " << i;
    }
  }
  static Bytes bytes_of(const Value& value) {
    Bytes bytes;
    EXPECT_TRUE(value::encode_document(value, bytes));
    return bytes;
  }

  MemoryPool pool_{"memory", 256 * kMiB};
  value::Account account_{pool_, 128 * kMiB};
  std::optional<ColumnTable> table_;
  ColumnTables source_;
  QueryContext query_;
};

TEST_F(ColumnSort, ComesInTheOrderOfKeys) {
  for (const Case& one : cases()) {
    make(one.rows, one.key);
    for (const Sorting& sorting : sortings()) {
      expect_same(run(arrays(algebra::make_plan(sort_of(sorting)))), expected(sorting), one.name);
    }
  }
}

TEST_F(ColumnSort, SkipsRows) {
  make(20'000, some_integers("k", 1'000, 0));
  const Rows all = expected({});
  const auto plan = arrays(algebra::make_plan(
      algebra::Limit{.input = algebra::make_plan(sort_of({})), .skip = 12'345, .count = {}}));
  expect_same(run(plan), std::span(all).subspan(12'345), "skipped");
}

TEST_F(ColumnSort, FirstRowsAreThoseOfTheWholeOrder) {
  for (const Case& one : cases()) {
    make(one.rows, one.key);
    for (const Sorting& sorting : sortings()) {
      const Rows all = expected(sorting);
      for (const std::size_t count : {1U, 7U, 150U}) {
        const auto plan = arrays(algebra::make_plan(algebra::Limit{
            .input = algebra::make_plan(sort_of(sorting)), .skip = 0, .count = count}));
        expect_same(run(plan), std::span(all).first(count), one.name);
      }
    }
  }
}

TEST_F(ColumnSort, MoreRowsThanTheNodeMayHoldAreAnError) {
  make(20'000, some_integers("k", 1'000, 0));
  algebra::Sort sort = sort_of({});
  sort.most = {.rows = 10'000, .refusal = "More rows than these."};
  const auto got = run(arrays(algebra::make_plan(std::move(sort))));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().what, "More rows than these.");
}

TEST_F(ColumnSort, WhatMemoryDoesNotHoldGoesToDisk) {
  constexpr std::size_t kQuery = 2 * kMiB;
  const auto disk = io::make_sim_disk(1);
  const auto files = disk->mount();
  for (const Case& one : {Case{"integers", 150'000, some_integers("k", 100'000, 9)},
                          Case{"texts", 150'000, some_texts(900)}}) {
    SpillSpace space(*files, {.directory = "data/spill", .query_bytes = kQuery});
    ASSERT_TRUE(space.open());
    make(one.rows, one.key);
    const Sorting sorting{.ties = Direction::descending};
    const Rows all = expected(sorting);
    value::Account account(pool_, kQuery);
    query_.spill = &space;
    query_.evaluation.account = &account;
    {
      auto built = build(arrays(algebra::make_plan(sort_of(sorting))),
                         {.source = source_, .query = query_, .holders = 1});
      ASSERT_TRUE(built);
      std::size_t at = 0;
      for (Rows rows;; rows.clear()) {
        const value::Account::Use use(&account);
        const Status given = (*built)->next(100, rows);
        ASSERT_TRUE(given) << given.error().what;
        if (rows.empty()) break;
        for (const Value& row : rows) {
          ASSERT_EQ(bytes_of(row), bytes_of(all[at])) << one.name << ", row " << at;
          ++at;
        }
      }
      EXPECT_EQ(at, all.size());
    }
    EXPECT_GT(space.written_bytes(), kQuery);
    EXPECT_EQ(account.used(), 0U);
  }
}

// Groups of integers, and of values of other types that are equal to them.
TEST_F(ColumnSort, GroupsComeInTheOrderOfTheirKeys) {
  for (const Case& one : cases()) {
    make(one.rows, one.key);
    for (const Order order : {Order::native, Order::by_type_name, Order::bson}) {
      std::map<Bytes, std::int64_t> counts;
      for (const Value& row : documents()) {
        Bytes key;
        value::encode_order_key(field_of(row, "k"), order, key);
        ++counts[key];
      }
      const auto got = run(algebra::make_plan(algebra::Group{
          .input = scan(),
          .keys = {of_field("k")},
          .aggregates = {{.kind = algebra::AggregateKind::count, .argument = nullptr}},
          .order = order}));
      ASSERT_TRUE(got) << one.name;
      ASSERT_EQ(got->size(), counts.size()) << one.name;
      auto next = counts.begin();
      for (const Value& group : *got) {
        Bytes key;
        value::encode_order_key(*group.find("group"), order, key);
        ASSERT_EQ(key, next->first) << one.name;
        ASSERT_EQ(group.find("reduction")->to_double(), static_cast<double>(next->second));
        ++next;
      }
    }
  }
}

}  // namespace
}  // namespace octavo::exec
