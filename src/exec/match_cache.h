#pragma once

// What a join has found by key, so that a key of many outer rows is looked up once. It reads one
// version of the table, so what was found stays true. Bounded: it forgets all when it is full, and
// it is given up where keys do not come again.

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "exec/context.h"
#include "exec/hold_limit.h"
#include "exec/operators.h"

namespace octavo::exec {

class MatchCache {
 public:
  static constexpr std::size_t kMostMatches = 8;  // of a key that is remembered

  explicit MatchCache(const OperatorContext& context);

  // The rows of that key; null: not known. Until the next `add`.
  const Rows* find(const value::Value& key);
  // Whether `add` would keep what is found now.
  bool wants(const value::Value& key) const;
  void add(const value::Value& key, const Rows& matches);

 private:
  static constexpr std::size_t kEntryBytes = 96;  // of the table, beside the matches
  struct Hash {
    std::size_t operator()(const value::Value& key) const { return value::hash(key); }
  };

  void forget();

  HoldLimit limit_;
  MemoryCharge memory_;
  std::size_t most_bytes_ = 0;
  std::size_t bytes_ = 0;    // of all, what the values hold among them
  std::size_t charged_ = 0;  // of `memory_`
  std::uint64_t asked_ = 0;
  std::uint64_t known_ = 0;
  bool given_up_ = false;
  std::unordered_map<value::Value, Rows, Hash> found_;
};

}  // namespace octavo::exec
