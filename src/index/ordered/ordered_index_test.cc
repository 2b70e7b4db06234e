// Entries of every kind of ordered index against a model that knows the rules and not the code, and
// builds that run while writes go on.

#include "index/ordered/ordered_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <thread>

#include "base/random.h"
#include "index/builder.h"
#include "index/test_support.h"

namespace octavo::index {
namespace {

using namespace testing_support;
using value::Type;
using value::Value;

// What the documentation says of nulls and objects: nowhere in a key.
bool has_place(const Value& key) {
  if (key.is_array()) return std::ranges::all_of(key.as_array(), has_place);
  return !key.is_null() && !key.is_object();
}

// The keys of a row by hand; some may have no place in an index.
using KeyModel = std::function<std::vector<Value>(const Value& row)>;

std::vector<Value> simple_keys(const Value& row) {
  const Value* a = row.find("a");
  return a == nullptr ? std::vector<Value>() : std::vector<Value>{*a};
}
std::vector<Value> compound_keys(const Value& row) {
  const Value* a = row.find("a");
  const Value* b = row.find("b");
  if (a == nullptr || b == nullptr) return {};
  return {Value::array({*a, *b})};
}
std::vector<Value> multi_keys(const Value& row) {
  const Value* tags = row.find("tags");
  if (tags == nullptr) return {};
  if (!tags->is_array()) return {*tags};
  return {tags->as_array().begin(), tags->as_array().end()};
}
std::vector<Value> sum_keys(const Value& row) {
  const Value* a = row.find("a");
  const Value* b = row.find("b");
  if (a == nullptr || b == nullptr || !a->is_number() || !b->is_number()) return {};
  return {Value::float64(a->to_double() + b->to_double())};
}

Value random_scalar(Random& random) {
  switch (random.below(8)) {
    case 0: return Value();
    case 1: return Value::boolean(random.below(2) == 0);
    case 2: return json(R"({"x":1})");
    case 3: return Value::string(random.below(2) == 0 ? "one" : "");
    case 4: return Value::float64(static_cast<double>(random.below(4)) + 0.5);
    case 5: return Value::array({number(1), random.below(2) == 0 ? Value() : number(2)});
    default: return number(static_cast<std::int64_t>(random.below(5)) - 2);
  }
}

Value random_row(Random& random, const Value& id) {
  value::ObjectBuilder row;
  row.set("id", id);
  if (random.below(5) != 0) row.set("a", random_scalar(random));
  if (random.below(5) != 0) row.set("b", number(static_cast<std::int64_t>(random.below(3))));
  if (random.below(6) == 0) row.set("tags", random_scalar(random));
  if (random.below(3) != 0) {
    std::vector<Value> tags;
    for (std::uint64_t n = random.below(4); n > 0; --n) tags.push_back(random_scalar(random));
    row.set("tags", Value::array(std::move(tags)));
  }
  return std::move(row).build();
}

Value random_id(Random& random) {
  const auto n = static_cast<std::int64_t>(random.below(24));
  return n % 4 == 0 ? Value::string("k" + std::to_string(n)) : number(n);
}

class Modelled {
 public:
  struct Kind {
    std::string name;
    IndexId id{};
    KeyModel keys;
  };

  explicit Modelled(bool with_indexes = true) : table(store.add_table("t")) {
    if (with_indexes) add_indexes();
  }

  void add_indexes() {
    add("simple", field("a"), simple_keys);
    add("compound", of_row(algebra::make_array({field_of_row("a"), field_of_row("b")})),
        compound_keys);
    add("multi", field("tags"), multi_keys, true);
    add("sum", of_row(term(kAdd, {field_of_row("a"), field_of_row("b")})), sum_keys);
  }

  // One record of one to four random changes.
  void write(Random& random) {
    std::vector<RowWrite> writes;
    for (std::uint64_t n = 1 + random.below(4); n > 0; --n) {
      const Value id = random_id(random);
      const bool erase = random.below(3) == 0;
      writes.push_back({id, erase ? std::nullopt : std::optional(random_row(random, id))});
    }
    store.write(table, writes);
    for (const RowWrite& write : writes) {
      rows.erase(value::encoded_key(write.key));
      if (write.row) rows.emplace(value::encoded_key(write.key), *write.row);
    }
  }

  std::vector<Bytes> expected(const KeyModel& keys_of) const {
    std::set<Bytes> out;
    for (const auto& [primary, document] : rows) {
      for (const Value& key : keys_of(document)) {
        if (!has_place(key)) continue;
        const Bytes entry = value::encoded_key(key) + primary;
        // The second, third, … of the same key ends in 1, 2, ….
        bool fresh = out.insert(entry).second;
        for (char number = 1; !fresh; ++number) {
          fresh = out.insert(entry + Bytes(3, '\0') + Bytes(1, number)).second;
        }
      }
    }
    return {out.begin(), out.end()};
  }
  void check(std::string_view when) const {
    for (const Kind& kind : kinds) {
      ASSERT_EQ(store.entries(kind.id), expected(kind.keys)) << kind.name << ", " << when;
    }
  }

  TestStore store;
  TableId table;
  std::vector<Kind> kinds;
  std::map<Bytes, Value> rows;  // by encoded primary key

 private:
  void add(std::string name, const algebra::ExprPtr& function, KeyModel keys, bool multi = false) {
    const IndexId id = store.add_index(table, name, function, multi);
    kinds.push_back({std::move(name), id, std::move(keys)});
  }
};

TEST(OrderedIndex, EntriesFollowRandomWrites) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    Modelled world;
    for (int step = 0; step < 120; ++step) {
      world.write(random);
      world.check("step " + std::to_string(step));
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

std::shared_ptr<const Index> opened(Modelled& world, IndexId id) {
  for (const auto& index : world.store.indexes(world.table)->indexes) {
    if (index->definition().id == id) return index;
  }
  return nullptr;
}

// The slice that was read.
Status write(Modelled& world, Build& build) {
  Status written;
  world.store.sequencer().run_exclusive(
      [&](Lsn tip) { written = build.write(world.store.engine(), tip); });
  return written;
}

TEST(OrderedIndex, ABuildMissesAndDoublesNothingWhileWritesGoOn) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    Modelled world(false);
    const TableId neighbour = world.store.add_table("neighbour");
    world.store.put(neighbour, json(R"({"id":1,"a":1,"b":1,"tags":[1]})"));
    for (int step = 0; step < 20; ++step) world.write(random);
    world.add_indexes();
    std::vector<Build> builds;
    for (const auto& kind : world.kinds) builds.emplace_back(world.table, opened(world, kind.id));
    for (bool all_done = false; !all_done;) {
      all_done = true;
      for (Build& build : builds) {
        if (build.done()) continue;
        if (random.below(2) == 0) world.write(random);
        std::uint64_t rows = 1 + random.below(3);
        ASSERT_TRUE(build.read(world.store.engine(), [&] { return rows-- > 0; }));
        if (random.below(2) == 0) world.write(random);
        ASSERT_TRUE(write(world, build));
        all_done = all_done && build.done();
      }
    }
    world.check("when built");
    for (int step = 0; step < 5; ++step) world.write(random);
    world.check("after it");
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(OrderedIndex, ABuildBesideAWriterOnAnotherThread) {
  Random random(7);
  Modelled world(false);
  for (int step = 0; step < 60; ++step) world.write(random);
  world.add_indexes();
  std::atomic<bool> built = false;
  std::thread writer([&] {
    Random own(8);
    for (int step = 0; step < 400 || !built; ++step) world.write(own);
  });
  for (const auto& kind : world.kinds) {
    Build build(world.table, opened(world, kind.id));
    while (!build.done()) {
      int rows = 2;
      ASSERT_TRUE(build.read(world.store.engine(), [&] { return rows-- > 0; }));
      ASSERT_TRUE(write(world, build));
    }
  }
  built = true;
  writer.join();
  world.check("at the end");
}

TEST(OrderedIndex, ARowThatDoesNotDecodeStopsABuild) {
  Modelled world(false);
  world.store.put(world.table, json(R"({"id":1,"a":1})"));
  world.add_indexes();
  kv::WriteBatch damage;
  damage.put(kv::Family::rows, txn::row_key(world.table, value::encoded_key(number(1))), "\x7f");
  Build build(world.table, opened(world, world.kinds.front().id));
  world.store.sequencer().run_exclusive(
      [&](Lsn tip) { ASSERT_TRUE(world.store.engine().apply(damage, tip)); });
  const Status read = build.read(world.store.engine(), [] { return true; });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::corrupt);
}

TEST(IndexSets, OpensOnceForADefinitionAndLeavesOutWhatDoesNotOpen) {
  TestStore store;
  const TableId table = store.add_table("t");
  const IndexId a = store.add_index(table, "a", field("a"));
  const auto first = store.indexes(table);
  EXPECT_EQ(first, store.indexes(table));
  catalog::IndexDefinition newer;
  newer.name = "newer";
  newer.function = "\xff";
  store.define(catalog::add_index(*store.definitions(), table, newer));
  const auto second = store.indexes(table);
  EXPECT_NE(first, second);
  ASSERT_EQ(second->indexes.size(), 1U);
  EXPECT_NE(second->find(a), nullptr);
  store.put(table, json(R"({"id":1,"a":5})"));
  EXPECT_EQ(store.entries(a).size(), 1U) << "the others are kept up";
}

}  // namespace
}  // namespace octavo::index
