#include "log/local_log.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <thread>

#include "io/sim_file.h"
#include "log/identity.h"
#include "log/segment.h"
#include "log/test_support.h"

namespace octavo::log {
namespace {

// A log on a simulated disk, without its thread: the test says when things are synced.
class LocalLogTest : public testing::Test {
 protected:
  LocalLogTest() : disk_(io::make_sim_disk(42)) {
    options_.directory = "/log";
    options_.first_segment_bytes = 8 * kKiB;
    options_.segment_bytes = 32 * kKiB;
    options_.reserve_bytes = 0;
    options_.background_thread = false;
    options_.on_notice = [this](const Notice& notice) { notices_.push_back(notice); };
  }

  Status open() {
    recorder_ = Recorder();
    log_.reset();
    files_ = disk_->mount();
    auto opened = open_local_log(*files_, clock_, options_);
    if (!opened) return fail(std::move(opened).error());
    log_ = *std::move(opened);
    return log_->start(Lsn::zero(), recorder_, {});
  }
  void must_open() {
    const Status opened = open();
    ASSERT_TRUE(opened) << opened.error().what;
  }
  // The process dies; what it wrote stays.
  void kill() {
    disk_->kill();
    log_.reset();
  }
  void power_cut() {
    disk_->power_cut();
    log_.reset();
  }
  void append(int count, std::size_t size = 200) {
    for (int i = 0; i < count; ++i) {
      Bytes text = std::to_string(expected_.size()) + ":";
      text.resize(size, '.');
      ASSERT_TRUE(append_text(*log_, text));
      expected_.push_back(text);
    }
  }
  bool is_on_disk() const {  // the last record
    return log_->is_durable(recorder_.seen.back().lsn, Durability::disk);
  }
  std::vector<std::string> segment_files() {
    std::vector<std::string> out;
    const auto names = disk_->mount()->list("/log").value();
    for (const std::string& name : names) {
      if (parse_segment_name(name)) out.push_back("/log/" + name);
    }
    return out;
  }
  // Where a record is in the only segment's file.
  static std::uint64_t place(const SeenRecord& record) {
    return offset_of(record.lsn) - kFirstOffset + kSegmentHeaderSize;
  }
  void overwrite(const std::string& path, std::uint64_t offset, BytesView bytes) {
    auto files = disk_->mount();
    ASSERT_TRUE(files->open(path, io::OpenMode::read_write).value()->pwrite(offset, bytes));
  }

  ManualClock clock_;
  std::unique_ptr<io::SimDisk> disk_;
  std::unique_ptr<io::FileSystem> files_;
  LocalOptions options_;
  std::vector<Notice> notices_;
  Recorder recorder_;
  std::unique_ptr<LocalLog> log_;
  std::vector<Bytes> expected_;
};

TEST_F(LocalLogTest, SecondServerIsRefused) {
  must_open();
  const auto second = open_local_log(*files_, clock_, options_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::unavailable);
  EXPECT_NE(second.error().what.find("another server"), std::string::npos);
}

TEST_F(LocalLogTest, SegmentsGrowFromSmallToFull) {
  must_open();
  EXPECT_EQ(segment_files().size(), 1U);
  append(600);
  const auto files = disk_->mount();
  std::vector<std::uint64_t> sizes;
  for (const std::string& path : segment_files()) {
    sizes.push_back(files->open(path, io::OpenMode::read).value()->size().value());
  }
  ASSERT_GE(sizes.size(), 4U);
  EXPECT_EQ(sizes[0], 8 * kKiB);
  EXPECT_EQ(sizes[1], 16 * kKiB);
  EXPECT_EQ(sizes[2], 32 * kKiB);
  EXPECT_EQ(sizes[3], 32 * kKiB);
}

TEST_F(LocalLogTest, SpareIsPreparedAheadAndUsed) {
  must_open();
  append(10);
  log_->run_background();
  EXPECT_TRUE(files_->exists("/log/spare-1.tmp").value());
  append(10);
  EXPECT_FALSE(files_->exists("/log/spare-1.tmp").value());
  EXPECT_EQ(segment_files().size(), 2U);
}

TEST_F(LocalLogTest, LargeRecordReplacesAnEmptySegment) {
  must_open();
  append(1, 100'000);
  append(1, 200'000);
  append(3);
  kill();
  must_open();
  EXPECT_EQ(recorder_.payloads(), expected_);
}

// What is written and what is stored into the mapping make one record.
TEST_F(LocalLogTest, RecordsOfLargeAndSmallPieces) {
  options_.segment_bytes = 8 * kMiB;
  must_open();
  for (const std::size_t size :
       {std::size_t{32} * kKiB - 1, std::size_t{32} * kKiB, 3 * kMiB + 5}) {
    Bytes large(size, 'l');
    large.back() = 'e';
    const std::vector<BytesView> pieces{"before", large, "", "between", large, "b"};
    AppendRequest request;
    request.payload = pieces;
    request.wall_ns = clock_.wall_ns();
    ASSERT_TRUE(log_->append(request));
    Bytes whole;
    for (const BytesView piece : pieces) whole += piece;
    EXPECT_EQ(recorder_.payloads().back(), whole);
    expected_.push_back(std::move(whole));
  }
  kill();
  must_open();
  EXPECT_EQ(recorder_.payloads(), expected_);
}

TEST_F(LocalLogTest, TrimRemovesFilesAndSurvivesRestart) {
  must_open();
  append(600);
  log_->run_background();
  const std::size_t before = segment_files().size();
  const Lsn upto = recorder_.seen[400].lsn;
  ASSERT_TRUE(log_->trim(upto));
  EXPECT_LT(segment_files().size(), before);
  const Lsn head = log_->head();
  kill();
  files_ = disk_->mount();
  log_ = open_local_log(*files_, clock_, options_).value();
  EXPECT_EQ(log_->head(), head);
  EXPECT_EQ(log_->start(Lsn::zero(), recorder_, {}).error().code, Code::out_of_range);
  EXPECT_TRUE(log_->read(upto));
}

TEST_F(LocalLogTest, TrimKeepsWhatIsNotOnDisk) {
  must_open();
  append(600);
  ASSERT_TRUE(log_->trim(log_->tail()));
  EXPECT_EQ(log_->head(), recorder_.seen.front().lsn);
}

TEST_F(LocalLogTest, ProcessKillLosesNothingWritten) {
  must_open();
  append(300);
  kill();
  must_open();
  EXPECT_EQ(recorder_.payloads(), expected_);
  EXPECT_TRUE(notices_.empty());
}

TEST_F(LocalLogTest, KilledInTheMiddleOfAnAppend) {
  must_open();
  append(5);
  const std::uint64_t end = offset_of(log_->tail()) - kFirstOffset + kSegmentHeaderSize;
  kill();
  // Payload and part of the header were stored; the first word, stored last, was not.
  overwrite(segment_files()[0], end + 8, Bytes(100, 'q'));
  must_open();
  EXPECT_EQ(recorder_.payloads(), expected_);
  ASSERT_EQ(notices_.size(), 1U);
  EXPECT_EQ(notices_[0].kind, Notice::Kind::torn_tail_cut);
  append(50);
  kill();
  must_open();
  EXPECT_EQ(recorder_.payloads(), expected_);
  EXPECT_EQ(notices_.size(), 1U);
}

TEST_F(LocalLogTest, TornTailIsCutAndReported) {
  must_open();
  append(5);
  log_->run_background();
  append(1);
  const SeenRecord last = recorder_.seen.back();
  kill();
  overwrite(segment_files()[0], place(last) + 70, "garbage");
  expected_.pop_back();
  must_open();
  EXPECT_EQ(recorder_.payloads(), expected_);
  ASSERT_EQ(notices_.size(), 1U);
  EXPECT_EQ(notices_[0].kind, Notice::Kind::torn_tail_cut);
  EXPECT_EQ(notices_[0].lsn, last.lsn);
  EXPECT_GT(notices_[0].bytes, 0U);
  EXPECT_NE(notices_[0].text.find(segment_files()[0]), std::string::npos);
  append(100);
  kill();
  must_open();
  EXPECT_EQ(recorder_.payloads(), expected_);
}

TEST_F(LocalLogTest, EmptySegmentTornAtItsVeryStart) {
  files_ = disk_->mount();
  log_ = open_local_log(*files_, clock_, options_).value();  // never started: no record
  kill();
  overwrite(segment_files()[0], kSegmentHeaderSize, "garbage");
  must_open();
  EXPECT_EQ(notices_.size(), 1U);
  append(3);
  kill();
  must_open();
  EXPECT_EQ(recorder_.payloads(), expected_);
}

TEST_F(LocalLogTest, EveryFlippedBitInSyncedRecordsIsRefused) {
  must_open();
  append(3, 40);
  log_->run_background();
  const std::vector<SeenRecord> records = recorder_.seen;
  const std::uint64_t end = offset_of(log_->tail()) - kFirstOffset + kSegmentHeaderSize;
  kill();
  const std::string path = segment_files()[0];
  for (std::uint64_t at = kSegmentHeaderSize; at < end; ++at) {
    const auto bit = static_cast<unsigned>(at % 8);
    disk_->flip_bit(path, at, bit);
    const Status opened = open();
    ASSERT_FALSE(opened) << "byte " << at;
    EXPECT_EQ(opened.error().code, Code::corrupt);
    EXPECT_NE(opened.error().what.find(path), std::string::npos);
    disk_->flip_bit(path, at, bit);
    disk_->kill();
  }
  // The header and the mark as well.
  for (const auto at : {0U, 5U, 9U, 13U, 20U, 33U, 41U, 50U, 64U, 71U}) {
    disk_->flip_bit(path, at, 3);
    EXPECT_EQ(open().error().code, Code::corrupt) << "byte " << at;
    disk_->flip_bit(path, at, 3);
    disk_->kill();
  }
  must_open();
  EXPECT_EQ(recorder_.payloads(), expected_);
}

TEST_F(LocalLogTest, DamageIsNamedByFileAndOffset) {
  must_open();
  append(5);
  const SeenRecord victim = recorder_.seen[2];
  kill();  // not synced: good records after the damage prove it all the same
  disk_->flip_bit(segment_files()[0], place(victim) + 80, 1);
  const Status opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::corrupt);
  const std::string expected = "at byte " + std::to_string(place(victim)) + " (log offset " +
                               std::to_string(offset_of(victim.lsn)) + ")";
  EXPECT_NE(opened.error().what.find(expected), std::string::npos) << opened.error().what;
}

TEST_F(LocalLogTest, OperatorMayGiveUpADamagedTail) {
  must_open();
  append(5);
  log_->run_background();
  const std::vector<SeenRecord> records = recorder_.seen;
  kill();
  disk_->flip_bit(segment_files()[0], place(records.back()) + 80, 1);
  EXPECT_EQ(open().error().code, Code::corrupt);
  options_.cut_damaged_tail = true;
  disk_->kill();
  must_open();
  expected_.pop_back();
  EXPECT_EQ(recorder_.payloads(), expected_);
  kill();
  disk_->flip_bit(segment_files()[0], place(records[1]) + 80, 1);
  EXPECT_EQ(open().error().code, Code::corrupt);  // good records follow
}

TEST_F(LocalLogTest, DamageInAnOldSegmentIsFoundWhenRead) {
  must_open();
  append(100);
  disk_->flip_bit(segment_files()[0], place(recorder_.seen[5]) + 70, 1);
  auto reader = log_->read(log_->head()).value();
  Status failed;
  for (int i = 0; i < 10 && failed; ++i) {
    const auto record = reader->next();
    if (!record) failed = fail(record.error());
  }
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::corrupt);
}

TEST_F(LocalLogTest, MissingAndForeignFilesAreRefused) {
  must_open();
  append(300);
  log_->stop();
  log_.reset();
  const auto segments = segment_files();
  ASSERT_GE(segments.size(), 3U);
  auto files = disk_->mount();
  ASSERT_TRUE(files->rename(segments[1], "/log/aside"));
  EXPECT_NE(open().error().what.find("one after it is missing"), std::string::npos);
  ASSERT_TRUE(files->rename("/log/aside", segments[1]));
  ASSERT_TRUE(files->rename(segments.back(), "/log/aside"));
  EXPECT_EQ(open().error().code, Code::corrupt);  // it stopped cleanly with more than this
  ASSERT_TRUE(files->rename("/log/aside", segments.back()));

  const Bytes identity = io::read_file(*files, "/log/identity").value();
  ASSERT_TRUE(files->remove("/log/identity"));
  EXPECT_EQ(open().error().code, Code::corrupt);
  Identity other = parse_identity(identity).value();
  other.cluster.bytes[0] ^= 1;
  ASSERT_TRUE(write_identity(*files, "/log", other));
  EXPECT_NE(open().error().what.find("another log"), std::string::npos);
  ASSERT_TRUE(io::write_file_atomic(*files, "/log/identity", identity));
  must_open();
  EXPECT_EQ(recorder_.payloads(), expected_);
  log_->stop();
  log_.reset();
  for (const std::string& path : segment_files()) ASSERT_TRUE(files->remove(path));
  EXPECT_NE(open().error().what.find("missing"), std::string::npos);
}

TEST_F(LocalLogTest, FullDiskRefusesThenResumes) {
  must_open();
  disk_->set_capacity(40 * kKiB);
  Result<std::uint64_t> last = 0;
  while (last) {
    last = append_text(*log_, Bytes(500, 'f'));
    if (last) expected_.push_back(Bytes(500, 'f'));
  }
  EXPECT_EQ(last.error().code, Code::resource_exhausted);
  EXPECT_NE(last.error().what.find("disk full"), std::string::npos);
  const Lsn tail = log_->tail();
  EXPECT_FALSE(append_text(*log_, Bytes(500, 'f')));
  EXPECT_EQ(log_->tail(), tail);
  ASSERT_EQ(notices_.size(), 1U);
  EXPECT_EQ(notices_[0].kind, Notice::Kind::disk_full);
  EXPECT_EQ(recorder_.payloads(), expected_);  // reads go on

  disk_->set_capacity(1 * kMiB);
  append(10);
  ASSERT_EQ(notices_.size(), 2U);
  EXPECT_EQ(notices_[1].kind, Notice::Kind::disk_full_over);
  kill();
  must_open();
  EXPECT_EQ(recorder_.payloads(), expected_);
}

TEST_F(LocalLogTest, FullDiskUsesTheLastRoomInSmallerPieces) {
  options_.segment_bytes = 64 * kKiB;
  must_open();
  append(250);  // the next segment would be 64 KiB
  const auto used = [&] {
    std::uint64_t sum = 0;
    for (const auto& path : segment_files()) {
      sum += files_->open(path, io::OpenMode::read).value()->size().value();
    }
    return sum;
  };
  disk_->set_capacity(used() + 10 * kKiB);
  const std::size_t before = segment_files().size();
  while (append_text(*log_, Bytes(500, 'f'))) {
  }
  EXPECT_EQ(segment_files().size(), before + 1);
}

TEST_F(LocalLogTest, FailedSyncMakesTheLogReadOnly) {
  must_open();
  append(5);
  log_->run_background();
  append(5);
  int errors = 0;
  const auto count_error = [&](const Status& status) {
    EXPECT_EQ(status.error().code, Code::unavailable);
    EXPECT_FALSE(append_text(*log_, "x")) << "who is told of it must not get another write through";
    ++errors;
  };
  log_->when_durable(recorder_.seen.back().lsn, Durability::disk, count_error);
  disk_->fail_syncs(1);
  log_->run_background();
  EXPECT_EQ(errors, 1);
  const auto refused = append_text(*log_, "x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
  EXPECT_NE(refused.error().what.find("Input/output error"), std::string::npos);
  EXPECT_NE(refused.error().what.find(segment_files().back()), std::string::npos)
      << refused.error().what;
  log_->run_background();  // a retry would "succeed", and must not be believed
  log_->when_durable(recorder_.seen.back().lsn, Durability::disk, count_error);
  EXPECT_EQ(errors, 2);
  EXPECT_FALSE(log_->is_durable(recorder_.seen.back().lsn, Durability::disk));
  ASSERT_EQ(notices_.size(), 1U);
  EXPECT_EQ(notices_[0].kind, Notice::Kind::sync_failed);

  // The next process reads the bytes from memory, and must write them again to have them on disk.
  kill();
  must_open();
  EXPECT_EQ(recorder_.payloads(), expected_);
  log_->run_background();
  power_cut();
  must_open();
  EXPECT_EQ(recorder_.payloads(), expected_);
}

TEST_F(LocalLogTest, ARecordThatCannotBeAppliedIsSyncedAllTheSame) {
  must_open();
  append(5);
  recorder_.refuse();
  append(1);
  EXPECT_FALSE(append_text(*log_, "after it"));
  int answers = 0;
  log_->when_durable(recorder_.seen.back().lsn, Durability::disk, [&](const Status& status) {
    EXPECT_TRUE(status);
    ++answers;
  });
  log_->run_background();
  EXPECT_EQ(answers, 1);
  log_->stop();
  power_cut();
  must_open();
  EXPECT_EQ(recorder_.payloads(), expected_) << "the one that was refused has another try";
}

TEST_F(LocalLogTest, OneSyncServesAllWhoWait) {
  must_open();
  log_->run_background();
  append(100);
  const std::uint64_t before = log_->stats().syncs;
  int answers = 0;
  for (const SeenRecord& record : recorder_.seen) {
    log_->when_durable(record.lsn, Durability::disk, [&](const Status& status) {
      EXPECT_TRUE(status);
      ++answers;
    });
  }
  log_->run_background();
  EXPECT_EQ(answers, 101);
  EXPECT_EQ(log_->stats().syncs, before + 1);
  log_->run_background();
  EXPECT_EQ(log_->stats().syncs, before + 1);  // nothing new, no sync
}

TEST_F(LocalLogTest, WhoWouldSleepSyncsByItself) {
  must_open();
  append(1);
  log_->sync_here();
  EXPECT_FALSE(is_on_disk()) << "nobody knows yet how long a sync takes";
  log_->run_background();

  append(1);
  int answers = 0;
  log_->when_durable(recorder_.seen.back().lsn, Durability::disk, [&](const Status& status) {
    EXPECT_TRUE(status);
    ++answers;
  });
  append(1);
  EXPECT_FALSE(is_on_disk());
  log_->sync_here();
  EXPECT_TRUE(is_on_disk());
  EXPECT_EQ(answers, 1) << "others who wait are answered";
  const std::uint64_t syncs = log_->stats().syncs;
  log_->sync_here();
  EXPECT_EQ(log_->stats().syncs, syncs) << "nothing waits";

  // A full segment is a sync more, and the other thread's.
  while (segment_files().size() == 1) append(1);
  log_->sync_here();
  EXPECT_FALSE(is_on_disk());
  log_->run_background();
  EXPECT_TRUE(is_on_disk());

  append(1);
  disk_->fail_syncs(1);
  log_->sync_here();
  EXPECT_FALSE(is_on_disk());
  EXPECT_FALSE(append_text(*log_, "x"));
  ASSERT_EQ(notices_.size(), 1U);
  EXPECT_EQ(notices_[0].kind, Notice::Kind::sync_failed);
}

TEST_F(LocalLogTest, OnASlowDiskNobodySyncsByItself) {
  // Each look at it takes time, so that a sync does.
  struct Running : Clock {
    std::int64_t wall_ns() override { return 1'700'000'000'000'000'000; }
    std::int64_t monotonic_ns() override { return at_ns += step_ns; }
    std::int64_t at_ns = 0;
    std::int64_t step_ns = 0;
  } clock;
  files_ = disk_->mount();
  log_ = open_local_log(*files_, clock, options_).value();
  ASSERT_TRUE(log_->start(Lsn::zero(), recorder_, {}));
  const auto sync_one = [&](std::int64_t takes_ns) {
    clock.step_ns = takes_ns;
    append(1, 8);
    log_->run_background();
  };
  sync_one(100'000);
  append(1, 8);
  log_->sync_here();
  EXPECT_TRUE(is_on_disk());

  sync_one(10'000'000);
  append(1, 8);
  log_->sync_here();
  EXPECT_FALSE(is_on_disk()) << "it would stop its thread for 10 ms";
  for (int i = 0; i < 5; ++i) sync_one(100'000);
  append(1, 8);
  log_->sync_here();
  EXPECT_FALSE(is_on_disk()) << "that is not forgotten so soon";
  for (int i = 0; i < 40; ++i) sync_one(100'000);
  append(1, 8);
  log_->sync_here();
  EXPECT_TRUE(is_on_disk());
  log_.reset();  // before its clock goes
}

TEST_F(LocalLogTest, PositionsLostInAPowerCutAreNeverReused) {
  must_open();
  append(5);
  log_->run_background();
  const Lsn durable = log_->tail();
  append(20);
  const std::vector<SeenRecord> seen = recorder_.seen;
  const Lsn lost_tail = log_->tail();
  power_cut();
  must_open();
  ASSERT_GE(recorder_.payloads().size(), 5U);
  ASSERT_LE(recorder_.payloads().size(), 25U);
  const std::size_t kept = recorder_.payloads().size() + 1;  // and the incarnate record
  append(30);
  for (std::size_t i = kept + 1; i < seen.size(); ++i) {
    EXPECT_EQ(log_->read(seen[i].lsn).error().code, Code::out_of_range) << i;
  }
  EXPECT_EQ(log_->read(lost_tail).error().code, Code::out_of_range);
  // A cursor at the end of what survived goes on without a gap.
  auto reader = log_->read(durable).value();
  const auto next = reader->next().value();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->lsn, kept > 6 ? seen[6].lsn : next->lsn);
}

TEST_F(LocalLogTest, CleanStopContinuesInTheSameFileAfterAReboot) {
  must_open();
  append(5);
  log_->stop();
  power_cut();
  const Lsn tail = recorder_.seen.back().next;
  must_open();
  EXPECT_EQ(segment_files().size(), 1U);
  EXPECT_EQ(recorder_.payloads(), expected_);
  EXPECT_EQ(recorder_.seen.back().lsn, tail);
  EXPECT_TRUE(notices_.empty());
}

TEST_F(LocalLogTest, ReplayReportsProgress) {
  options_.segment_bytes = 4 * kMiB;
  must_open();
  append(200, 64 * kKiB);
  log_->stop();
  log_.reset();
  files_ = disk_->mount();
  log_ = open_local_log(*files_, clock_, options_).value();
  std::vector<std::uint64_t> reports;
  ASSERT_TRUE(log_->start(Lsn::zero(), recorder_, [&](Lsn done, Lsn until) {
    EXPECT_LE(done, until);
    reports.push_back(offset_of(done));
  }));
  EXPECT_GE(reports.size(), 2U);
  EXPECT_TRUE(std::ranges::is_sorted(reports));
}

// Each look at it finds it later.
class RunningClock final : public Clock {
 public:
  std::int64_t wall_ns() override { return monotonic_ns(); }
  std::int64_t monotonic_ns() override { return now_ns_ += 1'500'000'000; }

 private:
  std::atomic<std::int64_t> now_ns_{1'700'000'000'000'000'000};
};

TEST_F(LocalLogTest, OpeningReportsProgress) {
  options_.segment_bytes = 8 * kMiB;
  must_open();
  append(300, 64 * kKiB);
  log_->stop();
  log_.reset();
  files_ = disk_->mount();
  RunningClock clock;
  testing::internal::CaptureStderr();
  log_ = open_local_log(*files_, clock, options_).value();
  const std::string lines = testing::internal::GetCapturedStderr();
  EXPECT_NE(lines.find("message=\"in progress\" work=\"reading the log\""), std::string::npos)
      << lines;
  EXPECT_NE(lines.find("message=finished work=\"reading the log\""), std::string::npos) << lines;
  log_.reset();  // before the clock
}

// The real thread on real files: one thread appends, others wait for the disk, and read.
TEST(LocalLogThreads, WaitersAndReadersBesideTheAppender) {
  constexpr int kRecords = 2000;
  char directory[] = "/tmp/octavo-log-test-XXXXXX";
  ASSERT_NE(::mkdtemp(directory), nullptr);
  LocalOptions options;
  options.directory = directory;
  options.first_segment_bytes = options.segment_bytes = 32 * kKiB;
  auto log = open_local_log(io::posix_file_system(), system_clock(), options).value();
  Recorder recorder;
  ASSERT_TRUE(log->start(Lsn::zero(), recorder, {}));

  std::atomic<int> durable = 0;
  std::promise<void> all_durable;
  std::thread follower([&] {
    auto reader = log->read(Lsn::zero()).value();
    for (int seen = 0; seen < kRecords + 1;) {
      const auto record = reader->next();
      ASSERT_TRUE(record) << record.error().what;
      if (*record) {
        ++seen;
        continue;
      }
      std::promise<void> woken;
      reader->notify_on_append([&] { woken.set_value(); });
      woken.get_future().wait();
    }
  });
  for (int i = 0; i < kRecords; ++i) {
    ASSERT_TRUE(append_text(*log, Bytes(static_cast<std::size_t>(i % 300), 't')));
    log->when_durable(recorder.seen.back().lsn, Durability::disk, [&](const Status& status) {
      EXPECT_TRUE(status);
      if (++durable == kRecords) all_durable.set_value();
    });
    if (i % 500 == 499) {
      ASSERT_TRUE(log->trim(recorder.seen[0].lsn));
    }
  }
  all_durable.get_future().wait();
  follower.join();
  log.reset();
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace octavo::log
