#pragma once

// The live changes of one table. Publishing costs the same for one listener as for a thousand: a
// change set is appended to a shared chain, and each listener walks the chain at its own pace.
// A node lives as long as a listener still has to pass it, and a listener that falls too far behind
// is moved on, so that the chain is bounded whatever a client does.
//
// `publish` is called in log order by whoever holds the sequencer role; everything else from any
// thread.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_set>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "stream/change.h"

namespace octavo::stream {

using Wake = std::move_only_function<void()>;

// The metric of how many there are.
Gauge& open_feeds();

class Topic {
 private:
  struct Node {
    ChangeSetPtr set;            // null in the node that a fresh topic starts with
    std::uint64_t position = 0;  // changes published up to and with this node
    std::uint64_t bytes = 0;     // of those
    std::atomic<bool> linked{false};
    std::shared_ptr<Node> next;  // written once, before `linked`

    ~Node();
  };

 public:
  // What waits for one reader, whatever it asked for, in bytes of rows.
  static constexpr std::uint64_t kDefaultBacklogBytes = 128ULL << 20U;

  // A place in the chain, beginning after everything published so far.
  class Reader {
   public:
    // More than `limit` waiting changes are dropped, all of them at once.
    Reader(std::shared_ptr<Topic> topic, std::uint64_t limit);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    struct Dropped {
      std::uint64_t changes = 0;
      Lsn lsn;                  // of the last one
      std::uint32_t index = 0;  // its place in the record
    };
    // What was dropped since the last call.
    std::optional<Dropped> take_dropped();

    // The next set, null at the end, and while there is something for `take_dropped` to tell first.
    // Changes before `first` in it were dropped.
    ChangeSetPtr next(std::size_t& first);
    std::uint64_t backlog() const;

    // Calls `wake` once, from any thread, when there is something to read; at once when there
    // already is. Takes the place of an earlier `wake` that was not called yet.
    void wait(Wake wake);

   private:
    friend class Topic;
    void drop_excess();  // with `mutex_` held
    bool has_more() const;

    const std::shared_ptr<Topic> topic_;
    const std::uint64_t limit_;
    mutable std::mutex mutex_;
    std::shared_ptr<Node> node_;  // the last one that was passed
    std::size_t passed_ = 0;      // dropped changes of the set after it
    Dropped dropped_;
    Wake wake_;                   // while it is in `waiting_`; under the topic's mutex
    std::size_t waiting_at_ = 0;  // where it is there
  };

  explicit Topic(std::uint64_t max_backlog_bytes = kDefaultBacklogBytes);

  void publish(ChangeSetPtr set);

  // Wakes the waiting listeners though nothing was published: something else that they go by has
  // changed.
  void wake();

  // No more changes will come, for `reason`; waiting listeners are woken.
  void close(const Error& reason);
  std::optional<Error> closed() const;

 private:
  std::vector<Wake> take_waiting();  // with `mutex_` held

  const std::uint64_t max_backlog_bytes_;
  mutable std::mutex mutex_;  // taken before a reader's
  std::shared_ptr<Node> tail_;
  std::vector<Reader*> waiting_;
  std::unordered_set<Reader*> readers_;
  std::uint64_t checked_position_ = 0;  // when readers were last looked at
  std::uint64_t checked_bytes_ = 0;
  std::optional<Error> closed_;
  std::atomic<std::uint64_t> published_{0};
  std::atomic<std::uint64_t> published_bytes_{0};
};

}  // namespace octavo::stream
