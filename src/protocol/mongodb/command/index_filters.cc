#include "protocol/mongodb/command/index_filters.h"

namespace octavo::mongodb {

bool IndexFilters::set(TableId collection, std::string shape, IndexFilter filter) {
  const MutexLock lock(mutex_);
  const std::pair key(collection, std::move(shape));
  if (filters_.size() >= kMost && !filters_.contains(key)) return false;
  filters_.insert_or_assign(key, std::move(filter));
  any_.store(true, std::memory_order_release);
  return true;
}

std::optional<std::vector<value::Value>> IndexFilters::indexes_for(TableId collection,
                                                                   const std::string& shape) const {
  const MutexLock lock(mutex_);
  const auto found = filters_.find({collection, shape});
  if (found == filters_.end()) return std::nullopt;
  return found->second.indexes;
}

std::vector<IndexFilter> IndexFilters::of(TableId collection) const {
  const MutexLock lock(mutex_);
  std::vector<IndexFilter> found;
  for (auto one = filters_.lower_bound({collection, {}});
       one != filters_.end() && one->first.first == collection; ++one) {
    found.push_back(one->second);
  }
  return found;
}

void IndexFilters::clear(TableId collection) {
  keep_if([collection](TableId other) { return other != collection; });
}

void IndexFilters::clear(TableId collection, const std::string& shape) {
  const MutexLock lock(mutex_);
  filters_.erase({collection, shape});
  any_.store(!filters_.empty(), std::memory_order_release);
}

}  // namespace octavo::mongodb
