// The buffer against std::stable_sort: keys of every length, many equal ones, and only the first.

#include "exec/sort_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/random.h"
#include "value/account.h"

namespace octavo::exec {
namespace {

using algebra::Direction;

// No key is the beginning of another, as it is with encoded values.
Bytes closed(Bytes key) {
  for (char& c : key) c = static_cast<char>(c | 1);
  key.push_back('\0');
  return key;
}

using Keys = std::vector<Bytes>;

// What a sort of `keys`, in their order, gives: their numbers.
std::vector<std::string> expected(const Keys& keys, const SortBuffer::Wanted& wanted) {
  std::vector<std::size_t> numbers(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) numbers[i] = i;
  std::ranges::sort(numbers, [&](std::size_t a, std::size_t b) {
    if (keys[a] != keys[b]) return keys[a] < keys[b];
    return wanted.ties == Direction::ascending ? a < b : a > b;
  });
  numbers.resize(std::min<std::size_t>(numbers.size(), wanted.keep.value_or(numbers.size())));
  std::vector<std::string> out;
  for (const std::size_t number : numbers) out.push_back("row " + std::to_string(number));
  return out;
}

class Sorted : public testing::Test {
 protected:
  Status fill(SortBuffer& buffer, const Keys& keys) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (buffer.wants(keys[i])) TRY_STATUS(buffer.add(keys[i], "row " + std::to_string(i)));
    }
    return buffer.sort();
  }

  void expect(const Keys& keys) {
    for (const Direction ties : {Direction::ascending, Direction::descending}) {
      for (const std::optional<std::uint64_t> keep :
           {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(0),
            std::optional<std::uint64_t>(1), std::optional<std::uint64_t>(10),
            std::optional<std::uint64_t>(keys.size() / 2),
            std::optional<std::uint64_t>(keys.size() + 5)}) {
        const SortBuffer::Wanted wanted{.keep = keep, .ties = ties};
        SortBuffer buffer(wanted, query_);
        ASSERT_TRUE(fill(buffer, keys));
        std::vector<std::string> got;
        for (std::size_t i = 0; i < buffer.rows(); ++i) got.emplace_back(buffer[i]);
        ASSERT_EQ(got, expected(keys, wanted)) << keys.size() << " keys";
      }
    }
  }

  MemoryPool pool_{"memory", 64 * kMiB};
  value::Account account_{pool_, 64 * kMiB};
  QueryContext query_;
};

TEST_F(Sorted, KeysOfEveryLength) {
  Random random(1);
  for (const std::size_t count : {0UL, 1UL, 2UL, 100UL, 255UL, 256UL, 300UL, 5000UL}) {
    Keys keys;
    for (std::size_t i = 0; i < count; ++i) {
      Bytes key;
      for (std::uint64_t n = random.below(30); n > 0; --n) {
        key.push_back(static_cast<char>(random.below(256)));
      }
      keys.push_back(closed(std::move(key)));
    }
    expect(keys);
  }
}

TEST_F(Sorted, KeysThatBeginAlike) {
  Random random(2);
  Keys keys;
  for (std::size_t i = 0; i < 3000; ++i) {
    Bytes key(random.below(5) * 9, 'x');
    for (std::uint64_t n = random.below(12); n > 0; --n) {
      key.push_back(random.below(20) == 0 ? 'y' : 'x');
    }
    keys.push_back(closed(std::move(key)));
  }
  expect(keys);
}

TEST_F(Sorted, EqualKeysAndThoseThatAreInOrderAlready) {
  expect(Keys(2000, closed("the same")));
  Keys ascending;
  for (std::size_t i = 0; i < 2000; ++i)
    ascending.push_back(closed(std::to_string(10'000 + i / 3)));
  expect(ascending);
  std::ranges::reverse(ascending);
  expect(ascending);
}

TEST_F(Sorted, VeryLongKeysNeedNoStack) {
  Keys keys(300, Bytes(20'000, 'k'));
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] += closed(std::to_string(i % 7));
  expect(keys);
}

TEST_F(Sorted, HoldsWhatItKeepsAndNotWhatCameBy) {
  query_.evaluation.account = &account_;
  const Bytes document(1000, 'd');
  std::size_t most = 0;
  {
    SortBuffer buffer({.keep = 100}, query_);
    for (std::size_t i = 0; i < 100'000; ++i) {  // each before all others
      const Bytes key = std::to_string(200'000 - i);
      ASSERT_TRUE(buffer.wants(key));
      ASSERT_TRUE(buffer.add(key, document));
      most = std::max(most, account_.used());
    }
    EXPECT_EQ(buffer.rows(), 100U);
  }
  EXPECT_LE(most, kMiB);
  EXPECT_EQ(account_.used(), 0U);
}

TEST_F(Sorted, WhatDoesNotFitIsRefusedBeforeItIsAllocated) {
  query_.evaluation.account = &account_;
  {
    SortBuffer buffer({}, query_);
    const Bytes document(100'000, 'd');
    Status added;
    std::size_t rows = 0;
    for (; added && rows < 1000; ++rows) added = buffer.add(closed(std::to_string(rows)), document);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, Code::resource_exhausted);
    EXPECT_GE(rows, 500U);
    EXPECT_LE(account_.used(), 64 * kMiB);
  }
  EXPECT_EQ(account_.used(), 0U);
}

TEST_F(Sorted, StopsWhenTheQueryIsCancelled) {
  SortBuffer buffer({}, query_);
  Random random(3);
  for (std::size_t i = 0; i < 50'000; ++i) {
    ASSERT_TRUE(buffer.add(closed(std::to_string(random.below(1'000'000'000))), "row"));
  }
  CancelSource source;
  query_.evaluation.cancel = source.token();
  source.cancel();
  const Status sorted = buffer.sort();
  ASSERT_FALSE(sorted);
  EXPECT_EQ(sorted.error().code, Code::cancelled);
}

}  // namespace
}  // namespace octavo::exec
