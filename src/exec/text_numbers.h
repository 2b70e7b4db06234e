#pragma once

// Texts of rows as numbers, where there are far fewer different texts than rows: until `rank` in
// the order in which they were met, from then on in the order of sorts. What it takes is charged to
// the query before it is allocated. One thread at a time uses it.

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "exec/key_index.h"

namespace octavo::exec {

class TextNumbers {
 public:
  using Number = KeyIndex::Number;

  explicit TextNumbers(QueryContext& query) : query_(query), texts_(query), held_(query) {}

  // The number of a text, the next one if it is new. Nothing: there are too many for so many rows.
  Result<std::optional<Number>> number_of(std::string_view text, std::size_t rows);
  std::string_view text(Number number) const { return texts_.key(number); }

  // Once, when there are no more: `ranked` is for numbers of then. `append_key` appends the bytes
  // whose order counts.
  Status rank(const std::function<void(std::string_view text, Bytes& out)>& append_key);
  Number ranked(Number number) const { return ranks_[number]; }

  std::size_t bytes() const { return texts_.bytes() + texts_.size() * kBytesToRank; }

 private:
  static constexpr std::size_t kBytesToRank = 64;  // of a text, about, beside its bytes

  QueryContext& query_;
  KeyIndex texts_;
  MemoryCharge held_;
  std::vector<Number> ranks_;   // of each
  std::optional<Number> last_;  // rows with one text often follow each other
};

}  // namespace octavo::exec
