#pragma once

// The order-preserving key encoding (docs/formats/key.md). Comparing two encoded keys bytewise
// gives what compare(a, b, Order::native) gives, and values that compare equal encode to the same
// bytes. Every encoded value is self-delimiting and no encoding is a prefix of another, so keys
// may be concatenated.
//
// Kinds of numbers, zones of timestamps and the sign of zero are not part of a key, so decoding
// yields the canonical value: a number as int64 when it is integral and fits, else uint64, else
// float64 when exact, else decimal.

#include <vector>

#include "base/result.h"
#include "value/value.h"

namespace octavo::value {

// A descending component is the bitwise inverse of the ascending one.
enum class KeyOrder : std::uint8_t { ascending, descending };

void encode_key(const Value& value, Bytes& out, KeyOrder order = KeyOrder::ascending);
Bytes encoded_key(const Value& value);
Result<Value> decode_key(ByteReader& reader, KeyOrder order = KeyOrder::ascending);
// Moves past one encoded value and returns its bytes, without building it.
Result<BytesView> skip_key(ByteReader& reader, KeyOrder order = KeyOrder::ascending);

}  // namespace octavo::value
