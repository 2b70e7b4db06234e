#pragma once

// The fields of an object in name order, as ReQL's order sees them: to it a geometry has one more,
// `$reql_type$`.

#include <algorithm>
#include <vector>

#include "value/heap.h"

namespace octavo::value {

class NameOrder {
 public:
  explicit NameOrder(const Value& object);
  std::size_t size() const { return fields_.size() + (extra_ != nullptr ? 1 : 0); }
  const Field& operator[](std::size_t i) const {
    if (extra_ == nullptr || i < extra_at_) return fields_[positions_[i]];
    return i == extra_at_ ? *extra_ : fields_[positions_[i - 1]];
  }

 private:
  ObjectView fields_;
  std::vector<std::uint32_t> positions_;
  const Field* extra_ = nullptr;
  std::size_t extra_at_ = 0;
};

inline bool is_sorted_by_name(ObjectView fields) {
  return std::ranges::is_sorted(fields, {}, &Field::name);
}

}  // namespace octavo::value
