#pragma once

// Which tables are listened to. the sequencer asks `wanted` before it decodes anything, so
// that tables without listeners cost a hash look-up per record and nothing else.

#include <atomic>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/id.h"
#include "base/mutex.h"
#include "stream/topic.h"

namespace octavo::stream {

class Hub {
 public:
  explicit Hub(std::uint64_t max_backlog_bytes = Topic::kDefaultBacklogBytes)
      : max_backlog_bytes_(max_backlog_bytes) {
    open_feeds();  // shown from the start
  }

  // The topic of a table, made on first use; it stays until its last holder lets go.
  std::shared_ptr<Topic> topic(TableId table);

  // Null when nobody listens to the table.
  std::shared_ptr<Topic> find(TableId table);
  // Nobody listens to anything. Whoever asks after making a commit visible may then leave it
  // unpublished: each listener that `topic` has let in meanwhile, or will, sees the commit in the
  // snapshot that it takes afterwards. The fence here and the one in `topic` say so: of two who
  // store first and look at the other's store then, one sees it.
  bool idle() const {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return topics_alive_.load(std::memory_order_acquire) == 0;
  }

  // The definition of the table, or what anybody may read, has changed: listeners look again.
  void wake(TableId table);
  void wake_all();

  // All topics together hold too much: each keeps its share of `total_bytes` at most.
  void shed(std::uint64_t total_bytes);

  // The table was dropped or the server stops: its listeners end with `reason`.
  void close(TableId table, const Error& reason);
  void close_all(const Error& reason);

 private:
  std::vector<std::shared_ptr<Topic>> all();

  const std::uint64_t max_backlog_bytes_;  // of each topic
  const std::shared_ptr<Topic::Chains> chains_ = std::make_shared<Topic::Chains>();
  Mutex mutex_;
  std::unordered_map<std::uint64_t, std::weak_ptr<Topic>> topics_ OCTAVO_GUARDED_BY(mutex_);
  std::atomic<std::size_t> topics_alive_{0};
};

}  // namespace octavo::stream
