#pragma once

// Values that were met, as they are compared natively.

#include <unordered_set>

#include "exec/context.h"

namespace octavo::exec {

class SeenValues {
 public:
  explicit SeenValues(QueryContext& query) : memory_(query) {}

  bool contains(const value::Value& value) const { return values_.contains(value); }
  // Whether it was not met before.
  Result<bool> add(const value::Value& value) {
    if (!values_.insert(value).second) return false;
    TRY_STATUS(memory_.add(kEntryBytes));
    bytes_ += kEntryBytes + value.memory_bytes();
    return true;
  }
  // Of what it holds, about.
  std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kEntryBytes = 64;  // of the set, beside what the value holds
  struct Hash {
    std::size_t operator()(const value::Value& value) const { return value::hash(value); }
  };

  MemoryCharge memory_;
  std::unordered_set<value::Value, Hash> values_;
  std::size_t bytes_ = 0;
};

}  // namespace octavo::exec
