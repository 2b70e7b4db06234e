#include "value/vector.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>

namespace octavo::value {
namespace {

std::uint32_t row_count(std::size_t rows) {
  ASSERT(rows <= std::numeric_limits<std::uint32_t>::max());
  return static_cast<std::uint32_t>(rows);
}

}  // namespace

void Vector::Data::destroy_boxed(std::size_t from) noexcept {
  if (from >= boxed) return;
  std::destroy(values.as<Value>() + from, values.as<Value>() + boxed);
  boxed = static_cast<std::uint32_t>(from);
}

Vector Vector::flat(ColumnType type, std::size_t rows) {
  Vector made;
  made.restart(std::move(type), rows);
  return made;
}

Vector Vector::constant(ColumnType type, const Value& value, std::size_t rows) {
  Vector made = flat(std::move(type), 1);
  made.put(0, value);  // what the type cannot hold is `other` in every row
  made.form_ = Form::constant;
  made.rows_ = row_count(rows);
  return made;
}

Vector Vector::dictionary(const Vector& child, std::span<const std::uint32_t> indices) {
  Vector made;
  made.data_ = child.data_;
  made.rows_ = row_count(indices.size());
  made.form_ = child.form_ == Form::constant ? Form::constant : Form::dictionary;
  if (made.form_ == Form::constant) return made;
  made.indices_ = Ref<Indices>::make();
  made.indices_->of = Buffer(indices.size() * sizeof(std::uint32_t));
  auto* const places = made.indices_->of.as<std::uint32_t>();
  for (std::size_t i = 0; i < indices.size(); ++i) {
    ASSERT(indices[i] < child.rows_);
    places[i] = static_cast<std::uint32_t>(child.place(indices[i]));
  }
  return made;
}

void Vector::restart(ColumnType type, std::size_t rows) {
  ASSERT(!type.is_dynamic() || type.physical == Physical::encoded ||
         type.physical == Physical::boxed);
  if (!data_.is_alone()) data_ = Ref<Data>::make();
  indices_ = {};
  form_ = Form::flat;
  rows_ = 0;
  Data& data = *data_;
  data.destroy_boxed(0);
  data.validity = {};
  if (data.arena.is_alone()) {
    data.arena->clear();
  } else {
    data.arena = {};
  }
  data.elements = {};
  data.type = std::move(type);
  resize(rows);
}

void Vector::resize(std::size_t rows) {
  Data& data = own();
  const bool boxed = data.type.physical == Physical::boxed;
  const std::size_t row_bytes = bytes_of(data.type.physical);
  if (boxed) data.destroy_boxed(rows);
  const std::size_t kept = std::min<std::size_t>(rows, rows_);
  if (rows * row_bytes > data.values.bytes()) {
    // Doubled, because lists add their elements row by row. Values may be moved by their bytes.
    Buffer grown(std::max(rows, 2 * kept) * row_bytes);
    if (kept != 0) std::memcpy(grown.data(), data.values.data(), kept * row_bytes);
    data.values = std::move(grown);
  }
  if (boxed) {
    std::uninitialized_value_construct_n(data.values.as<Value>() + kept, rows - kept);
    data.boxed = row_count(rows);
  } else if (rows > kept) {
    std::memset(data.values.data() + kept * row_bytes, 0, (rows - kept) * row_bytes);
  }
  data.validity.resize(rows);
  rows_ = row_count(rows);
}

StringArena& Vector::arena() {
  Data& data = own();
  if (!data.arena) data.arena = Ref<StringArena>::make();
  return *data.arena;
}

Vector& Vector::elements() {
  Data& data = own();
  ASSERT(data.type.physical == Physical::list);
  if (!data.elements.data_) data.elements = flat(*data.type.element, 0);
  return data.elements;
}

std::size_t Vector::place(std::size_t row) const {
  ASSERT(row < rows_);
  switch (form_) {
    case Form::flat: return row;
    case Form::constant: return 0;
    case Form::dictionary: return indices_->of.as<std::uint32_t>()[row];
  }
  std::unreachable();
}

std::optional<Absence> Vector::absence(std::size_t row) const {
  const std::size_t at = place(row);
  if (data_->validity.has(at)) return std::nullopt;
  return data_->validity.why(at);
}

std::size_t Vector::bytes() const {
  if (!data_) return 0;
  return data_->values.bytes() + data_->validity.bytes() +
         (data_->arena ? data_->arena->bytes() : 0) + data_->elements.bytes() +
         (indices_ ? indices_->of.bytes() : 0);
}

}  // namespace octavo::value
