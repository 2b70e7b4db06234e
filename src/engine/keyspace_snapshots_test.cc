// Snapshots of the keyspace, and starts from them.

#include <filesystem>
#include <fstream>

#include "engine/check.h"
#include "engine/keyspace_test_support.h"

namespace octavo::engine {
namespace {

using namespace testing_support;

class KeyspaceSnapshotFiles : public KeyspaceTest {};

TEST_F(KeyspaceSnapshotFiles, TheLastTwoSnapshotsAreKept) {
  for (int i = 0; i < 4; ++i) {
    run({{"incr", "n"}});
    restart();
  }
  EXPECT_EQ(snapshots().size(), 2U);
}

TEST_F(KeyspaceSnapshotFiles, AStopWritesNoSnapshotWhenNothingChanged) {
  run({{"set", "a", "1"}});
  restart();
  const Lsn at = snapshots().back().at;
  EXPECT_EQ(run({{"get", "a"}}), "$1\r\n1\r\n");
  restart();
  EXPECT_EQ(snapshots().back().at, at);
  EXPECT_EQ(run({{"get", "a"}}), "$1\r\n1\r\n");
  run({{"set", "a", "2"}});
  restart();
  EXPECT_GT(snapshots().back().at, at);
}

TEST_F(KeyspaceSnapshotFiles, AStopGivesUpASnapshotThatTakesTooLong) {
  write_much();
  run({{"set", "a", "1"}});
  clock_.runs(std::chrono::seconds(1));
  restart();
  EXPECT_EQ(snapshots().size(), 0U);
  EXPECT_EQ(run({{"get", "a"}}), "$1\r\n1\r\n");
  clock_.runs(std::chrono::seconds(0));
  restart();
  EXPECT_EQ(snapshots().size(), 1U);
}

TEST_F(KeyspaceSnapshotFiles, ReplayTellsHowFarItIsOfWhatItHasToDo) {
  for (int i = 0; i < 4; ++i) write_much();
  restart();
  for (int i = 0; i < 5; ++i) write_much();
  // No snapshot, and each look at the clock is worth a line.
  clock_.runs(std::chrono::seconds(3));
  testing::internal::CaptureStderr();
  restart();
  const std::string lines = testing::internal::GetCapturedStderr();
  const std::string_view work = "work=\"replaying the log\" done=";
  const std::string_view of = " total=";
  std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
  for (std::size_t at = lines.find(work); at != lines.npos; at = lines.find(work, at + 1)) {
    const std::size_t total = lines.find(of, at);
    told.emplace_back(std::stoull(lines.substr(at + work.size())),
                      std::stoull(lines.substr(total + of.size())));
  }
  ASSERT_GE(told.size(), 3U) << lines;
  // Ten MiB since the snapshot; eight before it do not count.
  EXPECT_LT(told.front().first, 6 * kMiB);
  for (const auto& [done, total] : told) {
    EXPECT_LE(done, total);
    EXPECT_GT(total, 10 * kMiB);
    EXPECT_LT(total, 12 * kMiB);
  }
  EXPECT_EQ(told.back().first, told.back().second);
}

TEST_F(KeyspaceSnapshotFiles, ChoicesAfterASnapshotAreThoseOfBefore) {
  std::vector<std::string_view> add{"sadd", "s"};
  std::vector<std::string> members;
  for (int i = 0; i < 300; ++i) members.push_back("m" + std::to_string(i));
  add.insert(add.end(), members.begin(), members.end());
  std::string replies;
  keyspace::LocalBatch batch(replies);
  batch.add(*keyspace::keyspace_commands().find("sadd"), 0, add);
  ASSERT_TRUE(engine_->keyspace().commit(batch));
  run({{"spop", "s", "100"}});
  restart();  // from here on the set comes from a snapshot
  run({{"spop", "s", "100"}});
  const std::string left = row("s");
  ASSERT_TRUE(engine_->close());
  engine_.reset();
  // Without the newest snapshot the same has to come out of the older one and the log.
  std::filesystem::remove(snapshots().back().path);
  open();
  EXPECT_EQ(row("s"), left);
}

TEST_F(KeyspaceSnapshotFiles, ADamagedSnapshotIsNamedAndPassedOver) {
  run({{"set", "a", "1"}});
  restart();
  run({{"set", "a", "2"}});
  ASSERT_TRUE(engine_->close());
  engine_.reset();
  const std::string path = snapshots().back().path;
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(40);
    file.put('\x7f');
  }
  const auto report = check(io::posix_file_system(), directory_);
  ASSERT_TRUE(report) << report.error().what;
  ASSERT_EQ(report->errors.size(), 1U);
  EXPECT_NE(report->errors.front().find(path), std::string::npos);
  const std::string older = snapshots().front().path;
  ASSERT_NE(older, path);
  open();
  EXPECT_EQ(run({{"get", "a"}}), "$1\r\n2\r\n");
  // It is not one of the two that are kept: the older one stays until there are two good ones.
  restart();
  ASSERT_EQ(snapshots().size(), 2U);
  EXPECT_EQ(snapshots().front().path, older);
  EXPECT_TRUE(std::filesystem::exists(path + ".damaged"));
}

}  // namespace
}  // namespace octavo::engine
