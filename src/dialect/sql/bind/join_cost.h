#pragma once

// How many rows joins are thought to give, and what ways to join cost, in microseconds of the
// processor. Changes no result.

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

// How rows of a table are come to.
enum class Found {
  in_order,  // they lie beside each other
  by_key,    // by primary key, each somewhere
  by_index,  // each somewhere, by what an index says
  beside,    // by an index whose entries for a key lead to rows beside each other
};
// Of a plan that reads so many.
double cost_of_reading(double rows, Found found);

// One row after the other, each with its own look for matches.
struct LookupWork {
  double outer = 1;    // rows, each with a key
  double matches = 1;  // that they have, before other conditions
  Found found = Found::by_key;
  bool by_plan = false;  // a plan is run for each row
};
double cost_of(const LookupWork& work);

// All of a table at once.
struct HashWork {
  double left = 1;   // rows
  double right = 1;  // rows, after conditions
  double made = 1;   // pairs
};
double cost_of(const HashWork& work);

}  // namespace octavo::sql
