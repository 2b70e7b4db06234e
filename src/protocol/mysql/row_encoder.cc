#include "protocol/mysql/row_encoder.h"

#include <algorithm>

#include "base/limits.h"

namespace octavo::mysql {
namespace {

// So few that what is written is still in the cache when it is put together.
constexpr std::size_t kMaxTileRows = 64;
constexpr std::size_t kUsualTileBytes = 64 * kKiB;
constexpr std::size_t kBinaryHeadBits = 2;  // unused, in front of the bitmap of nulls

const value::RowError* find_error(const value::Batch& batch, std::span<const std::uint16_t> rows) {
  for (const value::RowError& error : batch.errors()) {
    if (std::ranges::binary_search(rows, error.row)) return &error;
  }
  return nullptr;
}

}  // namespace

Status RowEncoder::encode(const value::Batch& batch, std::size_t& from, std::size_t most,
                          Sequence& sequence, Bytes& out, std::size_t enough) {
  const std::size_t end = std::min(batch.size(), from + std::min(most, batch.size()));
  while (from < end && out.size() < enough) {
    const std::size_t count = std::min(tile_rows_, end - from);
    rows_.clear();
    for (std::size_t i = from; i < from + count; ++i) {
      rows_.push_back(batch.selection() != nullptr ? batch.selection()->rows()[i]
                                                   : static_cast<std::uint16_t>(i));
    }
    if (const auto* error = find_error(batch, rows_)) {
      return std::unexpected(sql::with_number(error->error));
    }
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      cells_[c].clear();
      TRY_STATUS(encode_cells(columns_[c], form_, batch.column(c), rows_, cells_[c]));
    }
    const std::size_t bytes = put_rows(count, sequence, out);
    from += count;
    // By the rows that there were: the next ones are hardly much larger.
    tile_rows_ = bytes <= kUsualTileBytes ? std::min(2 * tile_rows_, kMaxTileRows)
                                          : std::max<std::size_t>(tile_rows_ / 2, 1);
  }
  return {};
}

std::size_t RowEncoder::head_bytes() const {
  if (form_ == RowForm::text) return 0;
  constexpr std::size_t kBits = 8;
  return 1 + (columns_.size() + kBinaryHeadBits + kBits - 1) / kBits;
}

// How many bytes that were.
std::size_t RowEncoder::put_rows(std::size_t count, Sequence& sequence, Bytes& out) {
  std::size_t bytes = count * (kHeaderBytes + head_bytes());
  for (const Cells& cells : cells_) bytes += cells.bytes.size();
  if (out.capacity() - out.size() < bytes)
    out.reserve(std::max(2 * out.size(), out.size() + bytes));
  PacketWriter packet(out, sequence);
  for (std::size_t i = 0; i < count; ++i) {
    put_row(i, packet.begin());
    packet.end();
  }
  return bytes;
}

void RowEncoder::put_row(std::size_t i, Bytes& out) {
  const std::size_t start = out.size();
  out.append(head_bytes(), '\0');
  if (form_ == RowForm::binary) {
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (cells_[c].nulls[i] == 0) continue;
      const std::size_t bit = c + kBinaryHeadBits;
      char& byte = out[start + 1 + bit / 8];
      byte = static_cast<char>(byte | 1 << bit % 8);
    }
  }
  for (const Cells& cells : cells_) out.append(cells.of(i));
}

}  // namespace octavo::mysql
