#pragma once

// What a value is in BSON, for what is said of its bytes: its size and its hash. The bytes
// themselves are protocol/mongodb's.

#include <cstddef>
#include <cstdint>

#include "value/value.h"

namespace octavo::mongodb {

// Of the value alone, without the type and the name before it; of a document, the whole of it.
std::size_t bson_size(const value::Value& value);

// What hashed indexes have for a value: numbers of all kinds by their integral part, documents by
// types, names and values; 64 bits of an MD5.
std::int64_t bson_hash(const value::Value& value);

}  // namespace octavo::mongodb
