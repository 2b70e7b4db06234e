#pragma once

// A plan and the tables that it reads, as plain values: what random plans are made over, what the
// oracle evaluates and what a failing case is printed as.

#include <string>
#include <vector>

#include "algebra/plan.h"
#include "base/id.h"
#include "value/value.h"

namespace octavo::exec::testing_support {

struct TableIndex {
  IndexId id{};
  std::string name;
  algebra::ExprPtr function;  // row → key, or an array of keys where `multi`
  bool multi = false;
};

// The ids are given by whoever stores the table, in the order of the tables and their indexes.
struct Table {
  TableId id{};
  std::string name;
  std::vector<value::Value> rows;  // objects with an `id` that no two of them share
  std::vector<TableIndex> indexes;
};
using Tables = std::vector<Table>;

struct Case {
  Tables tables;
  algebra::PlanPtr plan;
};

const Table& table_of(const Tables& tables, TableId id);

// The plan by algebra's printer, then the tables and indexes that it reads, with the rows.
std::string print(const Case& failing);
std::string print(const std::vector<value::Value>& rows);  // one a line

}  // namespace octavo::exec::testing_support
