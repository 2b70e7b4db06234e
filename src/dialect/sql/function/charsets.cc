#include "dialect/sql/function/charsets.h"

namespace octavo::sql {

Bytes encoded(std::string_view text, const value::Collation& collation) {
  switch (collation.charset) {
    case value::CharsetId::binary:
    case value::CharsetId::ascii:
    case value::CharsetId::utf8mb3:
    case value::CharsetId::utf8mb4: return Bytes(text);
    case value::CharsetId::latin1: break;
  }
  Bytes bytes;
  // What the set does not have is `?`.
  value::charset_of(collation.charset).from_utf8(text, bytes);
  return bytes;
}

Result<Bytes> encoded_at(Args args, std::size_t text, std::size_t collation) {
  TRY(const std::string_view content, string_at(args, text));
  if (args[text].type() == value::Type::bytes) return Bytes(content);
  TRY(const value::Collation* in, collation_at(args, collation));
  return encoded(content, *in);
}

}  // namespace octavo::sql
