#include "protocol/common/mapped_bytes.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/limits.h"
#include "io/testing.h"

namespace octavo::protocol {
namespace {

bool is_mapped(const char* page) {
  unsigned char resident = 0;
  return ::mincore(const_cast<char*>(page), 1, &resident) == 0 || errno != ENOMEM;
}

TEST(MappedBytes, KeepWhatIsThereWhenTheyGrowAndShrink) {
  MappedBytes bytes;
  EXPECT_EQ(bytes.size(), 0U);
  bytes.resize(kMiB);
  std::memset(bytes.data(), 'a', kMiB);
  bytes.resize(40 * kMiB);
  EXPECT_EQ(std::string_view(bytes.data(), kMiB), std::string(kMiB, 'a'));
  EXPECT_EQ(bytes.data()[40 * kMiB - 1], '\0');
  bytes.data()[40 * kMiB - 1] = 'z';
  bytes.resize(kMiB / 2);
  EXPECT_EQ(std::string_view(bytes.data(), kMiB / 2), std::string(kMiB / 2, 'a'));
  MappedBytes taken(std::move(bytes));
  EXPECT_EQ(bytes.data(), nullptr);  // NOLINT(bugprone-use-after-move): what is tested
  const char* const page = taken.data();
  EXPECT_TRUE(is_mapped(page));
  taken = MappedBytes();
  EXPECT_EQ(taken.size(), 0U);
}

void start(MappedBytes& bytes, const char*& first, bool& done) {
  first = bytes.data();
  give_back_gradually(std::move(bytes));
  done = true;
}

TEST(MappedBytes, GoOverSeveralRounds) {
  io::TestLoop loop;
  MappedBytes bytes;
  bytes.resize(10 * kMiB);
  const char* first = nullptr;
  bool done = false;
  loop.executor.post([&] { start(bytes, first, done); });
  loop.executor.poll();
  EXPECT_TRUE(done);
  EXPECT_TRUE(is_mapped(first));
  EXPECT_FALSE(is_mapped(first + 9 * kMiB));
  loop.executor.poll();
  EXPECT_TRUE(is_mapped(first));
  EXPECT_FALSE(is_mapped(first + 7 * kMiB));
  loop.settle();
  EXPECT_FALSE(is_mapped(first));
}

TEST(MappedBytes, GoAtOnceWhereThereIsNoLoop) {
  MappedBytes bytes;
  bytes.resize(10 * kMiB);
  const char* const first = bytes.data();
  give_back_gradually(std::move(bytes));
  EXPECT_FALSE(is_mapped(first));
}

}  // namespace
}  // namespace octavo::protocol
