#pragma once

// Many values of one type side by side, what expressions and operators work on. Cheap to copy.
//
// Filled by one thread, immutable from the moment that it is shared: whoever wants to change one
// that others hold makes another. Memory is charged to the account in use when it is allocated
// (OutOfMemory); a vector on which that was thrown is only destroyed or restarted.

#include <span>

#include "base/result.h"
#include "value/column_type.h"
#include "value/validity.h"

namespace octavo::value {

// How kernels read a vector of any form: the value of row i is values[at(i)]. Valid while the
// vector is, and is not changed.
template <class T>
struct VectorView {
  const T* values;
  const std::uint32_t* indices;  // null: row i itself
  bool constant;
  const Validity* validity;  // of what `values` holds

  std::size_t at(std::size_t row) const {
    return constant ? 0 : indices != nullptr ? indices[row] : row;
  }
  bool has(std::size_t row) const { return validity->has(at(row)); }
  const T& operator[](std::size_t row) const { return values[at(row)]; }
};

class Vector {
 public:
  enum class Form : std::uint8_t {
    flat,        // a value for each row
    constant,    // one for all
    dictionary,  // row i is row indices[i] of a shared child, which is flat
  };

  Vector() = default;  // no rows; to be assigned to
  // Every row has a value, of zero bits: 0, false, an empty text or list, null where they are
  // boxed.
  static Vector flat(ColumnType type, std::size_t rows);
  // As `put` has it for one row.
  static Vector constant(ColumnType type, const Value& value, std::size_t rows);
  // Rows of `child`, in that order, repeats allowed. Indices are below child.rows().
  static Vector dictionary(const Vector& child, std::span<const std::uint32_t> indices);

  const ColumnType& type() const;
  Form form() const { return form_; }
  std::size_t rows() const { return rows_; }

  // For flat vectors that nobody else holds. `T` is what column_type.h says of the physical type.
  template <class T>
  std::span<T> fill();
  StringArena& arena();  // of texts and encoded values
  Validity& validity();
  Vector& elements();  // of lists
  // The row becomes `value`: null, or `other` when the type cannot hold it exactly. False: it is.
  // An encoded one is written twice, and only the copy that stays is charged.
  bool put(std::size_t row, const Value& value);
  // Keeps the first rows; further ones are as in `flat`.
  void resize(std::size_t rows);
  // Becomes flat(type, rows), in the memory that it has if nobody else holds that.
  void restart(ColumnType type, std::size_t rows);

  template <class T>
  VectorView<T> view() const;
  // Boxed: null for a row without a value. `corrupt` for encoded values that cannot be read.
  Result<Value> at(std::size_t row) const;
  // Why a row has no value; unset: it has one.
  std::optional<Absence> absence(std::size_t row) const;
  // What is held, alone or with others; of boxed values their 16 bytes.
  std::size_t bytes() const;

 private:
  struct Data;
  struct Indices {
    std::atomic<std::uint32_t> references{1};
    Buffer of;
  };

  Data& own();
  std::size_t place(std::size_t row) const;

  Ref<Data> data_;
  Ref<Indices> indices_;
  std::uint32_t rows_ = 0;
  Form form_ = Form::flat;
};

// What a vector shares with its copies.
struct Vector::Data {
  Data() = default;
  Data(const Data&) = delete;
  Data& operator=(const Data&) = delete;
  ~Data() { destroy_boxed(0); }

  void destroy_boxed(std::size_t from) noexcept;

  std::atomic<std::uint32_t> references{1};
  std::uint32_t boxed = 0;  // Values in `values`
  ColumnType type;
  Buffer values;
  Validity validity;
  Ref<StringArena> arena;
  Vector elements;
};

inline Vector::Data& Vector::own() {
  ASSERT(form_ == Form::flat && data_.is_alone());
  return *data_;
}

inline const ColumnType& Vector::type() const { return data_->type; }

inline Validity& Vector::validity() { return own().validity; }

template <class T>
std::span<T> Vector::fill() {
  ASSERT(lies_as<T>(data_->type.physical));
  return {own().values.as<T>(), rows_};
}

template <class T>
VectorView<T> Vector::view() const {
  ASSERT(lies_as<T>(data_->type.physical));
  return {.values = data_->values.as<T>(),
          .indices = indices_ ? indices_->of.as<std::uint32_t>() : nullptr,
          .constant = form_ == Form::constant,
          .validity = &data_->validity};
}

}  // namespace octavo::value
