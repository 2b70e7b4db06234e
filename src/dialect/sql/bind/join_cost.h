#pragma once

// How many rows plans are thought to give, and which way to join is thought to be less work: rules
// of thumb over the numbers of rows of tables, which change no result. An optimizer with statistics
// takes their place.

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "algebra/plan.h"
#include "dialect/sql/bind/binding.h"

namespace octavo::sql {

// Of one statement. Rows are at least one.
class RowEstimates {
 public:
  explicit RowEstimates(Binding& binding) : binding_(binding) {}

  double table(TableId table);
  double plan(const algebra::Plan& plan);
  // What the scan below filters reads.
  double read_by(const algebra::Plan& plan);

 private:
  double share(const algebra::ExprPtr& condition);
  double of_keys(TableId table, std::optional<IndexId> index, std::size_t keys);
  double scan(const algebra::Scan& scan);
  double scan(const algebra::ScanBy& scan);

  Binding& binding_;
  std::map<TableId, double> tables_;
};

// How much of the rows a condition lets through.
double share_of(const algebra::ExprPtr& condition);

// What both sides of a join are equal in: of how many values each key is, on the side that has more
// of them, before conditions leave rows out.
struct JoinKeys {
  std::vector<double> values;
};
double joined_rows(double left, double right, const JoinKeys& keys);
// Of a column that is no key, in a table of so many rows.
double values_of_no_key(double rows);

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
