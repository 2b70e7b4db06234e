#pragma once

// Values that were met, as they are compared natively.

#include <unordered_set>

#include "exec/context.h"

namespace octavo::exec {

class SeenValues {
 public:
  explicit SeenValues(QueryContext& query) : memory_(query) {}

  // Whether it was not met before.
  Result<bool> add(const value::Value& value) {
    if (!values_.insert(value).second) return false;
    TRY_STATUS(memory_.add(kEntryBytes));
    return true;
  }

 private:
  static constexpr std::size_t kEntryBytes = 64;  // of the set, beside what the value holds
  struct Hash {
    std::size_t operator()(const value::Value& value) const { return value::hash(value); }
  };

  MemoryCharge memory_;
  std::unordered_set<value::Value, Hash> values_;
};

}  // namespace octavo::exec
