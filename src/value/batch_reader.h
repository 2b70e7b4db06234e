#pragma once

// The one way in which rows are pulled.

#include "value/batch.h"

namespace octavo::value {

enum class Pull : std::uint8_t {
  rows,     // `out` has at least one and at most `max_rows`, fewer when they are large
  end,      // none, and none will come
  pending,  // none yet: only without `wait`, and only of what follows changes
};

struct PullOptions {
  std::size_t max_rows = kBatchRows;  // 1 … kBatchRows
  bool wait = true;
};

// Used by one thread at a time, not always the same one.
class BatchReader {
 public:
  virtual ~BatchReader() = default;
  // What `out` held is dropped, its memory used again. After an error it is not called again.
  virtual Result<Pull> next(const PullOptions& options, Batch& out) = 0;
};

}  // namespace octavo::value
