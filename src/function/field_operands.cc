#include "function/field_operands.h"

#include "value/number.h"

namespace octavo::function {
namespace {

using value::Physical;
using value::Vector;

State state_of(value::Absence absence) {
  switch (absence) {
    case value::Absence::null: return kNull;
    case value::Absence::missing: return kMissing;
    case value::Absence::other: return kDeferred;
  }
  return kDeferred;
}

bool lies_as_shape(const value::ColumnType& type, Shape shape) {
  switch (shape) {
    case Shape::boolean: return type.physical == Physical::boolean;
    case Shape::number: return type.physical == Physical::float64;
    case Shape::text: return type.physical == Physical::text && type.type == value::Type::string;
    case Shape::any: return type.physical == Physical::boxed;
  }
  return false;
}

struct Parts {
  const void* values;
  const value::Validity* validity;
};
Parts parts_of(const Vector& vector) {
  return value::visit_physical(vector.type().physical, [&]<class T>(const T&) -> Parts {
    const auto view = vector.view<T>();
    return {view.values, view.validity};
  });
}

}  // namespace

std::vector<value::FieldRequest> requests_of(std::span<const FieldList::Field> fields) {
  std::vector<value::FieldRequest> requests;
  for (const FieldList::Field& field : fields) {
    requests.push_back(
        {.path = value::Path(field.path),
         .want = field.shape == Shape::number ? value::Want::number : value::Want::exact});
  }
  return requests;
}

Result<FieldOperands> FieldOperands::make(std::span<const FieldList::Field> fields,
                                          const EvalContext& context) {
  value::Charge held(context.account);
  for (const FieldList::Field& field : fields) {
    // A state, a value of the shape and the value that it was converted from.
    TRY_STATUS(held.add(value::kBatchRows * (1 + bytes_of(field.shape) + sizeof(value::Value))));
  }
  FieldOperands made(std::move(held));
  for (const FieldList::Field& field : fields) made.columns_.emplace_back().shape = field.shape;
  made.operands_.resize(fields.size());
  return made;
}

Result<std::span<const Operand>> FieldOperands::set(const value::Batch& batch) {
  const std::size_t rows = batch.rows();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (set_direct(batch.column(i), rows, columns_[i], operands_[i])) continue;
    TRY_STATUS(convert(batch.column(i), rows, columns_[i], operands_[i]));
  }
  return std::span<const Operand>(operands_);
}

// Without a copy of the values.
bool FieldOperands::set_direct(const Vector& from, std::size_t rows, Column& column,
                               Operand& operand) {
  if (from.form() != Vector::Form::flat || !lies_as_shape(from.type(), column.shape)) return false;
  const Parts parts = parts_of(from);
  operand = {.values = parts.values, .states = nullptr};
  const value::Validity& validity = *parts.validity;
  if (validity.all()) return true;
  column.states.assign(rows, kPresent);
  for (std::size_t row = 0; row < rows; ++row) {
    if (!validity.has(row)) column.states[row] = state_of(validity.why(row));
  }
  operand.states = column.states.data();
  return true;
}

Status FieldOperands::convert(const Vector& from, std::size_t rows, Column& column,
                              Operand& operand) {
  column.states.assign(rows, kPresent);
  column.values.clear();
  column.values.reserve(rows);  // texts below refer to them
  for (std::size_t row = 0; row < rows; ++row) {
    if (const auto absence = from.absence(row)) column.states[row] = state_of(*absence);
    TRY(value::Value value, from.at(row));
    if (value.is_null() && column.states[row] == kPresent) column.states[row] = kNull;
    column.values.push_back(std::move(value));
  }
  operand.states = column.states.data();
  // What the shape does not hold is deferred.
  const auto fill = [&]<class T>(std::vector<T>& into, auto&& holds, auto&& get) {
    into.assign(rows, T());
    for (std::size_t row = 0; row < rows; ++row) {
      if (column.states[row] != kPresent) continue;
      if (holds(column.values[row])) {
        into[row] = get(column.values[row]);
      } else {
        column.states[row] = kDeferred;
      }
    }
    operand.values = into.data();
  };
  switch (column.shape) {
    case Shape::any: operand.values = column.values.data(); break;
    case Shape::boolean:
      fill(
          column.booleans,
          [](const value::Value& value) { return value.type() == value::Type::boolean; },
          [](const value::Value& value) { return std::uint8_t{value.as_boolean()}; });
      break;
    case Shape::text:
      fill(
          column.texts, [](const value::Value& value) { return value.is_string(); },
          [](const value::Value& value) { return value::StringRef(value.as_string()); });
      break;
    case Shape::number:
      fill(
          column.numbers,
          [](const value::Value& value) {
            return value.is_number() && value::floor_double(value).exact;
          },
          [](const value::Value& value) { return value.to_double(); });
      break;
  }
  return {};
}

}  // namespace octavo::function
