#pragma once

// The values at a path of a document, as filters see them: on the way an array stands for each of
// its elements that is a document, and, where a name is the number of an element, for that element.
// What is found may be an array; then its elements are found, and the array itself after them.
//
// A name that leads nowhere is found as nothing (null), once for each document where it ends so.
// There is nothing at all in an array on the way that has no such elements.

#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>

#include "value/value.h"

namespace octavo::mongodb {

// Positions of elements: of the outermost array on the way.
constexpr std::size_t kNoPosition = static_cast<std::size_t>(-1);

enum class Leaf : std::uint8_t {
  elements,  // of an array that is found, and the array
  whole,     // the array alone
};

inline bool is_document(const value::Value& value) {
  return value.is_object() || value.type() == value::Type::geometry;
}

// The position that a name stands for in arrays: digits without a zero before them.
inline std::optional<std::size_t> position_of(std::string_view name) {
  if (name.empty() || name.front() < '0' || name.front() > '9') return std::nullopt;
  if (name.front() == '0' && name.size() > 1) return std::nullopt;
  std::size_t position = 0;
  const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), position);
  if (problem != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return position;
}

// Calls `visit(const Value* found, std::size_t position)` until it returns true, which is returned.
template <class Visit>
class Walk {
 public:
  Walk(Leaf leaf, Visit& visit) : leaf_(leaf), visit_(visit) {}

  // `names` are strings. An array at the root is a document whose fields are its elements.
  bool from(const value::Value* root, value::ArrayView names) {
    if (root == nullptr || names.empty()) return visit_(root, kNoPosition);
    if (!root->is_array()) return below(*root, names, kNoPosition);
    const auto position = position_of(names.front().as_string());
    const value::ArrayView elements = root->as_array();
    if (!position || *position >= elements.size()) return visit_(nullptr, kNoPosition);
    return at(elements[*position], names.subspan(1), kNoPosition);
  }

 private:
  static std::size_t outer(std::size_t position, std::size_t here) {
    return position == kNoPosition ? here : position;
  }

  bool at(const value::Value& value, value::ArrayView names, std::size_t position) {
    return names.empty() ? found(value, position) : below(value, names, position);
  }

  bool below(const value::Value& value, value::ArrayView names, std::size_t position) {
    if (value.is_array()) return among(value.as_array(), names, position);
    const value::Value* child = value.find(names.front().as_string());
    if (child == nullptr) return visit_(nullptr, position);
    return at(*child, names.subspan(1), position);
  }

  bool among(value::ArrayView elements, value::ArrayView names, std::size_t position) {
    const auto named = position_of(names.front().as_string());
    const value::ArrayView rest = names.subspan(1);
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const value::Value& element = elements[i];
      if (is_document(element) && below(element, names, outer(position, i))) return true;
      if (named != i) continue;
      // An element that is named is found as it is, whatever array it may be.
      if (rest.empty()) {
        if (visit_(&element, position)) return true;
      } else if (is_document(element) || element.is_array()) {
        if (below(element, rest, position)) return true;
      }
    }
    return false;
  }

  bool found(const value::Value& value, std::size_t position) {
    if (leaf_ == Leaf::elements && value.is_array()) {
      const value::ArrayView elements = value.as_array();
      for (std::size_t i = 0; i < elements.size(); ++i) {
        if (visit_(&elements[i], outer(position, i))) return true;
      }
    }
    return visit_(&value, position);
  }

  Leaf leaf_;
  Visit& visit_;
};

}  // namespace octavo::mongodb
