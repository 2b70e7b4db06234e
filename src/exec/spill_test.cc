// What operators put on disk: files, rows in them, sorted runs; sorts, groups, distinct rows and
// joins of ten times what the query may have; disks that are full. Random plans are in
// layout/row/random_plans_test.cc.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "base/memory_pool.h"
#include "base/random.h"
#include "exec/operators.h"
#include "exec/row_list.h"
#include "exec/row_sorter.h"
#include "exec/spill_space.h"
#include "exec/testing/run.h"
#include "exec/testing/terms.h"
#include "io/sim_file.h"

namespace octavo::exec {
namespace {

using namespace testing_support;
using algebra::Direction;
using algebra::JoinKind;
using value::Value;

constexpr std::size_t kQuery = 2 * kMiB;
constexpr std::uint64_t kMany = 80'000;  // rows, of about 300 bytes in memory

// Rows as a function of their numbers.
class Numbered final : public Operator {
 public:
  Numbered(std::uint64_t count, std::function<Value(std::uint64_t)> row)
      : count_(count), row_(std::move(row)) {}

  Status next(std::size_t max_rows, Rows& out) override {
    for (std::size_t n = 0; n < max_rows && at_ < count_; ++n) out.push_back(row_(at_++));
    return {};
  }

 private:
  std::uint64_t count_;
  std::function<Value(std::uint64_t)> row_;
  std::uint64_t at_ = 0;
};

Value number(std::uint64_t value) { return Value::int64(static_cast<std::int64_t>(value)); }
// No number comes twice below `kMany`, and they are in no order.
std::uint64_t mixed(std::uint64_t i) { return i * 7919 % kMany; }
Value row_of(std::uint64_t key) {
  std::vector<value::Field> fields;
  fields.push_back({"k", number(key)});
  fields.push_back({"text", Value::string(std::string(200, 'x'))});
  return Value::object(std::move(fields));
}

class Spill : public testing::Test {
 protected:
  void SetUp() override {
    open({});
    query_.evaluation.account = &account_;
  }
  void open(SpillSpace::Options options) {
    options.directory = "data/spill";
    options.query_bytes = kQuery;
    space_.emplace(*files_, options);
    ASSERT_TRUE(space_->open());
    query_.spill = &*space_;
  }
  // Counts rows, which `look` sees.
  Result<std::uint64_t> drain(const OperatorPtr& top,
                              const std::function<void(const Value&)>& look = {}) {
    const value::Account::Use use(&account_);
    std::uint64_t count = 0;
    for (Rows rows;; rows.clear()) {
      TRY_STATUS(top->next(kBatchRows, rows));
      if (rows.empty()) return count;
      count += rows.size();
      most_ = std::max(most_, account_.used());
      for (const Value& row : rows) {
        if (look) look(row);
      }
    }
  }
  static OperatorPtr rows(std::uint64_t count, std::function<Value(std::uint64_t)> row) {
    return std::make_unique<Numbered>(count, std::move(row));
  }
  static OperatorPtr many() {
    return rows(kMany, [](std::uint64_t i) { return row_of(mixed(i)); });
  }
  static algebra::ExprPtr key() { return of_row(field(row(), "k")); }
  static algebra::Sort by_key() { return {.keys = {{.key = key()}}}; }
  void expect_nothing_left() {
    EXPECT_EQ(account_.used(), 0U);
    EXPECT_EQ(space_->used_bytes(), 0U);
    EXPECT_TRUE(files_->list("data/spill")->empty());
  }
  void expect_much_on_disk() { EXPECT_GT(space_->written_bytes(), 10 * kQuery); }

  const std::unique_ptr<io::SimDisk> disk_ = io::make_sim_disk(1);
  std::unique_ptr<io::FileSystem> files_ = disk_->mount();
  std::optional<SpillSpace> space_;
  MemoryPool pool_{"memory", 64 * kMiB};
  value::Account account_{pool_, kQuery};
  std::size_t most_ = 0;
  NoSource source_;
  QueryContext query_;
  OperatorContext context_{.source = source_, .query = query_, .holders = 1};
};

TEST_F(Spill, RowsComeBackAsTheyWere) {
  auto file = RowFile::create(query_);
  ASSERT_TRUE(file);
  const auto key = [](std::size_t i) { return Bytes(i % 40, 'k'); };
  const auto content = [](std::size_t i) { return Bytes(i * i % 50'000, 'c'); };
  for (std::size_t i = 0; i < 1000; ++i) ASSERT_TRUE((*file)->add(key(i), content(i)));
  ASSERT_TRUE((*file)->finish());
  EXPECT_EQ(account_.used(), 0U);
  for (int time = 0; time < 2; ++time) {
    RowFileReader reader(**file, query_);
    for (std::size_t i = 0; i < 1000; ++i) {
      ASSERT_TRUE(reader.next().value());
      ASSERT_EQ(reader.key(), key(i));
      ASSERT_EQ(reader.content(), content(i));
    }
    EXPECT_FALSE(reader.next().value());
    EXPECT_LE(account_.used(), 200'000U);
  }
  file->reset();
  expect_nothing_left();
}

TEST_F(Spill, FilesHaveNoNames) {
  ASSERT_TRUE(files_->open("data/spill/17.rows", io::OpenMode::create));
  ASSERT_TRUE(files_->open("data/spill/other", io::OpenMode::create));
  open({});  // as after a kill
  EXPECT_EQ(files_->list("data/spill").value(), std::vector<std::string>{"other"});
  ASSERT_TRUE(files_->remove("data/spill/other"));
  const auto file = space_->create();
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->append("bytes"));
  EXPECT_TRUE(files_->list("data/spill")->empty());
  EXPECT_EQ(space_->used_bytes(), 5U);
}

TEST_F(Spill, WhatCannotBeWrittenIsRefusedByName) {
  const auto sorted = [&] {
    return drain(make_sort(by_key(), std::nullopt, many(), context_)).error();
  };
  open({.limit_bytes = kMiB});
  EXPECT_EQ(sorted().code, Code::resource_exhausted);
  EXPECT_NE(sorted().what.find("spill-limit"), std::string::npos);
  expect_nothing_left();
  open({.limit_bytes = 100 * kMiB});
  disk_->set_capacity(10'000);
  EXPECT_EQ(sorted().code, Code::resource_exhausted);
  EXPECT_NE(sorted().what.find("the disk is full"), std::string::npos);
  expect_nothing_left();
  open({});  // half of what is free
  EXPECT_NE(sorted().what.find("spill-limit"), std::string::npos);
}

TEST_F(Spill, OnWorkersOnly) {
  query_.may_wait = false;
  const auto sorted = drain(make_sort(by_key(), std::nullopt, many(), context_));
  ASSERT_FALSE(sorted);
  EXPECT_EQ(sorted.error().code, Code::would_block);
}

TEST_F(Spill, EndsWhenItIsCancelled) {
  CancelSource cancel;
  query_.evaluation.cancel = cancel.token();
  const auto sort = make_sort(by_key(), std::nullopt, many(), context_);
  std::uint64_t seen = 0;
  const auto sorted = drain(sort, [&](const Value&) {
    if (++seen == 1000) cancel.cancel();
  });
  ASSERT_FALSE(sorted);
  EXPECT_EQ(sorted.error().code, Code::cancelled);
}

// Runs of few rows, so that they are merged in passes.
TEST_F(Spill, RunsAreOneOrder) {
  open({.hold_bytes = 600});
  Random random(4);
  std::vector<Bytes> keys;
  for (std::size_t i = 0; i < 20'000; ++i) {
    keys.push_back(std::to_string(100'000 + random.below(5000)));
  }
  for (const Direction ties : {Direction::ascending, Direction::descending}) {
    for (const std::optional<std::uint64_t> keep :
         {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(7),
          std::optional<std::uint64_t>(3000), std::optional<std::uint64_t>(30'000)}) {
      std::vector<std::size_t> expected(keys.size());
      for (std::size_t i = 0; i < keys.size(); ++i) expected[i] = i;
      std::ranges::sort(expected, [&](std::size_t a, std::size_t b) {
        if (keys[a] != keys[b]) return keys[a] < keys[b];
        return ties == Direction::ascending ? a < b : a > b;
      });
      expected.resize(std::min<std::size_t>(keep.value_or(keys.size()), keys.size()));
      RowSorter sorter({.keep = keep, .ties = ties}, context_);
      for (std::size_t i = 0; i < keys.size(); ++i) {
        if (sorter.wants(keys[i])) ASSERT_TRUE(sorter.add(keys[i], std::to_string(i)));
      }
      EXPECT_EQ(sorter.rows(), expected.size());
      ASSERT_TRUE(sorter.sort());
      ASSERT_EQ(sorter.skip(2).value(), 2U);
      for (std::size_t i = 2; i < expected.size(); ++i) {
        ASSERT_TRUE(sorter.next().value());
        ASSERT_EQ(sorter.content(), std::to_string(expected[i]));
      }
      EXPECT_FALSE(sorter.next().value());
    }
  }
  expect_nothing_left();
}

TEST_F(Spill, SortsTenTimesItsMemory) {
  std::uint64_t at = 0;
  const auto sorted = drain(make_sort(by_key(), std::nullopt, many(), context_),
                            [&](const Value& row) { ASSERT_EQ(*row.find("k"), number(at++)); });
  ASSERT_TRUE(sorted) << sorted.error().what;
  EXPECT_EQ(*sorted, kMany);
  EXPECT_LE(most_, kQuery);
  expect_much_on_disk();
  expect_nothing_left();
}

TEST_F(Spill, GroupsTenTimesItsMemory) {
  algebra::Group group{
      .keys = {of_row(row())},
      .aggregates = {{.kind = algebra::AggregateKind::count},
                     {.kind = algebra::AggregateKind::minimum, .argument = key()}}};
  const auto twice = [](std::uint64_t i) { return row_of(mixed(i % kMany)); };
  std::uint64_t at = 0;
  const auto grouped =
      drain(make_group(group, rows(2 * kMany, twice), context_), [&](const Value& row) {
        ASSERT_EQ(*row.find("group")->find("k"), number(at));
        ASSERT_EQ(*row.find("reduction"), Value::array({number(2), number(at++)}));
      });
  ASSERT_TRUE(grouped) << grouped.error().what;
  EXPECT_EQ(*grouped, kMany);
  EXPECT_LE(most_, kQuery);
  expect_much_on_disk();
  expect_nothing_left();
}

TEST_F(Spill, DistinctOfTenTimesItsMemory) {
  const auto twice = [](std::uint64_t i) { return row_of(mixed(i % kMany)); };
  std::vector<bool> seen(kMany);
  const auto distinct =
      drain(make_distinct(rows(2 * kMany, twice), context_), [&](const Value& row) {
        const auto k = static_cast<std::size_t>(row.find("k")->as_int64());
        ASSERT_FALSE(seen[k]);
        seen[k] = true;
      });
  ASSERT_TRUE(distinct) << distinct.error().what;
  EXPECT_EQ(*distinct, kMany);
  EXPECT_LE(most_, kQuery);
  expect_much_on_disk();
  expect_nothing_left();
}

TEST_F(Spill, JoinsTenTimesItsMemory) {
  // Half of the rows on either side have a match on the other one.
  const auto left = [](std::uint64_t i) { return row_of(mixed(i)); };
  const auto right = [](std::uint64_t i) { return row_of(mixed(i) + kMany / 2); };
  for (const bool hold_left : {false, true}) {
    for (const JoinKind kind :
         {JoinKind::inner, JoinKind::left, JoinKind::semi, JoinKind::anti, JoinKind::mark}) {
      const algebra::Join join{.kind = kind, .keys = {{key(), key()}}, .hold_left = hold_left};
      std::uint64_t pairs = 0;
      const auto joined =
          drain(make_hash_join(join, rows(kMany, left), rows(kMany, right), context_),
                [&](const Value& row) {
                  const Value* const other = row.find("right");
                  if (kind == JoinKind::mark) {
                    const auto k = row.find("left")->find("k")->as_int64();
                    ASSERT_EQ(*other, Value::boolean(k >= static_cast<std::int64_t>(kMany) / 2));
                  } else if (other != nullptr && !other->is_null()) {
                    ASSERT_EQ(*other->find("k"), *row.find("left")->find("k"));
                    ++pairs;
                  }
                });
      ASSERT_TRUE(joined) << joined.error().what;
      const bool makes_all = kind == JoinKind::left || kind == JoinKind::mark;
      EXPECT_EQ(*joined, makes_all ? kMany : kMany / 2);
      if (kind == JoinKind::inner || kind == JoinKind::left) EXPECT_EQ(pairs, kMany / 2);
      EXPECT_LE(most_, kQuery);
      expect_nothing_left();
    }
  }
  expect_much_on_disk();
}

TEST_F(Spill, NumbersAPartitionOfTenTimesItsMemory) {
  const auto running = [](algebra::WindowKind kind, algebra::FrameUnit unit) {
    algebra::WindowFunction function{.kind = kind, .argument = key()};
    function.aggregate = {.kind = algebra::AggregateKind::sum, .argument = key()};
    function.frame = algebra::Frame{.unit = unit};
    return function;
  };
  const algebra::Window window{
      .order = {{.key = key()}},
      .functions = {running(algebra::WindowKind::row_number, algebra::FrameUnit::rows),
                    running(algebra::WindowKind::rank, algebra::FrameUnit::rows),
                    running(algebra::WindowKind::dense_rank, algebra::FrameUnit::rows),
                    running(algebra::WindowKind::lag, algebra::FrameUnit::rows),
                    running(algebra::WindowKind::first_value, algebra::FrameUnit::range),
                    running(algebra::WindowKind::last_value, algebra::FrameUnit::range),
                    running(algebra::WindowKind::aggregate, algebra::FrameUnit::range),
                    running(algebra::WindowKind::aggregate, algebra::FrameUnit::rows)}};
  const auto pairs = [](std::uint64_t i) { return row_of(mixed(i) / 2); };  // each key twice
  std::uint64_t at = 0;
  double by_rows = 0;
  const auto numbered = drain(
      make_window(window, make_sort(sort_of(window), std::nullopt, rows(kMany, pairs), context_),
                  context_),
      [&](const Value& row) {
        const std::uint64_t k = at / 2;
        const auto before = static_cast<double>(k) * static_cast<double>(k - 1);
        by_rows += static_cast<double>(k);
        const Value behind = at == 0 ? Value() : number((at - 1) / 2);
        const value::ArrayView all = row.as_array();
        ASSERT_EQ(*all[0].find("k"), number(k));
        ASSERT_EQ(all[1], number(at + 1));
        ASSERT_EQ(all[2], number(2 * k + 1));
        ASSERT_EQ(all[3], number(k + 1));
        ASSERT_EQ(all[4], behind);
        ASSERT_EQ(all[5], number(0));
        ASSERT_EQ(all[6], number(k));
        ASSERT_EQ(all[7], Value::float64(k == 0 ? 0 : before + 2 * static_cast<double>(k)));
        ASSERT_EQ(all[8], Value::float64(by_rows));
        ++at;
      });
  ASSERT_TRUE(numbered) << numbered.error().what;
  EXPECT_EQ(*numbered, kMany);
  EXPECT_LE(most_, kQuery);
  expect_much_on_disk();
  expect_nothing_left();
}

TEST_F(Spill, ListsKeepTheirOrder) {
  {
    RowList list(context_);
    const value::Account::Use use(&account_);
    for (std::uint64_t i = 0; i < kMany; ++i) ASSERT_TRUE(list.add(row_of(mixed(i))));
    for (std::uint64_t i = 0; i < kMany; ++i) {
      const auto row = list.next();
      ASSERT_TRUE(row && *row);
      ASSERT_EQ(*(*row)->find("k"), number(mixed(i)));
    }
    EXPECT_FALSE(list.next().value());
  }
  // Rows alone, without keys beside them.
  EXPECT_GT(space_->written_bytes(), 8 * kQuery);
  expect_nothing_left();
}

// Division does not help.
TEST_F(Spill, JoinsAKeyThatAllRowsHave) {
  constexpr std::uint64_t kHeld = kMany / 2;
  const auto same = [](std::uint64_t) { return row_of(1); };
  for (const JoinKind kind :
       {JoinKind::inner, JoinKind::left, JoinKind::semi, JoinKind::anti, JoinKind::mark}) {
    const algebra::Join join{.kind = kind, .keys = {{key(), key()}}};
    const auto joined = drain(make_hash_join(join, rows(3, row_of), rows(kHeld, same), context_));
    ASSERT_TRUE(joined) << joined.error().what;
    const std::uint64_t expected = kind == JoinKind::inner  ? kHeld
                                   : kind == JoinKind::left ? kHeld + 2
                                   : kind == JoinKind::semi ? 1
                                   : kind == JoinKind::anti ? 2
                                                            : 3;
    EXPECT_EQ(*joined, expected);
    EXPECT_LE(most_, kQuery);
    expect_nothing_left();
  }
}

}  // namespace
}  // namespace octavo::exec
