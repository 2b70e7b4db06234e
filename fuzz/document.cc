// Any bytes decode to a value or an error, views stay inside, and what decodes encodes to bytes
// that decode to the same value.

#include "value/document.h"

#include "base/assert.h"
#include "fuzz.h"

using octavo::Bytes;
using octavo::value::DocumentView;

namespace {

void walk(DocumentView view, int depth) {
  if (depth > 20) return;
  (void)view.type();
  (void)view.as_string();
  for (std::size_t i = 0; i < view.size() && i < 64; ++i) {
    if (const auto element = view.element(i)) walk(*element, depth + 1);
    if (const auto field = view.field(i)) {
      (void)view.find(field->first);
      walk(field->second, depth + 1);
    }
  }
  (void)view.find("a");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = octavo::fuzz::input(data, size);
  walk(DocumentView(bytes), 0);
  const auto decoded = octavo::value::decode_document(bytes);
  const bool valid = octavo::value::validate_document(bytes).has_value();
  ASSERT(!valid || decoded.has_value());
  if (!decoded) return 0;
  Bytes encoded;
  ASSERT(octavo::value::encode_document(*decoded, encoded).has_value());
  const auto again = octavo::value::decode_document(encoded);
  ASSERT(again.has_value());
  Bytes twice;
  ASSERT(octavo::value::encode_document(*again, twice).has_value());
  ASSERT(twice == encoded);
  if (!valid) return 0;
  ASSERT(*again == *decoded);
  ASSERT(octavo::value::validate_document(encoded).has_value());
  for (const auto& field :
       decoded->is_object() ? decoded->as_object() : octavo::value::ObjectView()) {
    ASSERT(DocumentView(bytes).find(field.name).has_value());
  }
  return 0;
}
