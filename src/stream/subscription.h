#pragma once

// A feed: initial rows at a snapshot, then every later change of a plan's result, in log order and
// exactly once, each with the cursor from which the feed can be resumed after it.
//
// Used by one thread at a time. Nothing here blocks: `poll` takes what is there, `wait` asks to be
// woken when there may be more.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "algebra/plan.h"
#include "base/cancel.h"
#include "base/lsn.h"
#include "base/result.h"
#include "stream/topic.h"
#include "value/account.h"
#include "value/value.h"

namespace octavo::stream {

struct FeedItem {
  enum class Kind : std::uint8_t {
    initial,  // new_value is a row of the snapshot
    change,   // old_value → new_value; one of them may be unset
    ready,    // the initial rows are complete, everything after is live
    initializing,
    overflow,  // `skipped` changes were dropped: the reader was too slow for its queue
  };
  Kind kind = Kind::change;
  std::optional<value::Value> old_value = {};
  std::optional<value::Value> new_value = {};
  std::optional<std::uint64_t> old_offset = {};  // feeds of the first n rows only
  std::optional<std::uint64_t> new_offset = {};
  std::uint64_t skipped = 0;
  bool whole = false;  // algebra::RowChange; not of feeds that merge
  // Resuming from here delivers what comes after this item. Without parts for initial rows before
  // the last one: a feed that ends among them has to be started again.
  Cursor cursor = {};
};

struct FeedOptions {
  bool include_initial = false;
  bool include_states = false;
  bool squash = false;                  // merge what is waiting, see squash.h
  std::uint64_t queue_limit = 100'000;  // changes waiting to be read before some are dropped
  std::optional<Cursor> resume_after;   // instead of starting now
  CancelToken cancel;                   // asked now and then while rows are read
  value::Account* account = nullptr;    // what the feed holds is charged to it; outlives the feed
};

class Subscription {
 public:
  virtual ~Subscription() = default;

  // Appends what is there, at most `max_items`; none means nothing yet. An error ends the feed.
  virtual Status poll(std::size_t max_items, std::vector<FeedItem>& out) = 0;

  // Calls `wake` once when `poll` may have something to say; any thread.
  virtual void wait(Wake wake) = 0;

  // Of a feed that merges: takes in what is there without giving it out, and calls `wake` once when
  // there may be more to take in. How many items are held; SIZE_MAX when nothing more will come.
  virtual std::size_t gather(Wake) { return 0; }
};
using SubscriptionPtr = std::unique_ptr<Subscription>;

}  // namespace octavo::stream
