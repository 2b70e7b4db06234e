#pragma once

// Physical operators: a pull pipeline of row batches. One operator a file; each hides behind the
// factory function declared in operators.h.

#include <memory>
#include <vector>

#include "base/result.h"
#include "value/value.h"

namespace octavo::exec {

using Rows = std::vector<value::Value>;

class Operator {
 public:
  virtual ~Operator() = default;

  // Appends rows to `out`, at most `max_rows` (> 0). Appending none means the end, for good.
  // With an error the rows that come before it are appended, and it is not called again: whoever
  // has asked for more rows than are needed in the end does not fail for those.
  virtual Status next(std::size_t max_rows, Rows& out) = 0;
  // Goes past the next `rows` rows (> 0) or some of them, and answers how many; 0 means the end.
  // Errors as `next` has them, but those of making rows that nobody sees.
  virtual Result<std::uint64_t> skip(std::uint64_t rows);
};
using OperatorPtr = std::unique_ptr<Operator>;

constexpr std::size_t kBatchRows = 256;  // what an operator asks of its input at a time

}  // namespace octavo::exec
