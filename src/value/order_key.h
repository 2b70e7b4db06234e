#pragma once

// Bytes whose order under memcmp is compare(a, b, order), for sorts and ordered groups. Values that
// compare equal give the same bytes, and no key is a prefix of another, so keys may follow each
// other. Not stored: the bytes of the other orders than native may change with any version.

#include "value/key.h"

namespace octavo::value {

// Appends. In the native order this is `encode_key`.
void encode_order_key(const Value& value, Order order, Bytes& out,
                      KeyOrder direction = KeyOrder::ascending);
// The same of a string that is not boxed.
void encode_order_key_of_text(std::string_view text, Order order, Bytes& out,
                              KeyOrder direction = KeyOrder::ascending);
// Of bytes, in the native order.
void encode_key_of_bytes(BytesView bytes, Bytes& out, KeyOrder direction = KeyOrder::ascending);

}  // namespace octavo::value
