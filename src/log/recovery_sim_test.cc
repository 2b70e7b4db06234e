// Thousands of small lives of a log on a simulated disk, each ended by a kill, a power cut or a
// clean stop, and checked against a model: what was acknowledged is there, what is there is a
// prefix of what was appended, and nothing is half there.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "base/random.h"
#include "io/sim_file.h"
#include "log/check.h"
#include "log/local_log.h"
#include "log/test_support.h"

namespace octavo::log {
namespace {

enum class Ending { clean_stop, kill, power_cut };

class Life {
 public:
  explicit Life(std::uint64_t seed) : random_(seed), disk_(io::make_sim_disk(seed)) {
    options_.directory = "/log";
    options_.first_segment_bytes = 8 * kKiB;
    options_.segment_bytes = (8 + 8 * random_.below(4)) * kKiB;
    options_.reserve_bytes = 0;
    options_.background_thread = false;
  }

  void run(int lives) {
    for (int life = 0; life < lives && !testing::Test::HasFatalFailure(); ++life) {
      be_born();
      if (testing::Test::HasFatalFailure()) return;
      live();
      die();
    }
  }

 private:
  void be_born() {
    files_ = disk_->mount();
    if (random_.below(3) == 0) check_files();
    auto opened = open_local_log(*files_, clock_, options_);
    ASSERT_TRUE(opened) << opened.error().what;
    log_ = *std::move(opened);
    recorder_ = Recorder();
    // Where an applied state would be: anywhere between the head and what is certainly there.
    const Lsn from = random_.below(2) == 0 ? log_->head() : applied_;
    const Status started = log_->start(from, recorder_, {});
    ASSERT_TRUE(started) << started.error().what;

    const auto survivors = static_cast<std::size_t>(
        std::ranges::count_if(model_, [&](const SeenRecord& r) { return r.lsn >= from; }));
    ASSERT_GE(recorder_.seen.size(), 1U);
    const std::size_t replayed = recorder_.seen.size() - 1;  // without the new incarnate record
    ASSERT_LE(replayed, survivors);
    const std::size_t skipped = model_.size() - survivors;
    for (std::size_t i = 0; i < replayed; ++i) {
      const SeenRecord& expected = model_[skipped + i];
      ASSERT_EQ(recorder_.seen[i].lsn, expected.lsn);
      ASSERT_EQ(recorder_.seen[i].header, expected.header);
      ASSERT_EQ(recorder_.seen[i].payload, expected.payload);
    }
    const std::size_t found = skipped + replayed;
    ASSERT_GE(found, acknowledged_) << "acknowledged records are lost";
    model_.resize(found);
    ASSERT_TRUE(model_.empty() || recorder_.seen.back().lsn >= model_.back().next);
    model_.push_back(recorder_.seen.back());
    acknowledged_ = found;  // recovery made them durable
  }

  void live() {
    healthy_ = true;
    for (std::uint64_t steps = random_.below(40); steps > 0; --steps) {
      clock_.advance(Nanoseconds(static_cast<std::int64_t>(random_.below(80'000'000))));
      switch (random_.below(12)) {
        case 0:
        case 1: log_->run_background(); break;
        case 2: wait_for_disk(); break;
        case 3: trim(); break;
        case 4: bad_day(); break;
        default: append(); break;
      }
      note_durable();
    }
  }

  void append() {
    constexpr std::uint64_t kSizes[] = {0, 20, 300, 900, 4000, 20'000};
    const std::size_t size = random_.below(kSizes[random_.below(6)] + 1);
    Bytes payload(size, '\0');
    for (char& byte : payload) byte = static_cast<char>(random_());
    const Lsn tail = log_->tail();
    const auto appended = append_text(*log_, payload, static_cast<std::int64_t>(random_() >> 2));
    if (!appended) {
      ASSERT_EQ(appended.error().code, healthy_ ? Code::resource_exhausted : Code::unavailable);
      ASSERT_TRUE(full_ || !healthy_);
      ASSERT_EQ(log_->tail(), tail);
      return;
    }
    ASSERT_TRUE(healthy_);
    model_.push_back(recorder_.seen.back());
    ASSERT_EQ(model_.back().payload, payload);
  }

  // The disk fills up, gets room again, or fails a sync.
  void bad_day() {
    switch (random_.below(4)) {
      case 0:
        disk_->fail_syncs(1);
        if (log_->durable_tail() < log_->tail()) healthy_ = false;
        log_->run_background();
        disk_->fail_syncs(0);
        break;
      case 1: set_full(true); break;
      default: set_full(false); break;
    }
  }
  void set_full(bool full) {
    full_ = full;
    disk_->set_capacity(full ? 0 : ~std::uint64_t{0});
  }

  void wait_for_disk() {
    const std::size_t target = model_.size();
    log_->when_durable(model_.back().lsn, Durability::disk, [this, target](const Status& status) {
      if (status) acknowledged_ = std::max(acknowledged_, target);
    });
  }

  void note_durable() {
    while (acknowledged_ < model_.size() &&
           log_->is_durable(model_[acknowledged_].lsn, Durability::disk)) {
      ++acknowledged_;
    }
  }

  void trim() {
    if (acknowledged_ == 0) return;
    applied_ = std::max(applied_, model_[random_.below(acknowledged_)].lsn);
    ASSERT_TRUE(log_->trim(applied_));
    ASSERT_LE(log_->head(), applied_);
  }

  void die() {
    set_full(false);
    const auto ending = static_cast<Ending>(random_.below(3));
    switch (ending) {
      case Ending::clean_stop:
        log_->stop();
        if (healthy_) acknowledged_ = model_.size();
        if (random_.below(2) == 0) {
          disk_->power_cut();
        } else {
          acknowledged_ = model_.size();
        }
        break;
      case Ending::kill:
        disk_->kill();
        acknowledged_ = model_.size();
        break;
      case Ending::power_cut: disk_->power_cut(); break;
    }
    log_.reset();
  }

  void check_files() {
    if (model_.empty()) return;
    const auto report = check_log(*files_, "/log");
    ASSERT_TRUE(report) << report.error().what;
    EXPECT_TRUE(report->ok()) << (report->errors.empty() ? "" : report->errors[0]);
  }

  Random random_;
  ManualClock clock_;
  std::unique_ptr<io::SimDisk> disk_;
  std::unique_ptr<io::FileSystem> files_;
  LocalOptions options_;
  std::unique_ptr<LocalLog> log_;
  Recorder recorder_;
  std::vector<SeenRecord> model_;  // everything that may be in the log, from the very first
  std::size_t acknowledged_ = 0;   // this many of them must be
  Lsn applied_ = lsn_at(0, 4096);
  bool healthy_ = true;
  bool full_ = false;
};

// Any one bit of any segment of a killed server: either it is refused, or what is served is right.
void flip_one_bit(std::uint64_t seed) {
  Random random(seed);
  ManualClock clock;
  const auto disk = io::make_sim_disk(seed);
  LocalOptions options;
  options.directory = "/log";
  options.first_segment_bytes = options.segment_bytes = 8 * kKiB;
  options.reserve_bytes = 0;
  options.background_thread = false;
  Recorder before;
  std::size_t durable = 0;
  {
    const auto files = disk->mount();
    auto log = open_local_log(*files, clock, options).value();
    ASSERT_TRUE(log->start(Lsn::zero(), before, {}));
    for (std::uint64_t i = random.below(80); i > 0; --i) {
      ASSERT_TRUE(append_text(*log, Bytes(random.below(600), 'b')));
      if (random.below(20) != 0) continue;
      log->run_background();
      durable = before.seen.size();
    }
    disk->kill();
  }
  const auto files = disk->mount();
  std::vector<std::string> segments = files->list("/log").value();
  std::erase_if(segments, [](const std::string& name) { return !name.ends_with(".seg"); });
  const std::string path = "/log/" + segments[random.below(segments.size())];
  const std::uint64_t offset = random.below(8 * kKiB);
  disk->flip_bit(path, offset, static_cast<unsigned>(random.below(8)));

  Recorder after;
  auto opened = open_local_log(*files, clock, options);
  const Status started = opened ? (*opened)->start(Lsn::zero(), after, {}) : fail(opened.error());
  if (!started) {
    ASSERT_EQ(started.error().code, Code::corrupt);
    ASSERT_NE(started.error().what.find(path), std::string::npos) << started.error().what;
    return;
  }
  const std::size_t served = after.seen.size() - 1;
  ASSERT_LE(served, before.seen.size());
  ASSERT_GE(served, durable);
  ASSERT_GE(served + 1, before.seen.size()) << "only the very last record can look torn";
  for (std::size_t i = 0; i < served; ++i) {
    ASSERT_EQ(after.seen[i].payload, before.seen[i].payload);
  }
}

// OCTAVO_SIM_SEEDS=N runs more; OCTAVO_SIM_SEED=S only that one.
std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(RecoverySimulation, ManySeedsManyLives) {
  const std::uint64_t only = number_from("OCTAVO_SIM_SEED", 0);
  const std::uint64_t seeds = number_from("OCTAVO_SIM_SEEDS", 3000);
  for (std::uint64_t seed = only ? only : 1; seed <= (only ? only : seeds); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Life(seed).run(6);
    if (HasFailure()) return;
  }
}

TEST(RecoverySimulation, FlippedBitsAreNeverServed) {
  for (std::uint64_t seed = 1; seed <= 3000 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    flip_one_bit(seed);
  }
}

}  // namespace
}  // namespace octavo::log
