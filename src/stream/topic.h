#pragma once

// The live changes of one table. Publishing costs the same for one listener as for a thousand: a
// change set is appended to a shared chain, and each listener walks the chain at its own pace.
// A node lives as long as a listener still has to pass it, and a listener that falls too far behind
// is moved on, so that the chain is bounded whatever a client does. What a listener leaves behind
// at once, because it was moved on or has gone, is freed by nobody who holds up others.
//
// `publish` is called in log order by whoever holds the sequencer role; everything else from any
// thread. A reader is used by one thread at a time.
//
// The invariant that readers walk by without the topic's mutex: `last_` is the only word that says
// how far the chain goes. A node is complete, and the link to it is there, before `last_` leads to
// it, and neither changes afterwards. Whatever a reader wants to know (is there more, how much of
// it, in how many bytes) it computes from the node it stands on and one load of `last_`, which is
// that node or one after it: no second counter can be ahead or behind.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_set>
#include <vector>

#include "algebra/change.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "base/result.h"
#include "exec/interests.h"
#include "stream/reclaimer.h"

namespace octavo::stream {

using Wake = std::move_only_function<void()>;

// The metric of how many there are.
Gauge& open_feeds();

class Topic {
 private:
  struct Node {
    algebra::ChangeSetPtr set;   // null in the node that a fresh topic starts with
    std::uint64_t position = 0;  // changes published up to and with this node
    std::uint64_t bytes = 0;     // of those
    Node* next = nullptr;        // held by this one; there unless this is the last
    std::atomic<std::uint32_t> holders{1};
  };
  // Holds a node, and with it all that come after.
  struct LetGo {
    void operator()(Node* node) const;
  };
  using Hold = std::unique_ptr<Node, LetGo>;
  static Hold hold(Node* node);

 public:
  // One for any number of topics.
  using Chains = Reclaimer<Hold>;

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
    algebra::ChangeSetPtr next(std::size_t& first);
    std::uint64_t backlog() const;

    // Calls `wake` once, from any thread, when there is something to read; at once when there
    // already is. Takes the place of an earlier `wake` that was not called yet.
    void wait(Wake wake);

   private:
    friend class Topic;
    // Returns what was left behind, to be let go without a mutex.
    Hold drop_excess(std::uint64_t max_bytes) OCTAVO_REQUIRES(mutex_);
    bool has_more() const OCTAVO_REQUIRES(mutex_) { return node_.get() != &last(); }
    // Valid while `node_` is where it is, which holds it.
    const Node& last() const { return *topic_->last_.load(std::memory_order_acquire); }
    std::uint64_t waiting(const Node& last) const OCTAVO_REQUIRES(mutex_) {
      return last.position - node_->position - passed_;
    }

    const std::shared_ptr<Topic> topic_;
    const std::uint64_t limit_;
    mutable Mutex mutex_;
    Hold node_ OCTAVO_GUARDED_BY(mutex_);  // the last one that was passed
    // Dropped changes of the set after it; not all of them.
    std::size_t passed_ OCTAVO_GUARDED_BY(mutex_) = 0;
    Dropped dropped_ OCTAVO_GUARDED_BY(mutex_);
    Wake wake_;                   // while it is in `waiting_`; under the topic's mutex
    std::size_t waiting_at_ = 0;  // where it is there
  };

  // Without `chains`, whoever leaves changes behind frees them.
  explicit Topic(std::uint64_t max_backlog_bytes = kDefaultBacklogBytes,
                 std::shared_ptr<Chains> chains = nullptr);
  ~Topic();
  Topic(const Topic&) = delete;
  Topic& operator=(const Topic&) = delete;

  // What its listeners listen to. Asked by those who publish only what is wanted.
  const std::shared_ptr<exec::Interests>& interests() const { return interests_; }

  // A set of one change at least.
  void publish(algebra::ChangeSetPtr set);

  // Moves on the readers for whom more than `max_bytes` wait, as if that were the topic's limit.
  void shed(std::uint64_t max_bytes);

  // Wakes the waiting listeners though nothing was published: something else that they go by has
  // changed.
  void wake();

  // No more changes will come, for `reason`; waiting listeners are woken.
  void close(const Error& reason);
  std::optional<Error> closed() const;

 private:
  std::vector<Wake> take_waiting() OCTAVO_REQUIRES(mutex_);
  std::vector<Hold> drop_excess(std::uint64_t max_bytes) OCTAVO_REQUIRES(mutex_);
  void let_go(Hold chain);

  const std::uint64_t max_backlog_bytes_;
  const std::shared_ptr<Chains> chains_;
  const std::shared_ptr<exec::Interests> interests_ = std::make_shared<exec::Interests>();
  mutable Mutex mutex_;  // taken before a reader's
  std::vector<Reader*> waiting_ OCTAVO_GUARDED_BY(mutex_);
  std::unordered_set<Reader*> readers_ OCTAVO_GUARDED_BY(mutex_);
  // When readers were last looked at.
  std::uint64_t checked_position_ OCTAVO_GUARDED_BY(mutex_) = 0;
  std::uint64_t checked_bytes_ OCTAVO_GUARDED_BY(mutex_) = 0;
  std::optional<Error> closed_ OCTAVO_GUARDED_BY(mutex_);
  std::atomic<Node*> last_;  // held; stored with `mutex_` held
};

}  // namespace octavo::stream
