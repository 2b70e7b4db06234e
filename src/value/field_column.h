#pragma once

// One column of a FieldDecoder: encoded values, row by row, into a vector of the type that they
// have in this batch.

#include <optional>

#include "base/bytes.h"
#include "value/vector.h"

namespace octavo::value {

enum class Want : std::uint8_t {
  // As it is: a vector of the one type that all rows of the batch have, where that lies in a vector
  // (booleans, int64, uint64, float64, texts, times, decimals of one scale and up to 18 digits);
  // else encoded.
  exact,
  // The same, but an integer that is marked as int32 is encoded: a vector has no place for the
  // mark.
  marked,
  // float64: integers within ±2⁵³ exactly, other numbers and everything else are `other`.
  number,
  // Its bytes, whatever it is. What is inside of them is not looked at.
  encoded,
};

// Null values are absent in all of them (Absence::null). One thread at a time uses it; OutOfMemory
// as a Vector has it.
class FieldColumn {
 public:
  explicit FieldColumn(Want want);

  // Of what the schema declares.
  static ColumnType declared(Want want);

  // A batch of up to `rows` rows for the time being, in the memory of a vector that is not needed.
  void start(Vector memory, std::size_t rows);
  void grow(std::size_t rows);
  // Rows come in order, each once. False: the bytes are no value.
  bool put(std::size_t row, BytesView value);
  void miss(std::size_t row, Absence why) { vector_.validity().clear(row, why); }
  // Of texts and encoded values in this batch.
  std::size_t text_bytes() const { return text_bytes_; }
  // The first rows of them. `start` comes next.
  Vector finish(std::size_t rows);

 private:
  // How values lie in the vector: each a type, or encoded.
  enum class Form : std::uint8_t;
  struct Forms;

  static ColumnType type_of(Form form, std::uint8_t scale = 0);
  bool put_decimal(std::size_t row, BytesView value);
  bool put_exact(std::size_t row, Form form, BytesView value);
  bool put_number(std::size_t row, Form form, BytesView value);
  bool store(std::size_t row, BytesView value);
  bool store_text(std::size_t row, BytesView text);
  void become(Form form, std::size_t rows);
  template <class T>
  bool store(std::size_t row, const std::optional<T>& value);

  Want want_;
  Form form_;
  std::uint8_t scale_ = 0;   // of decimals
  bool has_values_ = false;  // in this batch
  Vector vector_;
  char* raw_ = nullptr;  // its rows
  std::size_t text_bytes_ = 0;
};

}  // namespace octavo::value
