#include "base/allocator.h"

#include <gtest/gtest.h>

#include <memory>

#include "base/limits.h"

namespace octavo {
namespace {

TEST(Allocator, CountsWhatIsInUse) {
  EXPECT_FALSE(allocator_name().empty());
  const std::size_t before = allocator_stats().in_use;
  const auto block = std::make_unique<char[]>(8 * kMiB);
  const AllocatorStats now = allocator_stats();
  // Nothing, where an allocator does not tell.
  if (now.in_use > 0) {
    EXPECT_GE(now.in_use, before + 8 * kMiB);
  }
  purge_allocator();
  EXPECT_EQ(block[0], 0);
}

}  // namespace
}  // namespace octavo
