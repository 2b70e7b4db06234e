#include "protocol/common/output_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace octavo::protocol {
namespace {

TEST(OutputQueue, SendsItsSegmentsInOrder) {
  OutputQueue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.front(), "");
  queue.push("one");
  const auto shared = std::make_shared<const std::string>("[two]");
  queue.push(shared, BytesView(*shared).substr(1, 3));
  queue.push("three");
  EXPECT_EQ(queue.size(), 11U);
  EXPECT_EQ(queue.front(), "one");
  queue.consume(0);
  queue.consume(2);
  EXPECT_EQ(queue.front(), "e");
  queue.consume(1);
  EXPECT_EQ(queue.front(), "two");
  queue.consume(3);
  EXPECT_EQ(queue.front(), "three");
  EXPECT_EQ(queue.size(), 5U);
  queue.consume(5);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.held(), 0U);
}

TEST(OutputQueue, MovesNothingThatIsThere) {
  OutputQueue queue;
  std::string first(100'000, 'x');
  const char* const memory = first.data();
  queue.push(std::move(first));
  for (int i = 0; i < 1000; ++i) queue.push(std::string(100, 'y'));
  EXPECT_EQ(queue.front().data(), memory);
}

TEST(OutputQueue, LetsGoOfEachSegmentAsSoonAsItHasGone) {
  OutputQueue queue;
  const auto shared = std::make_shared<const std::string>(10'000, 's');
  queue.push(shared, *shared);
  queue.push(std::string(20'000, 'o'));
  queue.push(shared, *shared);
  EXPECT_EQ(shared.use_count(), 3);
  EXPECT_GE(queue.held(), 40'000U);
  queue.consume(9'999);
  EXPECT_EQ(shared.use_count(), 3);
  queue.consume(1);
  EXPECT_EQ(shared.use_count(), 2);
  queue.consume(20'000);
  EXPECT_LT(queue.held(), 11'000U);
  queue.clear();
  EXPECT_EQ(shared.use_count(), 1);
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_EQ(queue.held(), 0U);
}

TEST(OutputQueue, LosesNothingWhateverThePieces) {
  Random random(7);
  OutputQueue queue;
  std::string pushed;
  std::string sent;
  for (int i = 0; i < 2000; ++i) {
    std::string piece(1 + random.below(50), static_cast<char>('a' + i % 26));
    pushed += piece;
    if (random.below(2) == 0) {
      queue.push(std::move(piece));
    } else {
      const auto shared = std::make_shared<const std::string>(std::move(piece));
      queue.push(shared, *shared);
    }
    while (random.below(3) > 0 && !queue.empty()) {
      const BytesView front = queue.front();
      const std::size_t size = 1 + random.below(front.size());
      sent += front.substr(0, size);
      queue.consume(size);
    }
    ASSERT_EQ(queue.size(), pushed.size() - sent.size());
  }
  for (; !queue.empty(); queue.consume(queue.front().size())) sent += queue.front();
  EXPECT_EQ(sent, pushed);
}

}  // namespace
}  // namespace octavo::protocol
