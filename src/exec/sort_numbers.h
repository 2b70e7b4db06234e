#pragma once

// One part of the keys of all rows that a sort holds, as a number for each row. What it takes is
// charged to the query before it is allocated. One thread at a time uses it.

#include <cstdint>
#include <span>
#include <vector>

#include "exec/charged_room.h"
#include "exec/key_numbers.h"
#include "exec/text_numbers.h"
#include "value/order_key.h"

namespace octavo::exec {

class SortNumbers {
 public:
  using Number = KeyNumbers::Number;

  // `missing`: as of KeyNumbers.
  SortNumbers(algebra::Direction direction, value::Order order, Number missing, QueryContext& query)
      : direction_(direction),
        order_(order),
        missing_(missing),
        numbers_of_(order, missing),
        texts_(query),
        held_(query) {}

  // Adds the rows of a batch. False: some of them have no numbers; others of the batch may have
  // been added. `few`: there will be too few rows for texts to have numbers.
  Result<bool> add(const value::Vector& field, std::span<const std::uint16_t> rows, bool few);
  Result<bool> add(const function::Operand& typed, std::span<const std::uint16_t> rows, bool few);
  // Forgets rows behind the first ones.
  void keep_first(std::size_t rows) { numbers_.resize(rows); }

  std::size_t rows() const { return numbers_.size(); }
  // Before `finish`: appends the bytes that sort_keys.h has for the part of a row.
  void append_key(std::size_t row, Bytes& out) const;
  // Once, when there are no more. From then on `number` is for the rows: the least one comes first.
  Status finish();
  Number number(std::size_t row) const { return numbers_[row]; }

  // What it holds, and what further rows need at once.
  std::size_t bytes() const { return numbers_.capacity() * sizeof(Number) + texts_.bytes(); }
  std::size_t room(std::size_t rows) const { return room_to_make(numbers_, rows); }

 private:
  // What texts lie as.
  enum class Texts : std::uint8_t { none, strings, bytes };

  template <class Field>
  Result<bool> add_numbers(const Field& field, std::span<const std::uint16_t> rows);
  template <class TextOf, class AbsenceOf>
  Result<bool> add_texts(Texts as, std::span<const std::uint16_t> rows, const TextOf& text,
                         const AbsenceOf& absence);
  bool nulls_come_first(Texts as) const;
  void append_text_key(Texts as, std::string_view text, value::KeyOrder order, Bytes& out) const;

  algebra::Direction direction_;
  value::Order order_;
  Number missing_;
  KeyNumbers numbers_of_;
  TextNumbers texts_;
  Texts has_ = Texts::none;
  MemoryCharge held_;
  std::vector<Number> numbers_;
};

}  // namespace octavo::exec
