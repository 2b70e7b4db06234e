#pragma once

// How many rows plans are thought to give, and which way to join is thought to be less work: rules
// of thumb over the numbers of rows of tables, which change no result. An optimizer with statistics
// takes their place.

#include <cstddef>
#include <map>
#include <optional>

#include "algebra/plan.h"
#include "dialect/sql/bind/context.h"

namespace octavo::sql {

// Of one statement. Rows are at least one.
class RowEstimates {
 public:
  explicit RowEstimates(BindContext& context) : context_(context) {}

  double table(TableId table);
  double plan(const algebra::Plan& plan);
  // What the scan below filters reads.
  double read_by(const algebra::Plan& plan);

 private:
  double of_keys(TableId table, std::optional<IndexId> index, std::size_t keys);
  double scan(const algebra::Scan& scan);
  double scan(const algebra::ScanBy& scan);

  BindContext& context_;
  std::map<TableId, double> tables_;
};

// How much of the rows a condition lets through.
double share_of(const algebra::ExprPtr& condition);

// One row after the other, each with its own look for matches.
struct LookupWork {
  double outer = 1;       // rows, each with a key
  double matches = 1;     // that they have, before other conditions
  bool by_index = false;  // else by primary key
};
// All of a table at once.
struct HashWork {
  double read = 1;  // rows of it
  double held = 1;  // rows of the smaller side
};
bool is_less_work(const LookupWork& lookup, const HashWork& hash);

}  // namespace octavo::sql
