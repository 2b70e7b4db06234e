#pragma once

// The changes of one table from a position on, first out of the log, then live, with no gap and no
// repeat: each change is (record, index), and what is below the position was seen.

#include <memory>

#include "stream/feeds.h"

namespace octavo::stream {

// As an index: every change of the record.
constexpr std::uint32_t kWholeRecord = ~std::uint32_t{0};

class ChangeSource {
 public:
  // Starts at the present end of the topic. The caller takes its snapshot after this and then
  // calls `start_at`, so that nothing between the two is lost.
  // Changes of rows that the scan does not read may be left out, and may come.
  ChangeSource(std::shared_ptr<Feeds> feeds, const algebra::Scan& scan, std::uint64_t queue_limit);

  // Changes below this position are not delivered.
  void start_at(const Lsn& lsn, std::uint32_t index);
  // The same, reading what lies between there and the live changes from the log.
  Status resume_at(const Lsn& lsn, std::uint32_t index);

  struct Step {
    const algebra::RowChange* change = nullptr;  // null: nothing there yet
    std::uint64_t skipped = 0;                   // > 0: the queue overflowed and was dropped
  };
  // The change is valid until the next call.
  Result<Step> next();
  // Calls `wake` once when `next` may have something.
  void wait(Wake wake);
  // Why no more will come, if it will not.
  Status ended() const;

  // After the change that was delivered last.
  Cursor cursor() const;

 private:
  Status next_set();
  bool seen(const Lsn& lsn, std::uint32_t index) const;

  std::shared_ptr<Feeds> feeds_;
  TableId table_;
  std::shared_ptr<Topic> topic_;
  exec::Interests::Interest interest_;  // before anything is read, so that nothing falls between
  Topic::Reader reader_;
  std::unique_ptr<History> history_;  // until it has told what the topic does not have
  Lsn history_until_;                 // the last record that it has to tell
  algebra::ChangeSetPtr set_;
  std::size_t at_ = 0;
  Lsn seen_lsn_;
  std::uint32_t seen_index_ = 0;
};

}  // namespace octavo::stream
