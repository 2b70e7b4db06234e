#include "value/indexable.h"

#include <algorithm>

namespace octavo::value {
namespace {

template <bool kNulls>
bool has_place(const Value& key) {
  switch (key.type()) {
    case Type::null: return kNulls;
    case Type::min_key:
    case Type::max_key:
    case Type::object:
    case Type::geometry:
    case Type::undefined:
    case Type::regex:
    case Type::javascript: return false;
    case Type::array: return std::ranges::all_of(key.as_array(), has_place<kNulls>);
    default: return true;
  }
}

}  // namespace

bool indexable(const Value& key) { return has_place<false>(key); }
bool indexable_or_null(const Value& key) { return has_place<true>(key); }

}  // namespace octavo::value
