#include "exec/sort_keys.h"

#include "value/order_key.h"

namespace octavo::exec {
namespace {

using value::Value;

value::KeyOrder order_of(algebra::Direction direction) {
  return direction == algebra::Direction::ascending ? value::KeyOrder::ascending
                                                    : value::KeyOrder::descending;
}

}  // namespace

void append_sort_key(const algebra::Sort& sort, std::size_t i, const std::optional<Value>& found,
                     Bytes& out) {
  append_sort_key(sort.keys[i].direction, sort.order, found ? *found : Value::min_key(), out);
}

void append_sort_key(algebra::Direction direction, value::Order order, const Value& found,
                     Bytes& out) {
  value::encode_order_key(found, order, out, order_of(direction));
}

Status append_sort_key(const algebra::Sort& sort, std::size_t i, const value::Vector& field,
                       std::size_t row, Bytes& out) {
  const value::KeyOrder direction = order_of(sort.keys[i].direction);
  const value::ColumnType& type = field.type();
  if (type.physical == value::Physical::text && type.type == value::Type::string) {
    const auto texts = field.view<value::StringRef>();
    if (texts.has(row)) {
      value::encode_order_key_of_text(texts[row].view(), sort.order, out, direction);
      return {};
    }
  }
  if (field.absence(row) == value::Absence::missing) {
    append_sort_key(sort, i, std::nullopt, out);
    return {};
  }
  TRY(const Value found, field.at(row));
  value::encode_order_key(found, sort.order, out, direction);
  return {};
}

bool append_sort_key(const algebra::Sort& sort, std::size_t i, const function::Operand& operand,
                     std::size_t row, Bytes& out) {
  if (operand.state(row) != function::kPresent) return false;
  const value::KeyOrder direction = order_of(sort.keys[i].direction);
  if (operand.form == function::Form::text) {
    const auto& text = operand.as<value::StringRef>()[row];
    value::encode_order_key_of_text(text.view(), sort.order, out, direction);
    return true;
  }
  if (operand.form != function::Form::bytes || sort.order != value::Order::native) return false;
  const auto& bytes = operand.as<value::StringRef>()[row];
  value::encode_key_of_bytes(bytes.view(), out, direction);
  return true;
}

void append_key(value::Order order, const function::Operand& operand, std::size_t row, Bytes& out) {
  if (operand.form == function::Form::text) {
    const auto& text = operand.as<value::StringRef>()[row];
    value::encode_order_key_of_text(text.view(), order, out);
    return;
  }
  value::encode_order_key(function::typed_value(operand, row), order, out);
}

Status check_most(const algebra::Sort& sort, std::size_t held) {
  if (!sort.most || held <= sort.most->rows) return {};
  return fail(Code::resource_exhausted, sort.most->refusal);
}

}  // namespace octavo::exec
