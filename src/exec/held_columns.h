#pragma once

// Rows that an operator holds as columns, and columns of some of them again. What they take is
// charged as vectors have it. Errors: `corrupt`, a field cannot be read. One thread at a time uses
// them.

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "value/vector.h"

namespace octavo::exec {

// Rows of `from`, in that order, in the memory of `memory`. Texts stay where they are: it is good
// as long as `from` is.
Result<value::Vector> some_rows(const value::Vector& from, std::span<const std::uint16_t> rows,
                                value::Vector memory);

// Rows of which none has a value.
value::Vector no_values(std::size_t rows, value::Absence why, value::Vector memory);

class HeldColumn {
 public:
  using Place = std::uint32_t;               // of a row, in the order in which they were added
  static constexpr Place kNone = ~Place{0};  // of no row

  // Rows are copied, texts as well.
  Status add(const value::Vector& from, std::span<const std::uint16_t> rows);

  // The rows at these places; for kNone they have no value. Good as long as this is.
  Result<value::Vector> at(std::span<const Place> places, value::Absence none,
                           value::Vector memory) const;

  std::size_t bytes() const { return full_bytes_ + (blocks_.empty() ? 0 : last_bytes()); }

 private:
  // Each but the last one is full, so that a place says where its row is.
  static constexpr unsigned kRowBits = 11;
  static constexpr std::size_t kBlockRows = std::size_t{1} << kRowBits;
  struct Block {
    value::Vector rows;
    bool has_values = false;
  };

  std::size_t last_bytes() const { return blocks_.back().rows.bytes(); }
  Status add_to_last(const value::Vector& from, std::span<const std::uint16_t> rows);
  Status put_in_last(const value::Vector& from, std::span<const std::uint16_t> rows);
  void note_start();

  std::vector<Block> blocks_;
  std::vector<const void*> starts_;  // the first row of each, as it lies
  std::size_t full_bytes_ = 0;       // of all blocks but the last
  value::ColumnType type_;           // of the first block with values
  bool has_values_ = false;
  bool has_absent_ = false;
  bool is_uniform_ = true;  // all blocks with values are of `type_`
};

}  // namespace octavo::exec
