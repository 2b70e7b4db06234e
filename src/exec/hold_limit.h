#pragma once

// How much an operator may hold in memory before it writes rows to disk: its part of half of what
// the query may have. Less when all queries hold half of what they may have, which all operators
// then share, and when the query or all of them come near their limit.

#include <cstddef>
#include <cstdint>

#include "exec/operators.h"

namespace octavo::exec {

class HoldLimit {
 public:
  // What an operator writes that has to: not worth it when it holds little, or it is all the same.
  enum class Worth : std::uint8_t { much, any };
  explicit HoldLimit(const OperatorContext& context, Worth worth = Worth::much);

  ~HoldLimit();
  HoldLimit(const HoldLimit&) = delete;
  HoldLimit& operator=(const HoldLimit&) = delete;

  // Whether an operator that holds so many bytes is to write them before it takes more, for which
  // it needs `room` at once. Never where the query has no space for it.
  bool reached(std::size_t bytes, std::size_t room = 0);

 private:
  bool others_are_short(std::size_t bytes) const;

  QueryContext& query_;
  SpillSpace* space_;  // null: there is none
  std::size_t query_bytes_ = 0;
  bool counted_ = false;  // among those that hold rows
  std::size_t part_ = 0;
  std::size_t least_ = 0;      // that is worth writing
  std::size_t last_ = 0;       // what was held when it was asked last
  std::size_t next_look_ = 0;  // at what the query has: when so much is held
};

}  // namespace octavo::exec
