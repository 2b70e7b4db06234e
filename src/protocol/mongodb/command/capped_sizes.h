#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "base/id.h"
#include "base/mutex.h"
#include "protocol/mongodb/command/collection_sizes.h"

namespace octavo::mongodb {

// What is known of the sizes of capped collections. Of one whose number of rows is another by now,
// others have written to it: it is measured again. Thread-safe.
class CappedSizes {
 public:
  std::optional<std::int64_t> bytes(TableId table, std::int64_t documents) const;
  void set(TableId table, const CollectionSizes& sizes);

 private:
  mutable Mutex mutex_;
  std::map<TableId, CollectionSizes> known_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::mongodb
