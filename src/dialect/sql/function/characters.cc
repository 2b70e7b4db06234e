#include "dialect/sql/function/characters.h"

#include <algorithm>

namespace octavo::sql {
namespace {

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; }

}  // namespace

Characters Characters::of(const value::Value& value) {
  const bool bytes = value.type() == value::Type::bytes;
  return Characters(bytes ? value.as_bytes() : value.as_string(), bytes);
}

std::size_t Characters::count() const {
  if (bytes_) return content_.size();
  return static_cast<std::size_t>(std::ranges::count_if(content_, begins_character));
}

std::size_t Characters::offset(std::uint64_t number) const {
  if (number >= content_.size()) return content_.size();
  if (bytes_) return static_cast<std::size_t>(number);
  std::size_t at = 0;
  for (; at < content_.size(); ++at) {
    if (begins_character(content_[at]) && number-- == 0) break;
  }
  return at;
}

}  // namespace octavo::sql
