// Cursors from clients and vectors from records: what is accepted prints or encodes to what it was.

#include "base/lsn.h"

#include "base/assert.h"
#include "fuzz.h"

using octavo::ByteReader;
using octavo::Bytes;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = octavo::fuzz::input(data, size);
  if (const auto cursor = octavo::parse_cursor(text)) {
    const std::string printed = octavo::format_cursor(*cursor);
    const auto again = octavo::parse_cursor(printed);
    ASSERT(again && *again == *cursor);
  }
  ByteReader reader(text);
  if (const auto vector = octavo::get_lsn_vector(reader)) {
    Bytes encoded;
    octavo::put_lsn_vector(encoded, *vector);
    ASSERT(encoded == text.substr(0, size - reader.rest().size()));
  }
  return 0;
}
