// Equality: the native order's, except that field order does not matter inside objects.

#include <algorithm>

#include "value/heap.h"
#include "value/number.h"

namespace octavo::value {
namespace {

// One value and its copy: large values share most of their parts with earlier ones.
template <class View>
bool same_place(const View& a, const View& b) {
  return a.data() == b.data() && a.size() == b.size();
}

bool equal_objects(const Value& a, const Value& b) {
  const ObjectView left = a.as_object();
  const ObjectView right = b.as_object();
  if (left.size() != right.size()) return false;
  if (same_place(left, right)) return true;
  for (std::size_t i = 0; i < left.size(); ++i) {
    // Objects of one origin mostly have their fields in one order.
    const Value* other = right[i].name == left[i].name ? &right[i].value : b.find(left[i].name);
    if (other == nullptr || !(left[i].value == *other)) return false;
  }
  return true;
}

}  // namespace

bool operator==(const Value& a, const Value& b) {
  if (a.type() != b.type()) {
    return a.is_number() && b.is_number() && compare_numbers(a, b) == 0;
  }
  switch (a.type()) {
    case Type::array:
      return same_place(a.as_array(), b.as_array()) ||
             std::ranges::equal(a.as_array(), b.as_array());
    case Type::string:
      return same_place(a.as_string(), b.as_string()) || a.as_string() == b.as_string();
    case Type::object:
    case Type::geometry: return equal_objects(a, b);
    case Type::javascript: {
      const Value* left = a.javascript_scope();
      const Value* right = b.javascript_scope();
      if (a.javascript_code() != b.javascript_code()) return false;
      if (left == nullptr || right == nullptr) return left == right;
      return *left == *right;
    }
    default: return compare(a, b) == 0;
  }
}

}  // namespace octavo::value
