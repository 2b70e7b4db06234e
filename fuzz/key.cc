// Any bytes: what decodes as a key is the one encoding of its value. The input also serves as
// two keys, whose order must be the order of their values.

#include "value/key.h"

#include "base/assert.h"
#include "fuzz.h"

using octavo::ByteReader;
using octavo::Bytes;
using octavo::value::KeyOrder;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = octavo::fuzz::input(data, size);
  ByteReader reader(bytes);
  const auto first = octavo::value::decode_key(reader);
  ByteReader skipper(bytes);
  const auto skipped = octavo::value::skip_key(skipper);
  if (first) {
    const std::string_view used = bytes.substr(0, size - reader.rest().size());
    ASSERT(skipped && *skipped == used);
    ASSERT(octavo::value::encoded_key(*first) == used);
    const auto second = octavo::value::decode_key(reader);
    if (second) {
      const auto order = octavo::value::compare(*first, *second);
      const int bytewise =
          octavo::value::encoded_key(*first).compare(octavo::value::encoded_key(*second));
      ASSERT((order < 0) == (bytewise < 0) && (order == 0) == (bytewise == 0));
    }
  }
  ByteReader descending(bytes);
  if (const auto value = octavo::value::decode_key(descending, KeyOrder::descending)) {
    Bytes again;
    octavo::value::encode_key(*value, again, KeyOrder::descending);
    ASSERT(again == bytes.substr(0, size - descending.rest().size()));
  }
  return 0;
}
