// The executor alone: plans as SQL's binder makes them, over columns in memory, one thread. Beside
// DuckDB: bench/executor.py, which knows the same rows and queries by the names here.

#include <benchmark/benchmark.h>

#include "base/assert.h"
#include "base/memory_pool.h"
#include "dialect/sql/aggregate/rows.h"
#include "exec/operators.h"
#include "exec/testing/column_tables.h"
#include "exec/testing/terms.h"

namespace octavo::bench {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using exec::testing_support::ColumnTable;
using exec::testing_support::ColumnTables;
using exec::testing_support::of_row;
using exec::testing_support::row;
using exec::testing_support::sql_term;
using value::ColumnType;
using value::Physical;
using value::Type;
using value::Value;

constexpr std::int64_t kRows = 4'000'000;
constexpr std::int64_t kKeys = 1'000'000;  // different values of `many`
constexpr std::int64_t kTexts = 5'000;     // of `name`
constexpr TableId kFacts{1};
constexpr TableId kParts{2};

// --- The rows, as bench/executor.py makes them ---

std::int64_t mixed(std::int64_t row) {
  const std::int64_t spread = row * 2'654'435'761 % 4'294'967'296;
  return (spread ^ (spread >> 15)) * 1'181'783'497 % 4'294'967'296;
}

ColumnTable::Column integers(const char* name, std::int64_t (*of)(std::int64_t row)) {
  return {.name = name,
          .type = [](std::int64_t) { return ColumnType::of(Type::int64, Physical::int64); },
          .value = [of](std::int64_t row) { return Value::int64(of(row)); }};
}

const ColumnTable& facts() {
  static const ColumnTable kTable(
      kRows, {integers("id", [](std::int64_t row) { return row; }),
              integers("few", [](std::int64_t row) { return mixed(row) % 100; }),
              integers("many", [](std::int64_t row) { return mixed(row) / 8 % kKeys; }),
              integers("amount", [](std::int64_t row) { return mixed(row) % 10'007; }),
              {.name = "price",
               .type = [](auto) { return ColumnType::of(Type::float64, Physical::float64); },
               .value =
                   [](std::int64_t row) {
                     return Value::float64(static_cast<double>(mixed(row) % 100'000) / 8);
                   }},
              {.name = "name",
               .type = [](auto) { return ColumnType::of(Type::string, Physical::text); },
               .value =
                   [](auto row) {
                     return Value::string("name " + std::to_string(mixed(row) / 4 % kTexts));
                   }}});
  return kTable;
}

const ColumnTable& parts() {
  static const ColumnTable kTable(
      kKeys, {integers("part", [](std::int64_t row) { return row * 7 % kKeys; }),
              integers("weight", [](std::int64_t row) { return mixed(row) % 1'000; })});
  return kTable;
}

// --- Plans ---

PlanPtr scan(TableId table) {
  return algebra::make_plan(algebra::Scan{.table = table, .index = {}, .order = {}});
}
ExprPtr text(std::string_view value) { return algebra::constant(Value::string(value)); }
ExprPtr field(ExprPtr of, std::string_view name) {
  return sql_term("field", {std::move(of), text(name)});
}
ExprPtr field(std::string_view name) { return field(row(), name); }

algebra::Aggregate aggregate(sql::AggregateNumber function, const ExprPtr& argument) {
  constexpr algebra::FamilyId kSql{2};  // its row in dialect/families.cc
  return {.kind = algebra::AggregateKind::function,
          .argument = of_row(argument),
          .function = {kSql, static_cast<std::uint16_t>(function)}};
}
algebra::Aggregate exact_sum(const ExprPtr& argument) {
  return aggregate(sql::AggregateNumber::sum_exact, argument);
}
algebra::Aggregate real_sum(const ExprPtr& argument) {
  return aggregate(sql::AggregateNumber::sum_real, argument);
}
algebra::Aggregate count() { return {.kind = algebra::AggregateKind::count, .argument = nullptr}; }

PlanPtr filtered(std::string_view comparison, std::string_view name, std::int64_t to,
                 PlanPtr input) {
  return algebra::make_plan(algebra::Filter{
      .input = std::move(input),
      .predicate =
          of_row(sql_term(comparison, {field(name), algebra::constant(Value::int64(to))}))});
}
PlanPtr grouped(std::vector<ExprPtr> keys, std::vector<algebra::Aggregate> aggregates,
                PlanPtr input) {
  for (ExprPtr& key : keys) key = of_row(key);
  return algebra::make_plan(algebra::Group{
      .input = std::move(input), .keys = std::move(keys), .aggregates = std::move(aggregates)});
}
PlanPtr arrays(std::initializer_list<std::string_view> names, PlanPtr input) {
  algebra::MakeArray array;
  for (const std::string_view name : names) array.elements.push_back(field(name));
  return algebra::make_plan(algebra::Map{
      .input = std::move(input),
      .function = of_row(std::make_shared<const algebra::Expr>(algebra::Expr{std::move(array)}))});
}
PlanPtr sorted(std::initializer_list<std::string_view> names, PlanPtr input) {
  algebra::Sort sort{.input = std::move(input), .keys = {}};
  for (const std::string_view name : names) sort.keys.push_back({.key = of_row(field(name))});
  return algebra::make_plan(std::move(sort));
}
PlanPtr joined() {
  return algebra::make_plan(
      algebra::Join{.left = scan(kFacts),
                    .right = scan(kParts),
                    .keys = {{.left = of_row(field("many")), .right = of_row(field("part"))}}});
}

PlanPtr filter_sum() {
  return grouped({}, {real_sum(field("price")), count()},
                 filtered("less", "few", 30, filtered("greater", "amount", 1'000, scan(kFacts))));
}
PlanPtr group_few() {
  return grouped({field("few")}, {exact_sum(field("amount")), count()}, scan(kFacts));
}
PlanPtr group_many() {
  return grouped({field("many")}, {exact_sum(field("amount")), count()}, scan(kFacts));
}
PlanPtr group_texts() {
  return grouped({field("name")}, {real_sum(field("price")), count()}, scan(kFacts));
}
PlanPtr hash_join() {
  return grouped(
      {}, {exact_sum(field(field("left"), "amount")), exact_sum(field(field("right"), "weight"))},
      joined());
}
PlanPtr sort() { return arrays({"many", "amount"}, sorted({"many", "id"}, scan(kFacts))); }
PlanPtr sort_texts() { return arrays({"name", "amount"}, sorted({"name", "id"}, scan(kFacts))); }
PlanPtr top_100() {
  return arrays({"price", "id"},
                algebra::make_plan(algebra::Limit{
                    .input = sorted({"price", "id"}, scan(kFacts)), .skip = 0, .count = 100}));
}

// --- Running ---

// What rows are, so that two executors can be seen to give the same: sums of numbers in them, in
// their order or not.
double sum_of(const Value& value) {
  if (value.is_number()) return value.to_double();
  double sum = 0;
  if (value.is_array()) {
    for (const Value& element : value.as_array()) sum += sum_of(element);
  } else if (value.is_object()) {
    for (const value::Field& part : value.as_object()) sum += sum_of(part.value);
  }
  return sum;
}

// `checks`: whether what is given out is looked at, once.
std::uint64_t run(const PlanPtr& plan, bool checks, double& check) {
  static MemoryPool pool("the memory of the bench", 16 * kGiB);
  static const ColumnTables source = [] {
    ColumnTables tables;
    tables.add(kFacts, facts());
    tables.add(kParts, parts());
    return tables;
  }();
  value::Account account(pool, 16 * kGiB);
  exec::QueryContext query;
  query.evaluation.account = &account;
  std::uint64_t rows = 0;
  {
    const value::Account::Use use(&account);
    auto built = exec::build(plan, {source, query});
    ASSERT(built);
    for (exec::Rows out;; out.clear()) {
      ASSERT((*built)->next(1000, out));
      if (out.empty()) break;
      for (const Value& one : out) {
        ++rows;
        if (checks) check += static_cast<double>(rows % 1000) + sum_of(one);
      }
    }
  }
  return rows;
}

void query(benchmark::State& state, PlanPtr (*make)()) {
  const PlanPtr plan = make();
  double check = 0;
  const std::uint64_t rows = run(plan, true, check);
  for (auto _ : state) benchmark::DoNotOptimize(run(plan, false, check));
  state.counters["rows"] = static_cast<double>(rows);
  state.counters["check"] = check;
}

#define OCTAVO_QUERY(name) BENCHMARK_CAPTURE(query, name, name)->Unit(benchmark::kMillisecond)
OCTAVO_QUERY(filter_sum);
OCTAVO_QUERY(group_few);
OCTAVO_QUERY(group_many);
OCTAVO_QUERY(group_texts);
OCTAVO_QUERY(hash_join);
OCTAVO_QUERY(sort);
OCTAVO_QUERY(sort_texts);
OCTAVO_QUERY(top_100);

}  // namespace
}  // namespace octavo::bench
BENCHMARK_MAIN();
