#include "log/check.h"

#include <gtest/gtest.h>

#include "io/sim_file.h"
#include "log/identity.h"
#include "log/local_log.h"
#include "log/segment.h"
#include "log/test_support.h"

namespace octavo::log {
namespace {

class CheckTest : public testing::Test {
 protected:
  CheckTest() : disk_(io::make_sim_disk(9)), files_(disk_->mount()) {
    options_.directory = "/log";
    options_.first_segment_bytes = 8 * kKiB;
    options_.segment_bytes = 16 * kKiB;
    options_.reserve_bytes = 0;
    options_.background_thread = false;
    log_ = open_local_log(*files_, clock_, options_).value();
    EXPECT_TRUE(log_->start(Lsn::zero(), recorder_, {}));
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(append_text(*log_, Bytes(100, 'c')));
  }
  void kill() {
    disk_->kill();
    log_.reset();
    files_ = disk_->mount();
  }

  ManualClock clock_;
  std::unique_ptr<io::SimDisk> disk_;
  std::unique_ptr<io::FileSystem> files_;
  LocalOptions options_;
  Recorder recorder_;
  std::unique_ptr<LocalLog> log_;
};

TEST_F(CheckTest, HealthyLog) {
  log_->stop();
  log_.reset();
  const auto report = check_log(*files_, "/log").value();
  EXPECT_TRUE(report.ok());
  ASSERT_GE(report.segments.size(), 3U);
  std::uint64_t records = 0;
  std::uint64_t transactions = 0;
  for (std::size_t i = 0; i < report.segments.size(); ++i) {
    records += report.segments[i].records;
    transactions += report.segments[i].transactions;
    if (i > 0) {
      EXPECT_EQ(report.segments[i].first, report.segments[i - 1].last);
    }
  }
  EXPECT_EQ(records, 201U);
  EXPECT_EQ(transactions, 200U);
  EXPECT_EQ(report.segments.front().first, recorder_.seen.front().lsn);
  EXPECT_EQ(report.segments.back().last, recorder_.seen.back().next);
}

TEST_F(CheckTest, RunningServerIsLeftAlone) {
  EXPECT_EQ(check_log(*files_, "/log").error().code, Code::unavailable);
}

TEST_F(CheckTest, NoLog) {
  EXPECT_EQ(check_log(*files_, "/elsewhere").error().code, Code::not_found);
}

TEST_F(CheckTest, DamageIsReportedWhereItIs) {
  kill();
  const std::string first = check_log(*files_, "/log").value().segments[0].file;
  disk_->flip_bit(first, kSegmentHeaderSize + 500, 2);
  const auto report = check_log(*files_, "/log").value();
  EXPECT_FALSE(report.ok());
  ASSERT_EQ(report.segments[0].errors.size(), 1U);
  EXPECT_NE(report.segments[0].errors[0].find("byte "), std::string::npos);
  EXPECT_FALSE(report.errors.empty());
  for (std::size_t i = 1; i < report.segments.size(); ++i) {
    EXPECT_TRUE(report.segments[i].errors.empty());
  }
}

TEST_F(CheckTest, ADamagedMarkIsNamedByItsPlace) {
  kill();
  const std::string last = check_log(*files_, "/log").value().segments.back().file;
  log_ = open_local_log(*files_, clock_, options_).value();
  log_->run_background();  // stores the mark
  kill();
  disk_->flip_bit(last, kDurableMarkPlace, 0);
  const auto report = check_log(*files_, "/log").value();
  ASSERT_EQ(report.errors.size(), 1U);
  EXPECT_NE(report.errors[0].find("damaged at byte 64: the durable mark"), std::string::npos)
      << report.errors[0];
  EXPECT_EQ(report.segments.back().errors,
            std::vector<std::string>{"byte 64: damaged durable mark"});
}

TEST_F(CheckTest, SegmentsWithoutAnIdentityAreNotNoLog) {
  kill();
  ASSERT_TRUE(files_->remove(io::join_path("/log", kIdentityFile)));
  const auto report = check_log(*files_, "/log");
  EXPECT_EQ(report.error().code, Code::corrupt);
  const auto opened = open_local_log(*files_, clock_, options_);
  EXPECT_EQ(opened.error().what, report.error().what) << "the same as a start says";
}

TEST_F(CheckTest, TornTailIsANote) {
  kill();
  const auto before = check_log(*files_, "/log").value();
  const SegmentReport& last = before.segments.back();
  auto file = files_->open(last.file, io::OpenMode::read_write).value();
  const std::uint64_t end = offset_of(last.last) - offset_of(last.first) + kSegmentHeaderSize;
  ASSERT_TRUE(file->pwrite(end, "torn"));
  const auto after = check_log(*files_, "/log").value();
  EXPECT_TRUE(after.ok());
  ASSERT_FALSE(after.notes.empty());
  EXPECT_NE(after.notes[0].find("will cut"), std::string::npos);
}

}  // namespace
}  // namespace octavo::log
