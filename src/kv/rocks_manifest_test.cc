// A manifest of which a power cut left a part. What is damaged otherwise stays an error.

#include "kv/rocks_manifest.h"

#include <gtest/gtest.h>

#include "io/sim_file.h"
#include "kv/store.h"

namespace octavo::kv {
namespace {

const std::string kPath = "/data/rows";
constexpr std::size_t kSectorBytes = 512;

Lsn at(std::uint64_t order) { return Lsn::of(0, LsnOrder{order}); }

StoreOptions options_of(io::FileSystem& files) {
  StoreOptions options;
  options.path = kPath;
  options.files = &files;
  options.reserve_bytes = 0;
  return options;
}

Bytes contents(io::FileSystem& files, const std::string& path) {
  const auto file = files.open(path, io::OpenMode::read);
  EXPECT_TRUE(file) << file.error().what;
  Bytes bytes(static_cast<std::size_t>(*(*file)->size()), '\0');
  EXPECT_EQ(*(*file)->pread(0, bytes), bytes.size());
  return bytes;
}

void put(io::FileSystem& files, const std::string& path, BytesView bytes) {
  const auto file = files.open(path, io::OpenMode::replace);
  ASSERT_TRUE(file) << file.error().what;
  ASSERT_TRUE((*file)->pwrite(0, bytes));
}

// A store of two flushes, the second of which adds several sectors to the manifest: its keys are
// long, and a manifest has the first and the last of each table.
class TornManifest : public testing::Test {
 protected:
  void SetUp() override {
    const auto store = Store::open(options_of(*files_));
    ASSERT_TRUE(store) << store.error().what;
    write_and_flush(**store, 1);
    Bytes current = contents(*files_, kPath + "/CURRENT");
    manifest_ = kPath + "/" + current.substr(0, current.find('\n'));
    before_ = contents(*files_, manifest_);
    write_and_flush(**store, 2);
    after_ = contents(*files_, manifest_);
    ASSERT_GT(after_.size(), before_.size() + 4 * kSectorBytes);
  }

  static void write_and_flush(Store& store, std::uint64_t number) {
    WriteBatch batch;
    for (const Family family : {Family::meta, Family::rows, Family::index}) {
      for (const char* const end : {"a", "z"}) {
        batch.put(family, std::to_string(number) + Bytes(900, 'k') + end, "value");
      }
    }
    ASSERT_TRUE(store.apply(batch, at(number)));
    ASSERT_TRUE(store.flush());
  }

  // The same files, but the manifest, on a disk of its own.
  std::unique_ptr<io::FileSystem> with_manifest(BytesView manifest) {
    disks_.push_back(io::make_sim_disk(2));
    auto files = disks_.back()->mount();
    const auto names = files_->list(kPath);
    EXPECT_TRUE(names);
    for (const std::string& name : *names) {
      const std::string path = io::join_path(kPath, name);
      if (name != "LOCK") put(*files, path, path == manifest_ ? manifest : contents(*files_, path));
    }
    return files;
  }

  std::unique_ptr<io::SimDisk> disk_ = io::make_sim_disk(1);
  std::unique_ptr<io::FileSystem> files_ = disk_->mount();
  std::vector<std::unique_ptr<io::SimDisk>> disks_;
  std::string manifest_;
  Bytes before_;
  Bytes after_;
};

TEST_F(TornManifest, IsReadUpToTheRecordThatLacksASector) {
  EXPECT_EQ(end_of_manifest(before_), before_.size());
  EXPECT_EQ(end_of_manifest(after_), after_.size());
  for (std::size_t from = before_.size(); from < after_.size();) {
    const std::size_t to = std::min(after_.size(), (from / kSectorBytes + 1) * kSectorBytes);
    SCOPED_TRACE(from);
    Bytes torn = after_;
    std::fill(torn.begin() + static_cast<std::ptrdiff_t>(from),
              torn.begin() + static_cast<std::ptrdiff_t>(to), '\0');
    EXPECT_LT(end_of_manifest(torn), after_.size());
    EXPECT_GE(end_of_manifest(torn), before_.size());

    const auto files = with_manifest(torn);
    std::vector<std::string> notices;
    StoreOptions options = options_of(*files);
    options.on_notice = [&](const std::string& text) { notices.push_back(text); };
    const auto report = check(*files, kPath);
    ASSERT_TRUE(report) << report.error().what;
    EXPECT_TRUE(report->ok());
    const auto store = Store::open(options);
    ASSERT_TRUE(store) << store.error().what;
    EXPECT_EQ((*store)->applied(), at(1));  // all families together, or none
    EXPECT_EQ(notices.size(), 1u);
    from = to;
  }
}

TEST_F(TornManifest, OtherDamageIsReported) {
  for (std::size_t offset = 0; offset < after_.size(); offset += 97) {
    SCOPED_TRACE(offset);
    Bytes damaged = after_;
    damaged[offset] = static_cast<char>(damaged[offset] ^ 0x10);
    if (end_of_manifest(damaged) < damaged.size()) continue;  // next to zeros of its own
    const auto files = with_manifest(damaged);
    const auto store = Store::open(options_of(*files));
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Code::corrupt);
  }
}

}  // namespace
}  // namespace octavo::kv
