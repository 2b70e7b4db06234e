// Definition changes, as they are in the log and in storage: what decodes is written as bytes that
// decode to the same. The first byte is 0 for a list of changes, else the length of what follows
// the prefix in a stored key; the entry is the rest.

#include <algorithm>

#include "base/assert.h"
#include "catalog/change.h"
#include "fuzz.h"

using namespace octavo;
using namespace octavo::catalog;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const BytesView rest = fuzz::input(data + 1, size - 1);
  if (data[0] == 0) {
    const auto changes = decode_changes(rest);
    if (!changes) return 0;
    const Bytes written = encode_changes(*changes);
    const auto again = decode_changes(written);
    ASSERT(again && again->size() == changes->size());
    ASSERT(encode_changes(*again) == written);
    return 0;
  }
  const std::size_t key_size = std::min<std::size_t>(data[0], rest.size());
  Bytes key(kStoredPrefix);
  key += rest.substr(0, key_size);
  const auto change = decode_stored(key, rest.substr(key_size));
  if (!change) return 0;
  const StoredEntry stored = stored_form(*change);
  ASSERT(stored.entry.has_value());
  const auto again = decode_stored(stored.key, *stored.entry);
  ASSERT(again.has_value());
  const StoredEntry twice = stored_form(*again);
  ASSERT(twice.key == stored.key && twice.entry == stored.entry);
  return 0;
}
