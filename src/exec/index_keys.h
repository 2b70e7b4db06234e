#pragma once

// Distinct keys of an index, for sources that have them without reading rows.

#include <memory>

#include "exec/operators.h"
#include "exec/source.h"

namespace octavo::exec {

// What a Source may be as well.
class HasIndexKeys {
 public:
  virtual ~HasIndexKeys() = default;
  // What the index's function gives for the rows of a scan in its order, of equal ones the first.
  // Null where this is no cheaper than to read the rows.
  virtual Result<std::unique_ptr<RowCursor>> open_index_keys(const algebra::Scan& scan,
                                                             QueryContext& query) const = 0;
};

// The distinct rows of a map to the key of the index by which a scan reads. Null: it is something
// else, or the source has no such keys.
Result<OperatorPtr> make_index_keys(const algebra::Distinct& distinct,
                                    const OperatorContext& context);

}  // namespace octavo::exec
