#pragma once

// Rows of batches as packets: a packet for each row, of texts or in the binary form of prepared
// statements. No I/O.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "dialect/sql/error/error.h"
#include "protocol/mysql/column.h"
#include "protocol/mysql/packet.h"
#include "value/batch.h"

namespace octavo::mysql {

enum class RowForm : std::uint8_t {
  text,
  binary,
};

// The cells of one column, for some rows, one behind the other.
struct Cells {
  Bytes bytes;
  std::vector<std::size_t> ends;    // in `bytes`
  std::vector<std::uint8_t> nulls;  // 1: the row has none

  void clear() {
    bytes.clear();
    ends.clear();
    nulls.clear();
  }
  BytesView of(std::size_t i) const {
    const std::size_t start = i == 0 ? 0 : ends[i - 1];
    return BytesView(bytes).substr(start, ends[i] - start);
  }
};

// Behind `cells`, those of `rows` of the vector.
Status encode_cells(const Column& column, RowForm form, const value::Vector& vector,
                    std::span<const std::uint16_t> rows, Cells& cells);

// One cell from a boxed value that is not null; what the column's type cannot hold is an error.
Status put_cell(Bytes& out, const Column& column, RowForm form, const value::Value& value);

class RowEncoder {
 public:
  // `columns` outlive it.
  RowEncoder(std::span<const Column> columns, RowForm form)
      : columns_(columns), form_(form), cells_(columns.size()) {}

  // The selected rows of `batch` from number `from` on, which moves on; at most `most` of them, and
  // no further ones once `out` has `enough` bytes. A row that could not be computed is an error.
  // `out` may grow beyond what is enough by a tile, which is of few rows where they are large.
  Status encode(const value::Batch& batch, std::size_t& from, std::size_t most, Sequence& sequence,
                Bytes& out, std::size_t enough);

 private:
  std::size_t put_rows(std::size_t count, Sequence& sequence, Bytes& out);
  void put_row(std::size_t i, Bytes& out);
  std::size_t head_bytes() const;

  const std::span<const Column> columns_;
  const RowForm form_;
  std::vector<Cells> cells_;
  std::vector<std::uint16_t> rows_;
  std::size_t tile_rows_ = 1;
};

}  // namespace octavo::mysql
