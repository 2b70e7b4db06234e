#pragma once

// Keys of a scan that are computed when it runs.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>

#include "algebra/plan.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/scope.h"
#include "dialect/sql/bind/stored_index.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

// How good it is to read by a key: less is better.
struct AccessRank {
  std::size_t parts = 0;  // of the key that are known
  bool one_row = false;
  bool equal = false;

  int rank() const {
    if (one_row) return 0;
    return (equal ? 10 : 100) - static_cast<int>(std::min<std::size_t>(parts, 9));
  }
};

struct TermAccess : AccessRank {
  algebra::ScanBy scan;  // of no table yet
};

// The best of the keys by which the conditions find rows, where a part of it is no constant.
std::optional<TermAccess> access_by_terms(std::span<const Typed> conditions,
                                          std::span<const StoredKey> keys, const Scope& scope,
                                          const Binding& binding);

}  // namespace octavo::sql
