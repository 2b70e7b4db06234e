#pragma once

// Which rows of a FieldScan can be among the first ones of an order, by the first part of their
// keys: what most rows miss needs no more than a look at that. One thread at a time uses it.

#include <cstdint>
#include <span>
#include <vector>

#include "exec/context.h"
#include "exec/field_keys.h"
#include "exec/key_numbers.h"

namespace octavo::exec {

class FirstKeys {
 public:
  // Of the first `keep` rows. `keys` must outlive this.
  FirstKeys(const algebra::Sort& sort, const FieldKeys& keys, std::uint64_t keep,
            QueryContext& query);

  // Those of the batch that may be among them: no others are, whatever follows in their keys. Good
  // until the next call, and as long as the batch is.
  Result<std::span<const std::uint16_t>> among(const FieldScan& scan);

 private:
  using Number = KeyNumbers::Number;

  void note(Number number);

  const FieldKeys& keys_;
  bool descends_;
  std::uint64_t keep_;
  KeyNumbers numbers_of_;
  MemoryCharge held_;
  // The least numbers that were met, as many as rows are kept: a heap whose front is the greatest.
  std::vector<Number> least_;
  bool given_up_ = false;

  // Of the batch.
  std::vector<Number> numbers_;
  std::vector<std::uint16_t> rows_;
};

}  // namespace octavo::exec
