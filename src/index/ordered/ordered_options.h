#pragma once

// The options of ordered indexes: {multi} as of other kinds, and where they are wanted
//   nulls: a row whose key is null, or has a null in it, has an entry as well;
//   once: a row that has several entries is delivered at the first of those that are asked for;
//   expire_after_seconds: a row lives for so long after the first of its entries that are times,
//   and
//     is erased then (engine/row_expiry.h).

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "value/value.h"

namespace octavo::index {

Result<value::Value> ordered_options(const value::Value& given);

// Of options that are as `ordered_options` made them.
bool keeps_nulls(const value::Value& options);
bool delivers_once(const value::Value& options);
std::optional<std::int64_t> expiry_seconds(const value::Value& options);

}  // namespace octavo::index
