#include "value/indexable.h"

#include <algorithm>

namespace octavo::value {

bool indexable(const Value& key) {
  switch (key.type()) {
    case Type::null:
    case Type::min_key:
    case Type::max_key:
    case Type::object:
    case Type::geometry:
    case Type::undefined:
    case Type::regex:
    case Type::javascript: return false;
    case Type::array: return std::ranges::all_of(key.as_array(), indexable);
    default: return true;
  }
}

}  // namespace octavo::value
