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

TEST(InputBuffer, OfMegabytesGrowsWithoutBeingCopied) {
  InputBuffer buffer;
  const std::string piece(100'000, 'x');
  put(buffer, "head", kGiB);
  std::size_t moved = 0;  // most bytes that a growing block had to be copied
  while (buffer.size() < 40 * kMiB) {
    const std::size_t before = buffer.capacity();
    const std::size_t size = buffer.size();
    put(buffer, piece, kGiB);
    if (buffer.capacity() != before && before < 2 * kMiB) moved = std::max(moved, size);
    EXPECT_LE(buffer.capacity(), 4 * kMiB + buffer.size() * 9 / 8);
  }
  EXPECT_LE(moved, kMiB);
  EXPECT_EQ(buffer.readable().substr(0, 5), "headx");
  EXPECT_EQ(buffer.readable().find_first_not_of('x', 4), BytesView::npos);
}

TEST(InputBuffer, ReadsALittleAtATime) {
  InputBuffer buffer;
  while (buffer.size() < 5 * kMiB) {
    const std::span<char> room = buffer.writable(kGiB);
    EXPECT_LE(room.size(), InputBuffer::kMaxReadBytes);
    buffer.commit(room.size());
  }
}

// Behind a large request there is a part of the next.
TEST(InputBuffer, LeavesTheBlockOfALargeRequestWithWhatComesNext) {
  InputBuffer buffer;
  const std::string much(100'000, 'x');
  while (buffer.size() < 8 * kMiB) put(buffer, much, kGiB);
  buffer.consume(buffer.size() - 300'000);
  put(buffer, "next", kGiB);
  EXPECT_EQ(buffer.readable(), std::string(300'000, 'x') + "next");
  EXPECT_LE(buffer.capacity(), kMiB);
  while (buffer.size() < 8 * kMiB) put(buffer, much, kGiB);
  buffer.consume(buffer.size() - 300'000);
  InputBuffer other;
  put(other, "taken", kGiB);
  buffer.take(other);
  EXPECT_EQ(buffer.readable(), std::string(300'000, 'x') + "taken");
  EXPECT_LE(buffer.capacity(), kMiB);
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
  EXPECT_EQ(buffer.capacity_to_take(other), other.capacity());
  buffer.take(other);
  EXPECT_EQ(buffer.readable(), "one");
  EXPECT_EQ(other.capacity(), 0U);
  std::string expected = "one";
  for (int i = 0; i < 100; ++i) {
    const std::string piece(100'000, static_cast<char>('a' + i % 26));
    for (std::size_t sent = 0; sent < piece.size();) {
      sent += put(other, BytesView(piece).substr(sent), kMiB);
    }
    const std::size_t capacity = buffer.capacity_to_take(other);
    buffer.take(other);
    EXPECT_EQ(buffer.capacity(), capacity);
    expected += piece;
  }
  EXPECT_EQ(buffer.readable(), expected);
  buffer.take(other);  // empty
  EXPECT_EQ(buffer.size(), expected.size());
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
