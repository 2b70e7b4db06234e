#pragma once

// Statistics as bytes, for a file that may be lost: they can be made again. Whatever is damaged, or
// of another version, is not read.

#include <map>

#include "base/bytes.h"
#include "base/id.h"
#include "base/result.h"
#include "statistics/table.h"

namespace octavo::statistics {

using Tables = std::map<TableId, TablePointer>;

Bytes encode(const Tables& tables);
Result<Tables> decode(BytesView bytes);  // `corrupt`

}  // namespace octavo::statistics
