#include "protocol/common/buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/limits.h"
#include "base/random.h"
#include "protocol/common/spare_buffers.h"

namespace octavo::protocol {
namespace {

std::size_t put(InputBuffer& buffer, BytesView bytes, std::size_t limit) {
  const std::span<char> room = buffer.writable(limit);
  const std::size_t size = std::min(room.size(), bytes.size());
  std::memcpy(room.data(), bytes.data(), size);
  buffer.commit(size);
  return size;
}

TEST(InputBuffer, OwnsNothingWhileEmpty) {
  InputBuffer buffer;
  EXPECT_EQ(buffer.capacity(), 0U);
  put(buffer, "abc", 100);
  EXPECT_EQ(buffer.readable(), "abc");
  buffer.release_if_empty();
  EXPECT_EQ(buffer.readable(), "abc");
  buffer.consume(3);
  buffer.release_if_empty();
  EXPECT_EQ(buffer.capacity(), 0U);
}

TEST(InputBuffer, StopsAtItsLimit) {
  InputBuffer buffer;
  const std::string much(1000, 'x');
  EXPECT_EQ(put(buffer, much, 10), 10U);
  EXPECT_TRUE(buffer.writable(10).empty());
  buffer.consume(4);
  EXPECT_EQ(put(buffer, much, 10), 4U);
  EXPECT_TRUE(buffer.writable(10).empty());
  EXPECT_FALSE(buffer.writable(11).empty());
}

TEST(InputBuffer, ReservesForALongFrame) {
  InputBuffer buffer;
  put(buffer, "head", kMiB);
  buffer.reserve(kMiB);
  EXPECT_GE(buffer.writable(2 * kMiB).size(), kMiB - 4);
  EXPECT_EQ(buffer.readable(), "head");
}

TEST(InputBuffer, GivesBackWhatALargeFrameNeeded) {
  InputBuffer buffer;
  const std::string much(8 * kMiB, 'x');
  for (std::size_t sent = 0; sent < much.size();)
    sent += put(buffer, BytesView(much).substr(sent), kGiB);
  EXPECT_GE(buffer.capacity(), much.size());
  buffer.consume(much.size() - 4);
  put(buffer, "next", kGiB);
  EXPECT_EQ(buffer.readable(), "xxxxnext");
  EXPECT_LE(buffer.capacity(), kMiB);
}

TEST(InputBuffer, TakesAllOfAnother) {
  InputBuffer buffer;
  InputBuffer other;
  put(other, "one", kMiB);
  buffer.take(other);
  EXPECT_EQ(buffer.readable(), "one");
  EXPECT_EQ(other.capacity(), 0U);
  const std::string much(100'000, 'x');
  for (std::size_t sent = 0; sent < much.size();)
    sent += put(other, BytesView(much).substr(sent), kMiB);
  buffer.consume(1);
  buffer.take(other);
  EXPECT_EQ(buffer.readable(), "ne" + much);
  buffer.take(other);  // empty
  EXPECT_EQ(buffer.size(), much.size() + 2);
}

TEST(InputBuffer, KeepsTheStreamInOrderWhateverThePieces) {
  Random random(42);
  InputBuffer buffer;
  std::string sent;
  std::string received;
  for (int i = 0; i < 600; ++i) {
    std::string piece(random.below(40'000), '\0');
    for (char& c : piece) c = static_cast<char>('a' + random.below(26));
    const std::size_t taken = put(buffer, piece, kMiB);
    sent.append(piece, 0, taken);
    const std::size_t used = random.below(buffer.size() + 1);
    received.append(buffer.readable().substr(0, used));
    buffer.consume(used);
    if (random.below(4) == 0) buffer.release_if_empty();
  }
  received.append(buffer.readable());
  EXPECT_EQ(received, sent);
}

TEST(SpareBytes, ComeBackEmptyWithTheirRoom) {
  Bytes bytes = take_spare_bytes();
  bytes = std::string(20'000, 'x');
  const char* memory = bytes.data();
  give_spare_bytes(bytes);
  EXPECT_EQ(bytes.capacity(), Bytes().capacity());
  const Bytes again = take_spare_bytes();
  EXPECT_TRUE(again.empty());
  EXPECT_EQ(again.data(), memory);
}

}  // namespace
}  // namespace octavo::protocol
