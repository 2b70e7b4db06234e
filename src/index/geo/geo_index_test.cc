#include "index/geo/geo_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/random.h"
#include "geometry/geojson.h"
#include "index/matcher.h"
#include "index/registry.h"
#include "index/test_support.h"
#include "value/key.h"

namespace octavo::index {
namespace {

using geometry::Position;
using value::Value;

catalog::IndexDefinition definition_of(bool multi) {
  catalog::IndexDefinition out;
  out.kind = find_kind("geo")->id;
  out.options = Value::object({{"multi", Value::boolean(multi)}});
  EXPECT_TRUE(algebra::encode(testing_support::field("g"), out.function));
  return out;
}

std::shared_ptr<const Index> open(bool multi = false) {
  auto index = open_geo_index(definition_of(multi));
  EXPECT_TRUE(index);
  return *index;
}

Value array_of(const Position& at) {
  return Value::array({Value::float64(at.longitude), Value::float64(at.latitude)});
}
Value array_of(const std::vector<Position>& positions) {
  std::vector<Value> elements;
  for (const Position& at : positions) elements.push_back(array_of(at));
  return Value::array(std::move(elements));
}
Value geometry_of(std::string_view type, Value coordinates) {
  return Value::geometry(
      {{"coordinates", std::move(coordinates)}, {"type", Value::string(std::string(type))}});
}
Value point(double longitude, double latitude) {
  return geometry_of("Point", array_of(Position{longitude, latitude}));
}
Value document(Value geometry) { return Value::object({{"g", std::move(geometry)}}); }

std::vector<EntryRange> ranges_of(const Index& index, const Value& area) {
  const auto access = index.match(Request(algebra::KeySet{.keys = {area}}));
  EXPECT_TRUE(access && access->once);
  return access ? access->ranges : std::vector<EntryRange>();
}

// A point, a short line or a small triangle around (0, 0), where many of them meet.
Value random_geometry(Random& random) {
  const auto near = [&random](double center) { return center + random.uniform() * 0.02; };
  const Position a{random.uniform() - 0.5, random.uniform() - 0.5};
  const Position b{near(a.longitude), near(a.latitude)};
  const Position c{near(a.longitude), near(a.latitude)};
  switch (random.below(3)) {
    case 0: return geometry_of("Point", array_of(a));
    case 1: return geometry_of("LineString", array_of({a, b}));
    default: return geometry_of("Polygon", Value::array({array_of({a, b, c, a})}));
  }
}

TEST(GeoIndex, WhatIsNoGeometryIsNotInIt) {
  std::vector<Bytes> keys;
  open()->keys_of(Value::object({}), keys);
  open()->keys_of(document(Value::int64(1)), keys);
  open()->keys_of(document(Value::array({point(0, 0)})), keys);
  EXPECT_TRUE(keys.empty());
  open(true)->keys_of(document(Value::array({point(0, 0), Value::int64(1)})), keys);
  EXPECT_FALSE(keys.empty());
}

TEST(GeoIndex, KeysAreDistinct) {
  std::vector<Bytes> keys;
  open(true)->keys_of(document(Value::array({point(3, 4), point(3, 4), point(50, 50)})), keys);
  std::ranges::sort(keys);
  EXPECT_EQ(std::ranges::adjacent_find(keys), keys.end());
  EXPECT_GE(keys.size(), 2U);
}

// The promise of the index: nothing that intersects is missed. That it leaves out most of the rest
// is what it is for.
TEST(GeoIndex, FindsWhateverIntersects) {
  const auto index = open();
  Random random(7);
  int matches = 0;
  int candidates = 0;
  for (int i = 0; i < 150; ++i) {
    const Value area = random_geometry(random);
    const auto ranges = ranges_of(*index, area);
    const auto area_shape = *geometry::shape_of(area);
    for (int k = 0; k < 30; ++k) {
      // Some share a vertex with the area, which is the hard case.
      const Value stored = k == 0 ? area : random_geometry(random);
      const bool intersects = geometry::shape_of(stored)->intersects(area_shape);
      const bool found = first_entry(*index, document(stored), ranges).has_value();
      EXPECT_TRUE(found || !intersects);
      matches += intersects ? 1 : 0;
      candidates += found ? 1 : 0;
    }
  }
  EXPECT_GE(matches, 150);
  EXPECT_LT(candidates, 750);  // of 4500
}

TEST(GeoIndex, RangesAreDisjointAndAscending) {
  const auto index = open();
  Random random(8);
  for (int i = 0; i < 100; ++i) {
    const auto ranges = ranges_of(*index, random_geometry(random));
    for (std::size_t k = 1; k < ranges.size(); ++k) {
      EXPECT_LE(ranges[k - 1].upper, ranges[k].lower);
    }
  }
}

TEST(GeoIndex, OtherRequests) {
  const auto index = open();
  const auto all = index->match(Request(algebra::KeyRange{}));
  ASSERT_TRUE(all);
  EXPECT_TRUE(first_entry(*index, document(point(-170, 80)), all->ranges));
  EXPECT_FALSE(first_entry(*index, document(Value()), all->ranges));
  const algebra::Bound bound{.value = Value::int64(1), .inclusive = true};
  EXPECT_FALSE(index->match(Request(algebra::KeyRange{.lower = bound, .upper = {}})));
  EXPECT_FALSE(index->match(Request(algebra::KeySet{.keys = {Value::int64(1)}})));
}

// Through a table: each row once, however many of its cells are near, with the count to match; and
// feeds see the same rows as scans.
TEST(GeoIndex, RowsAreReadOnce) {
  testing_support::TestStore store;
  const TableId table = store.add_table("t");
  catalog::IndexDefinition definition = definition_of(true);
  definition.name = "g";
  store.define(catalog::add_index(*store.definitions(), table, definition));
  store.mark_ready(table);
  const IndexId index = store.definitions()->find_table(table)->find_index("g")->id;
  Random random(9);
  for (std::int64_t id = 0; id < 60; ++id) {
    const Value shapes = Value::array({random_geometry(random), random_geometry(random)});
    store.put(table, Value::object({{"id", Value::int64(id)}, {"g", shapes}}));
  }
  store.erase(table, Value::int64(5));
  for (int i = 0; i < 20; ++i) {
    algebra::Scan scan{.table = table, .index = index, .keys = {}, .order = {}};
    if (i > 0) scan.keys = algebra::KeySet{.keys = {random_geometry(random)}};
    const auto reader = store.reader().scan(scan, *store.indexes(table), kv::ReadTier::any);
    ASSERT_TRUE(reader);
    std::vector<Value> rows;
    std::size_t before = 0;
    do {
      before = rows.size();
      ASSERT_TRUE((*reader)->next(7, rows));
    } while (rows.size() > before);
    if (i == 0) {
      EXPECT_EQ(rows.size(), 59U);
    }
    const auto matcher = Matcher::make(*store.definitions()->find_table(table), scan);
    ASSERT_TRUE(matcher);
    std::set<std::int64_t> ids;
    for (const Value& row : rows) {
      EXPECT_TRUE(ids.insert(*row.find("id")->to_int64()).second) << "delivered twice";
      EXPECT_EQ(matcher->sort_keys(*row.find("id"), row).size(), 1U);
    }
    EXPECT_EQ(store.reader().count(scan, *store.indexes(table)).value_or(0), rows.size());
  }
}

}  // namespace
}  // namespace octavo::index
