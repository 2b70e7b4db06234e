#include "protocol/redis/replication/stream.h"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.h"

namespace octavo::redis {
namespace {

TEST(ReplicationStreamTest, GivesWhatItKeeps) {
  MemoryPool pool("memory", kGiB);
  {
    ReplicationStream stream(pool);
    std::string all;
    for (int i = 0; i < 10'000; ++i) {
      const std::string piece = std::to_string(i) + ",";
      stream.append(piece);
      all += piece;
    }
    EXPECT_EQ(stream.end(), all.size());
    EXPECT_EQ(pool.used(), all.size());
    Bytes out;
    EXPECT_TRUE(stream.read(0, all.size(), out));
    EXPECT_EQ(out, all);
    out.clear();
    EXPECT_TRUE(stream.read(20'000, 5, out));
    EXPECT_EQ(out, all.substr(20'000, 5));
    stream.forget(20'000);
    EXPECT_LE(stream.extent().begin, 20'000U);
    EXPECT_GT(stream.extent().begin, 0U);
    EXPECT_FALSE(stream.read(0, 1, out));
    EXPECT_FALSE(stream.read(all.size() + 1, 1, out));
    out.clear();
    EXPECT_TRUE(stream.read(20'000, all.size(), out));
    EXPECT_EQ(out, all.substr(20'000));
  }
  EXPECT_EQ(pool.used(), 0U);
}

}  // namespace
}  // namespace octavo::redis
