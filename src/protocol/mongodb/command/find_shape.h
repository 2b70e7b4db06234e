#pragma once

// What `find` gives beside documents, or in their place: showRecordId and returnKey.

#include <cstdint>

#include "base/result.h"
#include "function/family.h"
#include "value/value.h"

namespace octavo::mongodb {

// The number of a document of a capped collection; of others, which have none, one made of `_id`.
value::Value record_id_of(const value::Value& row, bool is_capped);

// The fields of a document that make its key in an index: {a: 1} → {a: 5}. What is missing is null.
// Without an index there are none.
value::Value index_key_of(const value::Value& document, const value::Value* pattern);

}  // namespace octavo::mongodb
