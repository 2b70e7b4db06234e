#pragma once

// Plans that are so short that the connection's own thread may run them.

#include <cstddef>
#include <vector>

#include "algebra/plan.h"
#include "base/id.h"
#include "catalog/model.h"

namespace octavo::mysql {

// What holds of a plan whatever its parameters are.
struct PlanFacts {
  std::vector<TableId> tables;
  // Its expressions may wait, are made to take long, or have queries in them.
  bool may_be_long = false;
};
PlanFacts facts_of(const algebra::PlanPtr& plan);

// Whether a plan reads no table, and little of what is in it: no other client waits for it.
bool is_quick(const algebra::PlanPtr& plan);

// How little a plan reads.
enum class Reads : std::uint8_t {
  many,      // or nobody knows
  nothing,   // it is quick
  few,       // rows within a short range of integers
  few_keys,  // rows whose keys are named
};
// Few rows may be on a disk: who may not wait is told so (`would_block`).
Reads reads_of(const algebra::PlanPtr& plan, const PlanFacts& facts,
               const catalog::CatalogState& definitions);

// Whether all that a plan reads is rows of the table, at most `most`, each by its primary key or
// one of a unique index that it names.
bool names_few_rows(const algebra::Plan& plan, const catalog::TableDefinition& table,
                    std::size_t most);

}  // namespace octavo::mysql
