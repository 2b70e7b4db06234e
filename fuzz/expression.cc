// Stored expressions: any bytes decode to a tree or an error, and a tree encodes and decodes to an
// equal one.

#include "algebra/expr.h"
#include "base/assert.h"
#include "fuzz.h"

using octavo::ByteReader;
using octavo::Bytes;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader reader(octavo::fuzz::input(data, size));
  const auto decoded = octavo::algebra::decode(reader);
  if (!decoded) {
    ASSERT(reader.rest().size() == size);
    return 0;
  }
  (void)octavo::algebra::print(*decoded, nullptr);
  (void)octavo::algebra::bind(*decoded, {{octavo::algebra::VarId{1}, {}}});
  Bytes encoded;
  ASSERT(octavo::algebra::encode(*decoded, encoded).has_value());
  ByteReader again(encoded);
  const auto copy = octavo::algebra::decode(again);
  ASSERT(copy.has_value() && again.empty());
  Bytes twice;
  ASSERT(octavo::algebra::encode(*copy, twice).has_value());
  ASSERT(twice == encoded);
  // The constants of hostile bytes may have repeated field names, which equality does not define.
  (void)octavo::algebra::equal(*decoded, *copy);
  return 0;
}
