#include "statistics/sketch.h"

#include <gtest/gtest.h>

#include "value/value.h"

namespace octavo::statistics {
namespace {

double seen(std::int64_t values, int times) {
  Sketch sketch;
  for (int i = 0; i < times; ++i) {
    for (std::int64_t v = 0; v < values; ++v) sketch.add(value::hash(value::Value::int64(v)));
  }
  return sketch.distinct();
}

TEST(StatisticsSketch, CountsWithinAFewPercent) {
  EXPECT_EQ(Sketch().distinct(), 0);
  for (const std::int64_t values : {1, 25, 1000, 30'000, 1'000'000}) {
    const auto real = static_cast<double>(values);
    EXPECT_NEAR(seen(values, 1), real, 0.05 * real + 0.5) << values;
  }
}

TEST(StatisticsSketch, CountsEachOnce) { EXPECT_EQ(seen(300, 1), seen(300, 7)); }

}  // namespace
}  // namespace octavo::statistics
