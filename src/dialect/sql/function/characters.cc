#include "dialect/sql/function/characters.h"

#include "value/utf8.h"

namespace octavo::sql {

Characters Characters::of(const value::Value& value) {
  const bool bytes = value.type() == value::Type::bytes;
  return Characters(bytes ? value.as_bytes() : value.as_string(), bytes);
}

std::size_t Characters::count() const {
  return bytes_ ? content_.size() : value::count_code_points(content_);
}

std::size_t Characters::offset(std::uint64_t number) const {
  if (number >= content_.size()) return content_.size();
  const auto place = static_cast<std::size_t>(number);
  return bytes_ ? place : value::code_point_offset(content_, place);
}

}  // namespace octavo::sql
