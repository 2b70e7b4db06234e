// Every operator over literal rows and over a table in memory: the same rows in batches of every
// size, errors that come through, and the limits of a query.

#include "exec/operators.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/clock.h"
#include "index/test_support.h"
#include "layout/row/source.h"

namespace octavo::layout {
namespace {

using namespace index::testing_support;
using algebra::AggregateKind;
using algebra::Direction;
using algebra::make_plan;
using algebra::PlanPtr;
using algebra::Scan;
using exec::build;
using exec::kBatchRows;
using exec::make_distinct;
using exec::make_filter;
using exec::make_group;
using exec::make_hash_join;
using exec::make_limit;
using exec::make_lookup_join;
using exec::make_map;
using exec::make_sort;
using exec::make_union;
using exec::make_unwind;
using exec::make_values;
using exec::Operator;
using exec::OperatorContext;
using exec::OperatorPtr;
using value::Value;

// Further ones of ReQL's functions.
constexpr std::uint16_t kNotEqual = 18;
constexpr std::uint16_t kLess = 19;
constexpr std::uint16_t kAtMostOne = 1002;
constexpr std::uint16_t kNumberOf = 1003;
constexpr std::uint16_t kOrNull = 1004;
constexpr std::uint16_t kSequenceOf = 1008;

// Sizes around one, around a small table, and around what operators ask of their inputs.
constexpr std::size_t kBatches[] = {1, 2, 3, 7, kBatchRows - 1, kBatchRows, kBatchRows + 1, 5000};

PlanPtr values(std::string_view array) {
  const Value all = json(array);
  return make_plan(algebra::Values{exec::Rows(all.as_array().begin(), all.as_array().end())});
}
PlanPtr numbers(std::int64_t count) {
  exec::Rows rows;
  for (std::int64_t i = 0; i < count; ++i) rows.push_back(number(i));
  return make_plan(algebra::Values{std::move(rows)});
}
algebra::ExprPtr constant(std::string_view text) { return algebra::constant(json(text)); }

class Operators : public testing::Test {
 protected:
  RowSource source() {
    return {store_.reader(store_.sequencer().snapshot().snapshot), store_.definitions(),
            store_.sets()};
  }

  // All rows, asked for `batch` at a time; holds the operator to its promises on the way.
  Result<exec::Rows> run(const PlanPtr& plan, std::size_t batch) {
    const value::Account::Use use(query_.evaluation.account);
    try {
      return run_charged(plan, batch);
    } catch (const std::bad_alloc& failure) {
      return fail(value::out_of_memory(failure));
    }
  }
  Result<exec::Rows> run_charged(const PlanPtr& plan, std::size_t batch) {
    const RowSource rows = source();
    auto built = build(plan, OperatorContext{rows, query_});
    if (!built) return fail(built.error());
    exec::Rows out;
    for (;;) {
      const std::size_t before = out.size();
      TRY_STATUS((*built)->next(batch, out));
      EXPECT_LE(out.size() - before, batch);
      if (out.size() == before) break;
    }
    const std::size_t end = out.size();
    TRY_STATUS((*built)->next(batch, out));
    EXPECT_EQ(out.size(), end) << "the end is the end";
    return out;
  }
  static std::string text(const exec::Rows& rows) { return value::to_json(Value::array(rows)); }

  void expect(const PlanPtr& plan, std::string_view rows) {
    for (const std::size_t batch : kBatches) {
      const auto got = run(plan, batch);
      ASSERT_TRUE(got) << got.error().what;
      EXPECT_EQ(Value::array(*got), json(rows)) << text(*got) << " in batches of " << batch;
    }
  }
  void expect_count(const PlanPtr& plan, std::size_t count) {
    for (const std::size_t batch : kBatches) {
      const auto got = run(plan, batch);
      ASSERT_TRUE(got) << got.error().what;
      EXPECT_EQ(got->size(), count) << "in batches of " << batch;
    }
  }
  void expect_error(const PlanPtr& plan, Code code) {
    for (const std::size_t batch : kBatches) {
      const auto got = run(plan, batch);
      ASSERT_FALSE(got) << text(*got);
      EXPECT_EQ(got.error().code, code) << got.error().what;
      EXPECT_EQ(account_.used(), 0U) << "what was charged is given back";
    }
  }

  MemoryPool pool_{"memory", kMiB};
  value::Account account_{pool_, 100'000};
  TestStore store_;
  exec::QueryContext query_;
};

TEST_F(Operators, Values) {
  expect(values("[1,\"a\",null,[2]]"), "[1,\"a\",null,[2]]");
  expect(values("[]"), "[]");
  expect_count(numbers(600), 600);
}

TEST_F(Operators, FilterKeepsWhatIsTrueAndNothingElse) {
  const auto big = of_row(term(kGreater, {row(), constant("500")}));
  expect_count(make_plan(algebra::Filter{numbers(600), big}), 99);
  expect(make_plan(algebra::Filter{values(R"([true,1,"true",null,false,[true]])"), of_row(row())}),
         "[true]");
  expect_error(make_plan(algebra::Filter{values("[1,{}]"), field("a")}), Code::invalid_argument);
}

TEST_F(Operators, Map) {
  const auto plus = of_row(term(kAdd, {row(), constant("10")}));
  expect(make_plan(algebra::Map{values("[1,2,3]"), plus}), "[11,12,13]");
  expect(make_plan(algebra::Map{values("[]"), plus}), "[]");
  expect_count(make_plan(algebra::Map{numbers(600), plus}), 600);
  expect_error(make_plan(algebra::Map{values(R"([{"a":1},{}])"), field("a")}), Code::missing_value);
}

TEST_F(Operators, Unwind) {
  expect(make_plan(algebra::Unwind{values("[[1,2],[],[],[3,[4]],[]]"), of_row(row())}),
         "[1,2,3,[4]]");
  expect(make_plan(algebra::Unwind{values("[[],[]]"), of_row(row())}), "[]");
  const auto twice = of_row(algebra::make_array({row(), row()}));
  expect_count(make_plan(algebra::Unwind{numbers(600), twice}), 1200);
  expect_error(make_plan(algebra::Unwind{values("[[1],2]"), of_row(row())}), Code::type_mismatch);
}

PlanPtr sorted(PlanPtr input, std::vector<algebra::SortKey> keys,
               value::Order order = value::Order::native) {
  return make_plan(algebra::Sort{std::move(input), std::move(keys), order});
}

TEST_F(Operators, SortKeepsTheOrderOfEqualRows) {
  const auto rows = values(R"([{"k":2,"n":0},{"k":1,"n":1},{"k":2,"n":2},{"k":1.0,"n":3}])");
  expect(sorted(rows, {{field("k")}}),
         R"([{"k":1,"n":1},{"k":1.0,"n":3},{"k":2,"n":0},{"k":2,"n":2}])");
  expect(sorted(rows, {{field("k"), Direction::descending}}),
         R"([{"k":2,"n":0},{"k":2,"n":2},{"k":1,"n":1},{"k":1.0,"n":3}])");
  expect(sorted(rows, {{field("k")}, {field("n"), Direction::descending}}),
         R"([{"k":1.0,"n":3},{"k":1,"n":1},{"k":2,"n":2},{"k":2,"n":0}])");
}

TEST_F(Operators, SortPutsMissingKeysBelowEveryValue) {
  const auto rows = values(R"([{"k":1},{"n":1},{"k":null},{"k":"a"},{"k":[]},{"k":false}])");
  for (const auto order : {value::Order::native, value::Order::by_type_name, value::Order::bson}) {
    auto ascending = run(sorted(rows, {{field("k")}}, order), 4);
    ASSERT_TRUE(ascending);
    EXPECT_EQ(value::to_json(ascending->front()), R"({"n":1})");
    auto descending = run(sorted(rows, {{field("k"), Direction::descending}}, order), 4);
    ASSERT_TRUE(descending);
    EXPECT_EQ(value::to_json(descending->back()), R"({"n":1})");
    std::reverse(descending->begin(), descending->end());
    EXPECT_EQ(text(*ascending), text(*descending));
  }
  expect(sorted(rows, {{field("k")}}, value::Order::by_type_name),
         R"([{"n":1},{"k":[]},{"k":false},{"k":null},{"k":1},{"k":"a"}])");
  expect(sorted(rows, {{field("k")}}, value::Order::bson),
         R"([{"n":1},{"k":null},{"k":1},{"k":"a"},{"k":[]},{"k":false}])");
}

TEST_F(Operators, SortAcrossManyBatches) {
  const auto down = sorted(numbers(1000), {{of_row(row()), Direction::descending}});
  const auto got = run(down, 10);
  ASSERT_TRUE(got);
  ASSERT_EQ(got->size(), 1000U);
  for (std::int64_t i = 0; i < 1000; ++i) {
    ASSERT_EQ((*got)[static_cast<std::size_t>(i)].as_int64(), 999 - i);
  }
}

PlanPtr limited(PlanPtr input, std::uint64_t skip, std::optional<std::uint64_t> count) {
  return make_plan(algebra::Limit{std::move(input), skip, count});
}

TEST_F(Operators, LimitAndSkip) {
  const auto five = values("[0,1,2,3,4]");
  expect(limited(five, 0, 2), "[0,1]");
  expect(limited(five, 3, {}), "[3,4]");
  expect(limited(five, 3, 1), "[3]");
  expect(limited(five, 3, 10), "[3,4]");
  expect(limited(five, 5, 10), "[]");
  expect(limited(five, 9, {}), "[]");
  expect(limited(five, 0, 0), "[]");
  expect(limited(limited(five, 1, 3), 1, 2), "[2,3]");
  expect_count(limited(numbers(1000), 300, 600), 600);
  constexpr auto kAll = std::numeric_limits<std::uint64_t>::max();
  expect(limited(five, 4, kAll), "[4]");
  expect(limited(five, kAll, kAll), "[]");
}

TEST_F(Operators, DistinctKeepsTheFirstOfEqualRows) {
  const auto rows = values(R"([1,"1",1.0,[1],{"a":1,"b":2},{"b":2,"a":1},null,1])");
  expect(make_plan(algebra::Distinct{rows}), R"([1,"1",[1],{"a":1,"b":2},null])");
  const auto one = of_row(constant("7"));
  expect(make_plan(algebra::Distinct{make_plan(algebra::Map{numbers(1000), one})}), "[7]");
}

TEST_F(Operators, UnionDeliversItsInputsInTurn) {
  expect(make_plan(algebra::Union{{values("[1]"), values("[]"), values("[2,3]"), values("[]")}}),
         "[1,2,3]");
  expect(make_plan(algebra::Union{}), "[]");
  expect_count(make_plan(algebra::Union{{numbers(300), numbers(300)}}), 600);
}

PlanPtr grouped(PlanPtr input, std::vector<algebra::ExprPtr> keys,
                std::vector<algebra::Aggregate> aggregates,
                value::Order order = value::Order::native) {
  return make_plan(algebra::Group{std::move(input), std::move(keys), std::move(aggregates), order});
}

TEST_F(Operators, AggregatesOfEachGroup) {
  const auto rows = values(R"([{"k":"b","n":3},{"k":"a","n":1},{"k":"b","n":4},
                 {"k":"a"},{"n":5},{"k":"a","n":2}])");
  const std::vector<algebra::Aggregate> all{
      {AggregateKind::count, nullptr},      {AggregateKind::count, field("n")},
      {AggregateKind::sum, field("n")},     {AggregateKind::average, field("n")},
      {AggregateKind::minimum, field("n")}, {AggregateKind::maximum, field("n")}};
  expect(grouped(rows, {field("k")}, all),
         R"([{"group":null,"reduction":[1,1,5,5,5,5]},
             {"group":"a","reduction":[3,2,3,1.5,1,2]},
             {"group":"b","reduction":[2,2,7,3.5,3,4]}])");
  expect(grouped(rows, {}, all), R"([{"group":null,"reduction":[6,5,15,3,1,5]}])");
  expect(grouped(values("[]"), {}, all), R"([{"group":null,"reduction":[0,0,0,null,null,null]}])");
  expect(grouped(values("[]"), {field("k")}, all), "[]");
  expect_error(grouped(values(R"([{"n":"x"}])"), {}, {{AggregateKind::sum, field("n")}}),
               Code::type_mismatch);
}

algebra::Aggregate of_family(std::string_view name, algebra::ExprPtr argument,
                             std::vector<algebra::Option> options = {}) {
  constexpr algebra::FamilyId kSql{2};
  std::uint16_t number = 1;  // of none
  for (const function::AggregateRow& row : function::find_family(kSql)->aggregates()) {
    if (row.name == name) number = row.number;
  }
  return {.kind = AggregateKind::function,
          .argument = std::move(argument),
          .required = false,
          .function = {kSql, number},
          .options = std::move(options)};
}

TEST_F(Operators, AggregatesThatAFamilyBrings) {
  const auto rows = values(R"([{"k":1,"n":2},{"k":2,"n":5},{"k":1,"n":2},{"k":1},{"k":1,"n":3}])");
  const std::vector<algebra::Option> distinct{
      {"distinct", algebra::constant(Value::boolean(true))}};
  const std::vector<algebra::Aggregate> all{of_family("sql.sum_exact", field("n")),
                                            of_family("sql.sum_exact", field("n"), distinct),
                                            {AggregateKind::count, nullptr},
                                            of_family("sql.bit_and_of", field("n"))};
  expect(grouped(rows, {field("k")}, all),
         R"([{"group":1,"reduction":[7,5,4,2]},{"group":2,"reduction":[5,5,1,5]}])");
  expect(grouped(values("[]"), {}, {of_family("sql.sum_exact", field("n"))}),
         R"([{"group":null,"reduction":null}])");
  expect_error(grouped(rows, {}, {of_family("sql.no_such", field("n"))}), Code::unsupported);
  expect_error(grouped(values(R"([{"n":"x"}])"), {}, {of_family("sql.sum_exact", field("n"))}),
               Code::type_mismatch);
}

TEST_F(Operators, GroupsBySeveralKeysLeaveInTheAskedOrder) {
  const auto rows = values(R"([{"a":"x","b":1},{"a":1,"b":2},{"a":"x","b":1},{"a":false,"b":1}])");
  const std::vector<algebra::Aggregate> count{{AggregateKind::count, nullptr}};
  expect(grouped(rows, {field("a"), field("b")}, count),
         R"([{"group":[false,1],"reduction":1},{"group":[1,2],"reduction":1},
             {"group":["x",1],"reduction":2}])");
  expect(grouped(rows, {field("a")}, count, value::Order::bson),
         R"([{"group":1,"reduction":1},{"group":"x","reduction":2},
             {"group":false,"reduction":1}])");
}

TEST_F(Operators, LeastAndGreatestFollowTheDialectsOrder) {
  const std::vector<algebra::Aggregate> ends{{AggregateKind::minimum, of_row(row())},
                                             {AggregateKind::maximum, of_row(row())}};
  const auto rows = values(R"(["x",1,false])");
  expect(grouped(rows, {}, ends), R"([{"group":null,"reduction":[false,"x"]}])");
  expect(grouped(rows, {}, ends, value::Order::bson), R"([{"group":null,"reduction":[1,false]}])");
}

class OperatorsOnTables : public Operators {
 protected:
  OperatorsOnTables() {
    by_a_ = store_.add_index(table_, "a", field("a"));
    store_.mark_ready(table_);
    for (std::int64_t id = 0; id < 20; ++id) {
      value::ObjectBuilder document;
      document.set("id", number(id));
      document.set("a", number(id % 2));
      store_.put(table_, std::move(document).build());
    }
  }
  PlanPtr scan(std::optional<IndexId> index = {}, algebra::KeyRange range = {}) const {
    return make_plan(Scan{
        .table = table_, .index = index, .keys = std::move(range), .order = Direction::ascending});
  }
  PlanPtr join(PlanPtr outer, std::optional<IndexId> index) const {
    return make_plan(algebra::LookupJoin{
        .outer = std::move(outer), .key = field("k"), .table = table_, .index = index});
  }

  // Makes its field `text` unreadable.
  void damage_text_of_3() {
    store_.put(table_, json(R"({"id":3,"text":"abc"})"));
    const Bytes key = txn::row_key(table_, value::encoded_key(number(3)));
    Bytes stored;
    ASSERT_TRUE(store_.engine().get(kv::Family::rows, key, stored));
    stored[stored.size() - 4] = '\xff';  // the tag of the text
    kv::WriteBatch damage;
    damage.put(kv::Family::rows, key, stored);
    ASSERT_TRUE(store_.engine().apply(damage, store_.engine().applied()));
  }
  // Rows whose `name` is not a number.
  PlanPtr where_not(std::string_view name, std::int64_t number_of) const {
    const algebra::ExprPtr is_other = term(
        kNotEqual, {term(kOrNull, {field_of_row(name)}), algebra::constant(number(number_of))});
    return make_plan(algebra::Filter{scan(), of_row(is_other)});
  }

  TableId table_ = store_.add_table("t");
  IndexId by_a_{};
};

// Only what passes is decoded, and only what goes out.
TEST_F(OperatorsOnTables, AFilterDecodesTheDocumentsThatItLetsThrough) {
  damage_text_of_3();
  expect_count(where_not("id", 3), 19);
  expect(limited(where_not("id", 0), 0, 2), R"([{"id":1,"a":1},{"id":2,"a":0}])");
  expect(limited(where_not("id", 0), 3, 1), R"([{"id":4,"a":0}])");
  expect_error(where_not("id", 0), Code::corrupt);
}

// A field that cannot be read is an error behind the rows before it.
TEST_F(OperatorsOnTables, RowsBeforeADamagedFieldAreGivenFirst) {
  damage_text_of_3();
  expect(limited(where_not("text", 0), 0, 3), R"([{"id":0,"a":0},{"id":1,"a":1},{"id":2,"a":0}])");
  expect_error(where_not("text", 0), Code::corrupt);
}

TEST_F(OperatorsOnTables, FunctionsOfRowsComeBetweenAScanAndItsGroups) {
  const algebra::ExprPtr sum = of_row(term(kAdd, {field_of_row("id"), field_of_row("a")}));
  const algebra::ExprPtr number_of_row = of_row(term(kNumberOf, {row()}));
  const std::vector<algebra::Aggregate> added{{AggregateKind::sum, number_of_row}};
  const PlanPtr sums = make_plan(algebra::Map{scan(), sum});
  expect(grouped(sums, {}, added), R"([{"group":null,"reduction":200}])");
  const PlanPtr few =
      make_plan(algebra::Filter{sums, of_row(term(kLess, {row(), algebra::constant(number(3))}))});
  expect(few, "[0,2,2]");
  expect(make_plan(algebra::Distinct{few}), "[0,2]");
  store_.put(table_, json(R"({"id":20,"a":"text"})"));
  store_.put(table_, json(R"({"id":21})"));
  const PlanPtr values = make_plan(
      algebra::Unwind{scan(), of_row(term(kSequenceOf, {term(kAtMostOne, {field_of_row("a")})}))});
  expect(make_plan(algebra::Distinct{values}), R"([0,1,"text"])");
  expect_count(values, 21);
  expect(limited(sums, 18, 2), "[18,20]");
  expect_error(grouped(sums, {}, added), Code::invalid_argument);
  expect_error(grouped(values, {}, added), Code::invalid_argument);
}

TEST_F(OperatorsOnTables, ScanAndCount) {
  expect_count(scan(), 20);
  expect_count(scan(by_a_, {.lower = {number(1), true}, .upper = {}}), 10);
  const std::vector<algebra::Aggregate> count{{AggregateKind::count, nullptr}};
  expect(grouped(scan(), {}, count), R"([{"group":null,"reduction":20}])");
  expect(grouped(scan(by_a_, {.lower = {}, .upper = {number(0), true}}), {}, count),
         R"([{"group":null,"reduction":10}])");
  query_.may_wait = false;
  expect_error(grouped(scan(), {}, count), Code::would_block);
}

TEST_F(OperatorsOnTables, AScanOfWhatIsGoneOrNotReadySaysSo) {
  expect_error(make_plan(Scan{.table = TableId{9999}}), Code::not_found);
  expect_error(scan(IndexId{9999}), Code::not_found);
  const IndexId unfinished = store_.add_index(table_, "later", field("b"));
  expect_error(scan(unfinished), Code::unavailable);
  const RowSource rows = source();
  EXPECT_EQ(rows.get(TableId{9999}, number(1), query_).error().code, Code::not_found);
  const auto row_five = rows.get(table_, number(5), query_);
  ASSERT_TRUE(row_five && *row_five);
  EXPECT_EQ(value::to_json(**row_five), R"({"id":5,"a":1})");
  EXPECT_FALSE(rows.get(table_, number(55), query_)->has_value());
}

TEST_F(OperatorsOnTables, JoinsByPrimaryKey) {
  const auto outer = values(R"([{"k":3},{"k":99},{"x":1},{"k":null},{"k":3}])");
  expect(join(outer, {}), R"([{"left":{"k":3},"right":{"id":3,"a":1}},
                              {"left":{"k":3},"right":{"id":3,"a":1}}])");
  expect_error(join(values("[{\"k\":1},7]"), {}), Code::invalid_argument);
}

TEST_F(OperatorsOnTables, JoinsKeepWhatNothingMatches) {
  const auto outer = values(R"([{"k":3},{"k":99},{"x":1},{"k":null}])");
  const auto kept = [&](std::optional<IndexId> index, algebra::ExprPtr condition) {
    return make_plan(algebra::LookupJoin{.outer = outer,
                                         .key = field("k"),
                                         .table = table_,
                                         .index = index,
                                         .keep_unmatched = true,
                                         .condition = std::move(condition)});
  };
  const std::string unmatched = R"({"left":{"k":99},"right":null},
                                    {"left":{"x":1},"right":null},
                                    {"left":{"k":null},"right":null})";
  expect(kept({}, nullptr), R"([{"left":{"k":3},"right":{"id":3,"a":1}},)" + unmatched + "]");
  // A match by key alone is none where the condition is false.
  const std::string none = R"([{"left":{"k":3},"right":null},)" + unmatched + "]";
  expect(kept({}, of_row(constant("false"))), none);
  expect(kept(by_a_, of_row(constant("false"))), none);
}

TEST_F(OperatorsOnTables, JoinsByIndexInBatchesThatKeepTheirSize) {
  const auto outer = values(R"([{"k":1},{"k":5},{"k":0},{"k":1}])");
  expect_count(join(outer, by_a_), 30);
  // A limit above trusts the size of batches.
  expect_count(limited(join(outer, by_a_), 0, 3), 3);
  expect_count(limited(join(outer, by_a_), 12, 11), 11);
  // Of outer rows that have no key, none may count that is not needed.
  const auto some = make_plan(algebra::Map{
      values(R"([{"k":1},{"k":0},7])"), of_row(algebra::make_object({{"k", field_of_row("k")}}))});
  expect_count(limited(join(some, by_a_), 0, 20), 20);
  expect_error(limited(join(some, by_a_), 0, 21), Code::invalid_argument);
  const auto seventh = run(limited(join(outer, by_a_), 11, 1), 5);
  ASSERT_TRUE(seventh);
  EXPECT_EQ(text(*seventh), R"([{"left":{"k":0},"right":{"id":2,"a":0}}])");
}

// Over columns: what was found for a batch of outer rows stays for later ones, and is forgotten
// where it is too much.
TEST_F(OperatorsOnTables, JoinsOfManyRowsAreCounted) {
  const TableId outer = store_.add_table("outer");
  const IndexId by_few = store_.add_index(outer, "few", field("few"));
  store_.mark_ready(outer);
  std::vector<index::testing_support::RowWrite> rows;
  constexpr std::int64_t kRows = 5000;
  for (std::int64_t i = 0; i < kRows; ++i) {
    value::ObjectBuilder row;
    row.set("id", number(i)).set("few", number(i % 40));
    if (i % 5 != 0) row.set("some", number(i / 100));
    rows.push_back({number(i), std::move(row).build()});
  }
  store_.write(outer, rows);
  const auto counted = [&](std::string_view key, TableId inner, std::optional<IndexId> index) {
    PlanPtr joined =
        make_plan(algebra::LookupJoin{.outer = make_plan(Scan{.table = outer}),
                                      .key = of_row(term(kOrNull, {field_of_row(key)})),
                                      .table = inner,
                                      .index = index});
    return make_plan(algebra::Group{.input = std::move(joined), .keys = {}, .aggregates = {{}}});
  };
  const auto expect_total = [&](const PlanPtr& plan, std::int64_t total) {
    const auto got = run(plan, 100);
    ASSERT_TRUE(got) << got.error().what;
    ASSERT_EQ(got->size(), 1U);
    EXPECT_EQ(*got->front().find("reduction"), number(total));
  };
  // Twenty rows, of which ten have 0 as `a`, and ten 1.
  expect_total(counted("few", table_, by_a_), kRows / 40 * 20);
  expect_total(counted("few", table_, {}), kRows / 40 * 20);
  expect_total(counted("some", table_, by_a_), 2 * 80 * 10);
  expect_total(counted("id", outer, {}), kRows);
  expect_total(counted("some", outer, {}), kRows / 5 * 4);
  expect_total(counted("few", outer, by_few), kRows * (kRows / 40));
}

TEST_F(OperatorsOnTables, DistinctKeysOfAnIndex) {
  const TableId other = store_.add_table("other");
  const IndexId by_k = store_.add_index(other, "k", field("k"));
  store_.mark_ready(other);
  for (std::int64_t i = 0; i < 100; ++i) {
    value::ObjectBuilder row;
    row.set("id", number(i)).set("b", number(i));
    if (i < 40) row.set("k", Value::string(i < 20 ? "x" : "y"));
    if (i >= 60) row.set("k", i == 60 ? number(1) : Value::float64(1.0));
    store_.put(other, std::move(row).build());
  }
  const auto distinct = [&](Direction direction, const algebra::ExprPtr& function) {
    return make_plan(algebra::Distinct{make_plan(algebra::Map{
        make_plan(
            Scan{.table = other, .index = by_k, .keys = algebra::KeyRange{}, .order = direction}),
        function})});
  };
  expect(distinct(Direction::ascending, field("k")), R"([1,"x","y"])");
  expect(distinct(Direction::descending, field("k")), R"(["y","x",1])");
  // Of equal ones the first counts: the kind of its number.
  const auto kind = [&](Direction direction, std::size_t place) {
    const auto got = run(distinct(direction, field("k")), 10);
    return got && got->size() == 3 ? (*got)[place].type() : value::Type::null;
  };
  EXPECT_EQ(kind(Direction::ascending, 0), value::Type::int64);
  EXPECT_EQ(kind(Direction::descending, 2), value::Type::float64);
  // What is no key of the index.
  expect_count(distinct(Direction::ascending, field("b")), 80);
}

PlanPtr most_of(PlanPtr input, std::uint64_t rows) {
  return make_plan(algebra::Sort{.input = std::move(input),
                                 .keys = {{field("a"), Direction::descending}},
                                 .order = value::Order::by_type_name,
                                 .ties = Direction::descending,
                                 .most = algebra::RowLimit{rows, "no more"}});
}

TEST_F(OperatorsOnTables, ASortHoldsNoMoreRowsThanItMay) {
  expect_count(most_of(scan(), 20), 20);
  expect_error(most_of(scan(), 19), Code::resource_exhausted);
  expect(limited(most_of(scan(), 2), 0, 2), R"([{"id":19,"a":1},{"id":17,"a":1}])");
  expect(limited(limited(most_of(scan(), 2), 1, {}), 0, 1), R"([{"id":17,"a":1}])");
  expect_error(limited(limited(most_of(scan(), 2), 1, {}), 0, 2), Code::resource_exhausted);
  expect_error(limited(most_of(scan(), 19), 1, {}), Code::resource_exhausted);
  const auto rows = make_plan(algebra::Map{scan(), of_row(row())});
  expect(limited(most_of(rows, 2), 0, 2), R"([{"id":19,"a":1},{"id":17,"a":1}])");
  expect_error(most_of(rows, 19), Code::resource_exhausted);
}

TEST_F(OperatorsOnTables, ASortOfDocumentsTakesTheirMemoryAndUnderALimitThatOfItsRows) {
  const TableId large = store_.add_table("large");
  std::vector<RowWrite> writes;
  for (std::int64_t id = 0; id < 3000; ++id) {
    writes.push_back(
        {number(id), Value::object({{"id", number(id)},
                                    {"n", number(id * 7907 % 3000)},
                                    {"text", Value::string(std::string(1000, 't'))}})});
  }
  store_.write(large, writes);
  const PlanPtr by_n = sorted(make_plan(Scan{.table = large}), {{field("n")}});
  MemoryPool pool("queries", 8 * kMiB);
  value::Account account(pool, 2 * kMiB);
  query_.evaluation.account = &account;
  const auto all = run(by_n, 100);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, Code::resource_exhausted);
  const auto first = run(limited(by_n, 1, 3), 100);
  ASSERT_TRUE(first) << first.error().what;
  ASSERT_EQ(first->size(), 3U);
  for (std::int64_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*first)[static_cast<std::size_t>(i)].find("n")->as_int64(), i + 1);
  }
  query_.evaluation.account = nullptr;
}

TEST_F(OperatorsOnTables, ADamagedDocumentIsNamedWhenItGoesOut) {
  damage_text_of_3();
  const PlanPtr by_id = sorted(scan(), {{field("id")}});
  expect(limited(by_id, 4, 1), R"([{"id":4,"a":0}])");
  const auto all = run(by_id, 100);
  const auto as_a_scan = run(scan(), 100);
  ASSERT_FALSE(all);
  ASSERT_FALSE(as_a_scan);
  EXPECT_EQ(all.error().code, Code::corrupt);
  EXPECT_EQ(all.error().what, as_a_scan.error().what);
  EXPECT_TRUE(all.error().what.contains("Table `t`")) << all.error().what;
}

// Gives `rows` numbers and then fails, or goes on for ever.
class Tap final : public Operator {
 public:
  explicit Tap(std::size_t rows, ManualClock* clock = nullptr) : rows_(rows), clock_(clock) {}
  Status next(std::size_t max_rows, exec::Rows& out) override {
    ++calls;
    if (clock_ != nullptr) clock_->advance(std::chrono::milliseconds(1));
    for (std::size_t n = 0; n < max_rows; ++n) {
      if (rows_ == 0) return fail(Code::corrupt, "the tap broke");
      --rows_;
      out.push_back(Value::array({number(static_cast<std::int64_t>(rows_))}));
    }
    return {};
  }
  std::size_t calls = 0;

 private:
  std::size_t rows_;
  ManualClock* clock_;
};
constexpr std::size_t kEndless = std::numeric_limits<std::size_t>::max();

// Each operator over one input; those that keep rows first, they come to no end by themselves.
struct Stage {
  std::string_view name;
  OperatorPtr (*make)(OperatorPtr input, const OperatorContext& context);
  bool swallows;  // an endless input gives no row, ever
};
OperatorPtr over_sort(OperatorPtr input, const OperatorContext& context) {
  return make_sort({nullptr, {{of_row(row())}}}, std::nullopt, std::move(input), context);
}
OperatorPtr over_group(OperatorPtr input, const OperatorContext& context) {
  return make_group({nullptr, {of_row(row())}, {{AggregateKind::count, nullptr}}}, std::move(input),
                    context);
}
OperatorPtr over_distinct(OperatorPtr input, const OperatorContext& context) {
  return make_distinct(std::move(input), context);
}
OperatorPtr over_filter(OperatorPtr input, const OperatorContext& context) {
  return make_filter({nullptr, of_row(constant("false"))}, std::move(input), context);
}
OperatorPtr over_map(OperatorPtr input, const OperatorContext& context) {
  return make_map({nullptr, of_row(row())}, std::move(input), context);
}
OperatorPtr over_unwind(OperatorPtr input, const OperatorContext& context) {
  return make_unwind({nullptr, of_row(constant("[]"))}, std::move(input), context);
}
OperatorPtr over_join(OperatorPtr input, const OperatorContext& context) {
  return make_lookup_join({.outer = nullptr, .key = of_row(constant("null")), .table = TableId{1}},
                          std::move(input), context);
}
OperatorPtr over_held(OperatorPtr input, const OperatorContext& context) {
  const algebra::JoinKey key{of_row(row()), of_row(row())};
  return make_hash_join({.keys = {key}}, make_values({{number(-1)}}), std::move(input), context);
}
OperatorPtr over_read(OperatorPtr input, const OperatorContext& context) {
  const algebra::JoinKey key{of_row(row()), of_row(row())};
  return make_hash_join({.keys = {key}}, std::move(input), make_values({{number(-1)}}), context);
}
OperatorPtr over_limit(OperatorPtr input, const OperatorContext&) {
  return make_limit({nullptr, 3, 1'000'000}, std::move(input));
}
OperatorPtr over_union(OperatorPtr input, const OperatorContext&) {
  std::vector<OperatorPtr> inputs;
  inputs.push_back(make_values({}));
  inputs.push_back(std::move(input));
  return make_union(std::move(inputs));
}
constexpr Stage kStages[] = {
    {"sort", over_sort, true},        {"group", over_group, true},
    {"hash join", over_held, true},   {"distinct", over_distinct, false},
    {"filter", over_filter, true},    {"unwind", over_unwind, true},
    {"lookup join", over_join, true}, {"probe", over_read, true},
    {"map", over_map, false},         {"limit", over_limit, false},
    {"union", over_union, false},
};

Status drain(Operator& from, std::size_t batch) {
  for (exec::Rows rows;; rows.clear()) {
    TRY_STATUS(from.next(batch, rows));
    if (rows.empty()) return {};
  }
}

TEST_F(Operators, AnErrorOfTheInputComesThrough) {
  const RowSource rows = source();
  for (const Stage& stage : kStages) {
    for (const std::size_t good : {std::size_t{0}, std::size_t{1}, kBatchRows, kBatchRows + 5}) {
      for (const std::size_t batch : kBatches) {
        const auto built = stage.make(std::make_unique<Tap>(good), OperatorContext{rows, query_});
        const Status end = drain(*built, batch);
        ASSERT_FALSE(end) << stage.name;
        EXPECT_EQ(end.error().what, "the tap broke") << stage.name;
      }
    }
    EXPECT_EQ(account_.used(), 0U) << stage.name;
  }
}

TEST_F(Operators, WhatKeepsRowsStopsAtTheMemoryLimit) {
  const RowSource rows = source();
  query_.evaluation.account = &account_;
  for (const Stage& stage : std::span(kStages).first(4)) {
    {
      const auto built = stage.make(std::make_unique<Tap>(kEndless), OperatorContext{rows, query_});
      const Status end = drain(*built, 100);
      ASSERT_FALSE(end);
      EXPECT_EQ(end.error().code, Code::resource_exhausted) << stage.name;
      EXPECT_LE(account_.used(), 100'000U) << stage.name;
    }
    EXPECT_EQ(account_.used(), 0U) << stage.name;
  }
}

TEST_F(Operators, SortCountsTheKeysThatItComputes) {
  query_.evaluation.account = &account_;
  const auto long_key =
      of_row(term(kAdd, {algebra::constant(Value::string(std::string(10'000, 'x'))), row()}));
  const auto rows = values(R"(["1","2","3","4","5","6","7","8","9","10","11"])");
  expect_error(sorted(rows, {{long_key}}), Code::resource_exhausted);
  expect_count(sorted(rows, {{of_row(row())}}), 11);
}

TEST_F(Operators, LongWorkEndsAtTheDeadline) {
  const RowSource rows = source();
  for (const Stage& stage : kStages) {
    if (!stage.swallows) continue;
    ManualClock clock;
    query_.evaluation.clock = &clock;
    query_.evaluation.deadline_ns = clock.monotonic_ns() + 50'000'000;
    const auto built =
        stage.make(std::make_unique<Tap>(kEndless, &clock), OperatorContext{rows, query_});
    const Status end = drain(*built, 1000);
    ASSERT_FALSE(end) << stage.name;
    EXPECT_EQ(end.error().code, Code::timed_out) << stage.name;
  }
}

TEST_F(Operators, CancellingEndsAQuery) {
  const RowSource rows = source();
  CancelSource cancel;
  query_.evaluation.cancel = cancel.token();
  cancel.cancel();
  for (const Stage& stage : kStages) {
    if (!stage.swallows) continue;
    const auto built = stage.make(std::make_unique<Tap>(kEndless), OperatorContext{rows, query_});
    const Status end = drain(*built, 10);
    ASSERT_FALSE(end) << stage.name;
    EXPECT_EQ(end.error().code, Code::cancelled) << stage.name;
  }
  expect_error(make_plan(Scan{.table = store_.add_table("t")}), Code::cancelled);
}

TEST_F(Operators, ALimitReadsNoMoreThanItNeeds) {
  auto owned = std::make_unique<Tap>(10);
  const Tap& tap = *owned;
  const auto limit = make_limit({nullptr, 2, 3}, std::move(owned));
  EXPECT_TRUE(drain(*limit, 100)) << "the break after row 10 is never reached";
  EXPECT_EQ(tap.calls, 2U) << "one for what is skipped, one for what is kept";
}

// Operators that ask for many rows when they have none left: what they get may fail further on.
TEST_F(Operators, ALimitDoesNotMeetErrorsOfRowsThatItDoesNotNeed) {
  const auto names = make_plan(algebra::Map{values(R"([{"a":1},{"a":2},{}])"), field("a")});
  const auto true_for_all = of_row(constant("true"));
  const PlanPtr inputs[] = {
      names,
      make_plan(algebra::Filter{names, true_for_all}),
      make_plan(algebra::Map{names, of_row(row())}),
      make_plan(algebra::Distinct{names}),
      make_plan(algebra::Union{{names}}),
      limited(names, 0, 3),
      make_plan(algebra::Unwind{names, of_row(algebra::make_array({row()}))}),
  };
  const auto twice = of_row(algebra::make_array({row(), row()}));
  for (const PlanPtr& input : inputs) {
    const auto unwound = make_plan(algebra::Unwind{input, twice});
    expect(limited(unwound, 0, 3), "[1,1,2]");
    expect(limited(unwound, 1, 3), "[1,2,2]");
    expect_error(limited(unwound, 0, 5), Code::missing_value);
    expect_error(unwound, Code::missing_value);
  }
  expect(limited(names, 7, 0), "[]");
}

TEST_F(Operators, APlanThatIsNestedTooDeeplyIsRefused) {
  PlanPtr plan = values("[1]");
  for (std::size_t i = 0; i < kMaxNestingDepth + 1; ++i) {
    plan = make_plan(algebra::Distinct{plan});
  }
  expect_error(plan, Code::resource_exhausted);
}

}  // namespace
}  // namespace octavo::layout
