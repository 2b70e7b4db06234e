#pragma once

// planCacheSetFilter and its kin: which indexes queries of a shape (query_shape.h) may use. They
// hold until the server stops, or their collection is dropped.

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/mutex.h"
#include "value/value.h"

namespace octavo::mongodb {

struct IndexFilter {
  // As they were given: {} for nothing.
  value::Value query;
  value::Value sort;
  value::Value projection;
  value::Value collation;             // in full, null for none
  std::vector<value::Value> indexes;  // their keys, or names
};

// Thread-safe.
class IndexFilters {
 public:
  static constexpr std::size_t kMost = 1'000;  // of all collections

  // Whether nobody has set one: most servers.
  bool none() const { return !any_.load(std::memory_order_acquire); }
  // In place of another of that shape. False: there are too many.
  bool set(TableId collection, std::string shape, IndexFilter filter);
  // The indexes that a query may use; nothing: all of them.
  std::optional<std::vector<value::Value>> indexes_for(TableId collection,
                                                       const std::string& shape) const;
  std::vector<IndexFilter> of(TableId collection) const;
  void clear(TableId collection);
  void clear(TableId collection, const std::string& shape);
  // Those of collections that are not there any more. `exists` is not called again from within.
  template <class Exists>
  void keep_if(Exists&& exists) {
    const MutexLock lock(mutex_);
    std::erase_if(filters_, [&](const auto& one) { return !exists(one.first.first); });
    any_.store(!filters_.empty(), std::memory_order_release);
  }

 private:
  using Filters = std::map<std::pair<TableId, std::string>, IndexFilter>;

  mutable Mutex mutex_;
  Filters filters_ OCTAVO_GUARDED_BY(mutex_);
  std::atomic<bool> any_ = false;
};

}  // namespace octavo::mongodb
