#include "base/cardinality.h"

#include <gtest/gtest.h>

#include <vector>

namespace octavo {
namespace {

TEST(Cardinality, OfNothingIsNone) {
  std::vector<std::uint32_t> registers(54);
  registers[0] = 4096;
  EXPECT_EQ(cardinality(registers), 0);
}

TEST(Cardinality, GrowsWithTheRegisters) {
  std::vector<std::uint32_t> registers(54);
  registers[0] = 4095;
  registers[1] = 1;
  EXPECT_NEAR(cardinality(registers), 1, 0.01);
  registers[0] = 0;
  registers[1] = 0;
  registers[10] = 4096;  // each has seen a run of nine zeros
  EXPECT_GT(cardinality(registers), 1'000'000);
}

}  // namespace
}  // namespace octavo
