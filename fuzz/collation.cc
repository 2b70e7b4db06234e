// Any bytes, as two texts of each collation: their keys have the order of their comparison, the key
// of each begins with that of its prefix, and reading by characters comes to the end.

#include "value/collation.h"

#include "base/assert.h"
#include "fuzz.h"

using octavo::Bytes;
using octavo::value::Collation;

namespace {

Bytes key_of(const Collation& collation, std::string_view text) {
  Bytes key, prefix;
  collation.key(text, key);
  collation.key_prefix(text, prefix);
  ASSERT(key.starts_with(prefix));
  return key;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = octavo::fuzz::input(data, size);
  if (bytes.empty()) return 0;
  const std::size_t middle = static_cast<unsigned char>(bytes[0]) % bytes.size();
  const std::string_view a = bytes.substr(1, middle), b = bytes.substr(1 + middle);
  for (const Collation& collation : octavo::value::collations()) {
    const Bytes of_a = key_of(collation, a), of_b = key_of(collation, b);
    ASSERT((of_a.compare(of_b) <=> 0) == collation.compare(a, b));
    ASSERT(of_a == of_b || (!of_a.starts_with(of_b) && !of_b.starts_with(of_a)));
    Bytes weights;
    for (std::string_view rest = a; !rest.empty();) collation.take(rest, weights);
  }
  for (const octavo::value::Charset& set : octavo::value::charsets()) {
    std::string text, back;
    if (set.to_utf8(a, text)) {
      ASSERT(set.from_utf8(text, back) && back == a);
    }
  }
  return 0;
}
