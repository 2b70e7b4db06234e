#pragma once

// Snappy's block format (https://github.com/google/snappy, format_description.txt). The library
// stays inside snappy.cc.

#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"

namespace octavo {

// Appends one block.
void snappy_compress(BytesView plain, Bytes& out);
// Appends what the block says. `corrupt`: it is none, or of another size than `size`.
Status snappy_uncompress(BytesView block, std::size_t size, Bytes& out);

}  // namespace octavo
