#pragma once

// A part of the keys of rows as numbers, 64 bits each, whose order is that of the part: of integers
// and reals, decimals of one scale, dates and times, booleans. What such a part is not, who sorts
// compares as bytes (sort_keys.h).
//
// All numbers of one object are of one type of values, the first that it was given; null and what
// is missing come below all of that. One thread at a time uses it.

#include <cstdint>
#include <optional>
#include <span>

#include "algebra/plan.h"
#include "function/program.h"
#include "value/value.h"
#include "value/vector.h"

namespace octavo::exec {

class KeyNumbers {
 public:
  using Number = std::uint64_t;
  // Of rows without a value; values have greater ones.
  static constexpr Number kMissing = 0;
  static constexpr Number kNull = 1;

  // `missing`: what rows have that miss the part, `kMissing` or `kNull`.
  explicit KeyNumbers(value::Order order, Number missing = kMissing)
      : order_(order), missing_(missing) {}

  // The numbers of some rows of a field, to `out`: as many. False: some of them have none here.
  bool of(const value::Vector& field, std::span<const std::uint16_t> rows, Number* out);
  // The same of what a program has computed.
  bool of(const function::Operand& typed, std::span<const std::uint16_t> rows, Number* out);

  // Whether any of the rows had a value.
  bool has_values() const { return type_.kind != Kind::none; }
  // The value that compares as the number does; nothing: it is missing.
  std::optional<value::Value> value_of(Number number) const;

 private:
  enum class Kind : std::uint8_t {
    none,  // of nothing but rows without a value
    boolean,
    integer,
    decimal,
    real,
    date,
    time,
    duration,
    instant,
  };
  struct Type {
    Kind kind = Kind::none;
    std::uint8_t scale = 0;  // of decimals
    bool operator==(const Type&) const = default;
  };

  static std::optional<Type> type_of(const value::ColumnType& column);
  static std::optional<Type> type_of(const function::Operand& typed);
  // Whether it is that of the values before, if there were any.
  bool take(const Type& type);
  Number number_of_none(value::Absence why);
  bool nulls_come_first(const Type& type) const;
  // `raw(row)` is what lies there, `absence(row)` says why there is nothing.
  template <class Raw, class AbsenceOf>
  bool fill(const Type& type, std::span<const std::uint16_t> rows, const Raw& raw,
            const AbsenceOf& absence, Number* out);

  value::Order order_;
  Number missing_;
  Type type_;
  bool nulls_first_ = true;  // of that type
  bool has_nulls_ = false;
};

}  // namespace octavo::exec
