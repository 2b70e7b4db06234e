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
    case Shape::typed: break;
  }
  return false;
}

Form form_of(const value::ColumnType& type) {
  using value::Type;
  if (!type.type) return Form::none;
  switch (*type.type) {
    case Type::boolean: return type.physical == Physical::boolean ? Form::boolean : Form::none;
    case Type::int64: return type.physical == Physical::int64 ? Form::integer : Form::none;
    case Type::decimal: return type.physical == Physical::int64 ? Form::decimal : Form::none;
    case Type::float64: return type.physical == Physical::float64 ? Form::real : Form::none;
    case Type::string: return type.physical == Physical::text ? Form::text : Form::none;
    case Type::bytes: return type.physical == Physical::text ? Form::bytes : Form::none;
    case Type::date: return type.physical == Physical::int32 ? Form::date : Form::none;
    case Type::time_of_day: return type.physical == Physical::int64 ? Form::time : Form::none;
    case Type::timestamp: return type.physical == Physical::instant ? Form::instant : Form::none;
    default: return Form::none;
  }
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

// Values keep all that they have.
value::Want want_of(Shape shape) {
  switch (shape) {
    case Shape::number: return value::Want::number;
    case Shape::any: return value::Want::marked;
    case Shape::boolean:
    case Shape::text:
    case Shape::typed: return value::Want::exact;
  }
  return value::Want::exact;
}

}  // namespace

std::vector<value::FieldRequest> requests_of(std::span<const FieldList::Field> fields) {
  std::vector<value::FieldRequest> requests;
  for (const FieldList::Field& field : fields) {
    requests.push_back({.path = value::Path(field.path), .want = want_of(field.shape)});
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
  for (const FieldList::Field& field : fields) {
    Column& column = made.columns_.emplace_back();
    column.shape = field.shape;
    column.missing_is_null = field.missing_is_null;
  }
  made.operands_.resize(fields.size());
  return made;
}

Result<std::span<const Operand>> FieldOperands::set(const value::Batch& batch,
                                                    std::span<const std::size_t> places) {
  const std::size_t rows = batch.rows();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Vector& from = batch.column(places.empty() ? i : places[i]);
    if (columns_[i].shape == Shape::typed) {
      set_typed(from, rows, columns_[i], operands_[i]);
      continue;
    }
    if (set_direct(from, rows, columns_[i], operands_[i])) continue;
    TRY_STATUS(convert(from, rows, columns_[i], operands_[i]));
  }
  return std::span<const Operand>(operands_);
}

void FieldOperands::set_typed(const Vector& from, std::size_t rows, Column& column,
                              Operand& operand) {
  const Form form = from.form() == Vector::Form::flat ? form_of(from.type()) : Form::none;
  const Parts parts = parts_of(from);
  operand = {.values = parts.values, .form = form, .scale = from.type().scale};
  const value::Validity& validity = *parts.validity;
  if (form != Form::none && validity.all()) return;
  column.states.assign(rows, form == Form::none ? kDeferred : kPresent);
  for (std::size_t row = 0; row < rows; ++row) {
    if (const auto absence = from.absence(row)) {
      const State state = state_of(*absence);
      column.states[row] = state == kMissing && column.missing_is_null ? kNull : state;
    }
  }
  operand.states = column.states.data();
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
    case Shape::typed: break;  // has a function of its own
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
