#pragma once

// A value in `rows`: u8 format (1), the position of the commit that wrote it, the document.
// docs/formats/transaction.md

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/lsn.h"

namespace octavo::txn {

inline constexpr char kRowFormat = 1;
inline constexpr std::size_t kRowHeaderSize = 1 + kEncodedLsnSize;

struct RowView {
  Lsn written;         // the row's version
  BytesView document;  // see value/document.h
};

inline void put_row_header(Bytes& out, Lsn written) {
  out.push_back(kRowFormat);
  put_lsn(out, written);
}

// Nothing if the header is not one that this version writes.
inline std::optional<BytesView> document_in(BytesView row) {
  if (row.size() < kRowHeaderSize || row[0] != kRowFormat) return std::nullopt;
  return row.substr(kRowHeaderSize);
}
inline std::optional<RowView> parse_row(BytesView row) {
  const auto document = document_in(row);
  if (!document) return std::nullopt;
  ByteReader reader(row.substr(1));
  return RowView{*get_lsn(reader), *document};
}

}  // namespace octavo::txn
