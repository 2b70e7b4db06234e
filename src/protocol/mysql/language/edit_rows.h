#pragma once

// UPDATE and DELETE, from keys that were bound to rows that are written.

#include <cstdint>
#include <vector>

#include "dialect/sql/bind/bound.h"
#include "protocol/mysql/language/execution.h"
#include "protocol/mysql/language/row_writer.h"

namespace octavo::mysql {

struct EditCounts {
  std::uint64_t matched = 0;
  std::uint64_t changed = 0;  // or erased
};

// Whether it is of rows whose keys the statement itself names, and nothing else is read.
bool has_known_keys(const sql::BoundEdit& edit);

class Editor {
 public:
  // What is referred to outlives it.
  Editor(Execution& execution, const sql::BoundEdit& edit, const catalog::TableDefinition& table)
      : execution_(execution), edit_(edit), table_(table) {}

  // On a worker.
  Result<EditCounts> run();
  // The same of rows that were found in a join: a row of it for each key.
  Result<EditCounts> run(std::vector<value::Value> keys, std::vector<value::Value> joined);

 private:
  Result<std::vector<value::Value>> keys();
  // Of the stored row that the key of that number has.
  Result<value::Value> evaluate(const algebra::ExprPtr& function, std::size_t number,
                                const value::Value& row);
  Result<bool> is_meant(std::size_t number, const value::Value& row);
  Result<value::Value> edited(std::size_t number, const value::Value& row);
  WriteEntry entry_for(std::size_t row, const value::Value& key);
  // Rows that move to other keys: erased there, put here.
  Result<bool> add_move(std::size_t row, const value::Value& key);
  Result<WriteReport> write(const std::vector<value::Value>& keys);
  Result<EditCounts> run(const std::vector<value::Value>& keys);

  Execution& execution_;
  const sql::BoundEdit& edit_;
  const catalog::TableDefinition& table_;
  std::vector<value::Value> joined_;  // none: of one table
  std::vector<WriteEntry> entries_;
};

}  // namespace octavo::mysql
