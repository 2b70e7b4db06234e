#include "protocol/common/input_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/random.h"

namespace octavo::protocol {
namespace {

void put(InputQueue& queue, BytesView bytes, std::size_t limit = kGiB) {
  while (!bytes.empty()) {
    const std::size_t expected = queue.capacity() + queue.growth_to_read();
    const std::span<char> room = queue.writable(limit);
    EXPECT_EQ(queue.capacity(), expected);
    const std::size_t size = std::min(room.size(), bytes.size());
    if (size == 0) return;
    std::memcpy(room.data(), bytes.data(), size);
    queue.commit(size);
    bytes.remove_prefix(size);
  }
}

TEST(InputQueue, StopsAtItsLimit) {
  InputQueue queue;
  put(queue, std::string(100'000, 'x'), 60'000);
  EXPECT_EQ(queue.size(), 60'000U);
  EXPECT_TRUE(queue.writable(60'000).empty());
  EXPECT_FALSE(queue.writable(60'001).empty());
}

TEST(InputQueue, MovesNothingAndHandsOverBlocksOfLittle) {
  InputQueue queue;
  put(queue, "begin");
  const char* const memory = queue.front().readable().data();
  put(queue, std::string(20 * kMiB, 'x'));
  EXPECT_EQ(queue.front().readable().data(), memory);
  EXPECT_LT(queue.capacity(), 21 * kMiB);
  InputBuffer input;
  std::size_t received = 0;
  while (!queue.empty()) {
    EXPECT_LE(queue.front().size(), InputQueue::kMaxBlockBytes);
    queue.move_front_to(input);
    received += input.size();
    input.consume(input.size());
  }
  EXPECT_EQ(received, 20 * kMiB + 5);
  queue.release_if_empty();
  EXPECT_EQ(queue.capacity(), 0U);
}

TEST(InputQueue, ForgetsWithoutGivingBackItsRoom) {
  InputQueue queue;
  queue.discard();
  put(queue, std::string(kMiB, 'x'));
  queue.discard();
  EXPECT_TRUE(queue.empty());
  EXPECT_LE(queue.capacity(), InputQueue::kMaxBlockBytes);
  EXPECT_EQ(queue.growth_to_read(), 0U);
  put(queue, "more");
  EXPECT_EQ(queue.front().readable(), "more");
  queue.release_if_empty();
  EXPECT_EQ(queue.size(), 4U);
  queue.drop();
  EXPECT_EQ(queue.capacity(), 0U);
}

TEST(InputQueue, KeepsTheStreamInOrderWhateverThePieces) {
  Random random(11);
  InputQueue queue;
  InputBuffer input;
  std::string sent;
  std::string received;
  for (int i = 0; i < 500; ++i) {
    std::string piece(random.below(60'000), '\0');
    for (char& c : piece) c = static_cast<char>('a' + random.below(26));
    put(queue, piece);
    sent += piece;
    if (random.below(2) == 0 && !queue.empty()) queue.move_front_to(input);
    const std::size_t used = random.below(input.size() + 1);
    received += input.readable().substr(0, used);
    input.consume(used);
  }
  while (!queue.empty()) queue.move_front_to(input);
  received += input.readable();
  EXPECT_EQ(received, sent);
}

}  // namespace
}  // namespace octavo::protocol
