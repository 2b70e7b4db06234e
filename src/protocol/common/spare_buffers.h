#pragma once

// Output buffers that are not in use, kept per thread so that a busy connection does not allocate
// and an idle one holds nothing.

#include "base/bytes.h"

namespace octavo::protocol {

Bytes take_spare_bytes();                      // empty, with room for a usual reply
void give_spare_bytes(Bytes& bytes) noexcept;  // leaves `bytes` empty, without capacity

}  // namespace octavo::protocol
