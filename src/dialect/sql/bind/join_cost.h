#pragma once

// How many rows joins are thought to give, and which way to join is thought to be less work.
// Changes no result.

#include <vector>

namespace octavo::sql {

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
