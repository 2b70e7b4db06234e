#include "exec/field_pieces.h"

#include <cstdint>
#include <limits>

#include "value/document.h"
#include "value/maker.h"

namespace octavo::exec {
namespace {

using value::Value;

using Size = std::uint32_t;
constexpr Size kMissing = std::numeric_limits<Size>::max();

}  // namespace

bool FieldPieces::put(BytesView document, Bytes& out) {
  const std::size_t start = out.size();
  const bool is_object = value::DocumentView(document).type() == value::Type::object;
  if (is_object && !places_.open(document)) return false;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    BytesView field;
    const auto found = is_object ? places_.field(i, field) : value::ObjectFields::Found::nothing;
    if (found == value::ObjectFields::Found::damage) {
      out.resize(start);
      return false;
    }
    const bool is_there = found == value::ObjectFields::Found::value;
    put_le(out, is_there ? static_cast<Size>(field.size()) : kMissing);
    if (is_there) out.append(field);
  }
  return true;
}

Status FieldPieces::put(const value::Vector& field, std::size_t row, Bytes& out) {
  const std::size_t start = out.size();
  put_le(out, kMissing);
  if (field.absence(row)) return {};  // null in an array as well
  if (field.type().physical == value::Physical::encoded) {
    out.append(field.view<value::StringRef>()[row].view());
  } else {
    TRY(const Value value, field.at(row));
    TRY_STATUS(value::encode_document(value, out));
  }
  store_le(out.data() + start, static_cast<Size>(out.size() - start - sizeof(Size)));
  return {};
}

Result<Value> FieldPieces::array_of(BytesView pieces) const {
  value::ArrayMaker array(names_.size());
  ByteReader reader(pieces);
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const auto size = reader.get_le<Size>();
    if (size == kMissing) {
      array.append(Value());
      continue;
    }
    const auto bytes = size ? reader.get_bytes(*size) : std::nullopt;
    if (!bytes) return fail(Code::corrupt, "A sorted row could not be read.");
    TRY(Value field, value::decode_document(*bytes));
    array.append(std::move(field));
  }
  return std::move(array).finish();
}

}  // namespace octavo::exec
