#include "protocol/mongodb/transfer/report.h"

#include <gtest/gtest.h>

#include "protocol/mongodb/transfer/patience.h"

namespace octavo::mongodb::transfer {
namespace {

TEST(TransferReport, NumbersForPeople) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
  EXPECT_EQ(size_text(1023), "1023 bytes");
  EXPECT_EQ(size_text(1536), "1.5 KiB");
  EXPECT_EQ(size_text(3ULL << 30U), "3.0 GiB");
  EXPECT_EQ(time_text(59), "59 s");
  EXPECT_EQ(time_text(200), "3 min 20 s");
  EXPECT_EQ(time_text(7260), "2 h 1 min");
}

TEST(TransferReport, ProgressSaysWhatIsLeft) {
  ManualClock clock;
  Report report(clock);
  CopyProgress progress(report, 1000, 0);
  progress.begin("shop.orders");
  progress.skip(200);
  clock.advance(std::chrono::seconds(10));
  progress.add(400, 4096);
  EXPECT_EQ(progress.text(),
            "copying shop.orders: 600 of 1,000 documents (60 %), 4.0 KiB, 40 documents/s, 409 "
            "bytes/s, about 10 s left");
}

TEST(TransferPatience, WhatDoesNotPassIsNotAskedAgain) {
  ManualClock clock;
  Report report(clock);
  const StopRequest stop;
  Patience patience(0, report, stop);
  EXPECT_TRUE(patience.wait({.code = Code::unavailable, .what = "away"}));
  clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(patience.wait({.code = Code::unavailable, .what = "away"}));
  patience.reset();
  EXPECT_FALSE(patience.wait({.code = Code::user_error, .what = "no", .number = 13}));
  EXPECT_TRUE(patience.wait({.code = Code::user_error, .what = "primary", .number = 10107}));
}

}  // namespace
}  // namespace octavo::mongodb::transfer
