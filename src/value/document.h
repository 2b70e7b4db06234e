#pragma once

// The document encoding (docs/formats/document.md): compact, every type comes back as it was, and
// a field is found without decoding the others. The extent of a value is known from outside (its
// container's table, or the row), so scalars carry no length.

#include <optional>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "value/account.h"
#include "value/value.h"

namespace octavo::value {

// Appends. `out_of_range` for values nested deeper than kMaxNestingDepth or larger than
// kMaxDocumentBytes; `out` is then unchanged. With a charge the bytes are charged, large ones while
// they are written: `resource_exhausted` when they cannot be had.
Status encode_document(const Value& value, Bytes& out, Charge* charge = nullptr);

// Everything or `corrupt`. Never reads outside `document`.
Result<Value> decode_document(BytesView document);

// A check of every byte: structure, UTF-8, unique names, the name index, shortest widths.
Status validate_document(BytesView document);

// A place inside encoded bytes, which must outlive it. Malformed bytes make things absent, never
// unsafe; `to_value` says what is wrong.
class DocumentView {
 public:
  explicit DocumentView(BytesView bytes) : bytes_(bytes) {}

  std::optional<Type> type() const;
  BytesView bytes() const { return bytes_; }
  Result<Value> to_value() const { return decode_document(bytes_); }

  // Elements or fields; 0 for scalars.
  std::size_t size() const;
  std::optional<DocumentView> element(std::size_t index) const;
  std::optional<std::pair<std::string_view, DocumentView>> field(std::size_t index) const;
  std::optional<DocumentView> find(std::string_view name) const;

  // The text of a string, without a copy.
  std::optional<std::string_view> as_string() const;

 private:
  BytesView bytes_;
};

}  // namespace octavo::value
