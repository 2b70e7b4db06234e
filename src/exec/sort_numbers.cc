#include "exec/sort_numbers.h"

#include <optional>

#include "value/order_key.h"

namespace octavo::exec {
namespace {

using function::Form;
using function::Operand;
using value::Absence;
using value::Physical;
using value::StringRef;

// Numbers of texts stand above those of rows without a value.
constexpr SortNumbers::Number kFirstText = KeyNumbers::kNull + 1;

}  // namespace

Result<bool> SortNumbers::add(const value::Vector& field, std::span<const std::uint16_t> rows,
                              bool few) {
  const value::ColumnType& type = field.type();
  const bool is_string = type.type == value::Type::string;
  if (type.physical != Physical::text || !(is_string || type.type == value::Type::bytes)) {
    return add_numbers(field, rows);
  }
  if (few) return false;
  const auto texts = field.view<StringRef>();
  return add_texts(
      is_string ? Texts::strings : Texts::bytes, rows,
      [&](std::uint16_t row) { return texts[row].view(); },
      [&](std::uint16_t row) { return field.absence(row); });
}

Result<bool> SortNumbers::add(const Operand& typed, std::span<const std::uint16_t> rows, bool few) {
  if (typed.form != Form::text && typed.form != Form::bytes) return add_numbers(typed, rows);
  if (few) return false;
  return add_texts(
      typed.form == Form::text ? Texts::strings : Texts::bytes, rows,
      [&](std::uint16_t row) { return typed.as<StringRef>()[row].view(); },
      [&](std::uint16_t row) -> std::optional<Absence> {
        switch (typed.state(row)) {
          case function::kPresent: return std::nullopt;
          case function::kNull: return Absence::null;
          case function::kMissing: return Absence::missing;
          case function::kDeferred: break;
        }
        return Absence::other;
      });
}

template <class Field>
Result<bool> SortNumbers::add_numbers(const Field& field, std::span<const std::uint16_t> rows) {
  TRY_STATUS(make_room(numbers_, held_, rows.size()));
  const std::size_t first = numbers_.size();
  numbers_.resize(first + rows.size());
  if (!numbers_of_.of(field, rows, numbers_.data() + first)) return false;
  return has_ == Texts::none || !numbers_of_.has_values();
}

template <class TextOf, class AbsenceOf>
Result<bool> SortNumbers::add_texts(Texts as, std::span<const std::uint16_t> rows,
                                    const TextOf& text, const AbsenceOf& absence) {
  const bool fits =
      has_ == Texts::none ? !numbers_of_.has_values() && nulls_come_first(as) : has_ == as;
  // Of other orders only strings are known to be in that of their bytes.
  if (!fits || (as == Texts::bytes && order_ != value::Order::native)) return false;
  has_ = as;
  TRY_STATUS(make_room(numbers_, held_, rows.size()));
  for (const std::uint16_t row : rows) {
    if (const std::optional<Absence> why = absence(row)) {
      if (*why == Absence::other) return false;
      numbers_.push_back(*why == Absence::missing ? missing_ : KeyNumbers::kNull);
      continue;
    }
    TRY(const auto number, texts_.number_of(text(row), numbers_.size()));
    if (!number) return false;
    numbers_.push_back(kFirstText + *number);
  }
  return true;
}

bool SortNumbers::nulls_come_first(Texts as) const {
  Bytes null;
  value::encode_order_key(value::Value(), order_, null);
  Bytes least;
  append_text_key(as, {}, value::KeyOrder::ascending, least);
  return null < least;
}

void SortNumbers::append_text_key(Texts as, std::string_view text, value::KeyOrder order,
                                  Bytes& out) const {
  if (as == Texts::bytes) {
    value::encode_key_of_bytes(text, out, order);
  } else {
    value::encode_order_key_of_text(text, order_, out, order);
  }
}

void SortNumbers::append_key(std::size_t row, Bytes& out) const {
  const Number number = numbers_[row];
  const auto order = direction_ == algebra::Direction::ascending ? value::KeyOrder::ascending
                                                                 : value::KeyOrder::descending;
  if (has_ != Texts::none && number >= kFirstText) {
    append_text_key(has_, texts_.text(static_cast<TextNumbers::Number>(number - kFirstText)), order,
                    out);
    return;
  }
  // As sort_keys.h has it, what is missing sorts below every value.
  const auto found = numbers_of_.value_of(number);
  value::encode_order_key(found ? *found : value::Value::min_key(), order_, out, order);
}

Status SortNumbers::finish() {
  if (has_ != Texts::none) {
    TRY_STATUS(texts_.rank([this](std::string_view text, Bytes& out) {
      append_text_key(has_, text, value::KeyOrder::ascending, out);
    }));
    for (Number& number : numbers_) {
      if (number < kFirstText) continue;
      number = kFirstText + texts_.ranked(static_cast<TextNumbers::Number>(number - kFirstText));
    }
  }
  if (direction_ == algebra::Direction::descending) {
    for (Number& number : numbers_) number = ~number;
  }
  return {};
}

}  // namespace octavo::exec
