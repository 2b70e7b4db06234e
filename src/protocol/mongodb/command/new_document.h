#pragma once

// What a document has to be that is to be stored.

#include <cstddef>

#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

constexpr std::size_t kMostStatements = 100'000;  // maxWriteBatchSize

// 16 InvalidLength for none, and for more than that.
Status check_batch_size(std::size_t statements);

// As it is stored: with `_id` first, made where there is none, and a Timestamp of zeros at the top
// level become one of now. 53 for an `_id` that cannot be one, 10334 for what is larger than 16
// MiB.
Result<value::Value> new_document(const value::Value& given);

// The same checks of a document that an update made.
Status check_document(const value::Value& document);
Status check_id(const value::Value& id);

// A new one: the time, five bytes of this process, and a counter.
value::Value new_object_id();

}  // namespace octavo::mongodb
