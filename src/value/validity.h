#pragma once

// Which rows of a vector have a value, and why the others have none. Nothing is stored while every
// row has one; one bit a row from the first that has none; one byte a row from the first that is
// not simply null. Changed by the one holder of its vector.

#include "value/buffer.h"

namespace octavo::value {

enum class Absence : std::uint8_t {
  null,     // there is a value, and it is null
  missing,  // there is none: the document lacks the field
  other,    // there is one that the vector's type cannot hold
};

class Validity {
 public:
  bool all() const { return !present_; }
  bool has(std::size_t row) const {
    ASSERT(row < rows_);
    return !present_ || ((present_.as<std::uint64_t>()[row / 64] >> (row % 64)) & 1) != 0;
  }
  // Of a row without a value.
  Absence why(std::size_t row) const {
    ASSERT(row < rows_);
    return reasons_ ? static_cast<Absence>(reasons_.as<std::uint8_t>()[row]) : Absence::null;
  }
  void clear(std::size_t row, Absence why);
  void set(std::size_t row) {  // it has a value again
    ASSERT(row < rows_);
    if (present_) present_.as<std::uint64_t>()[row / 64] |= std::uint64_t{1} << (row % 64);
  }

  std::size_t rows() const { return rows_; }
  // Further rows have values.
  void resize(std::size_t rows);
  std::size_t bytes() const { return present_.bytes() + reasons_.bytes(); }

 private:
  std::size_t rows_ = 0;
  Buffer present_;  // a bit for each row; none: all have values
  Buffer reasons_;  // an Absence for each row; none: all are null
};

}  // namespace octavo::value
