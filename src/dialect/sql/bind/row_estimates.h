#pragma once

// How many rows plans are thought to give: by the statistics of their tables where these are known
// (statistics/table.h), else by rules of thumb over the numbers of rows. Changes no result.

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algebra/plan.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/column_origin.h"

namespace octavo::sql {

// Of one statement. Rows are at least one.
class RowEstimates {
 public:
  explicit RowEstimates(Binding& binding) : binding_(binding) {}

  double table(TableId table);
  double plan(const algebra::Plan& plan);
  // What the scan below filters reads.
  double read_by(const algebra::Plan& plan);
  // How much of some rows conditions on them let through.
  double share(std::span<const algebra::ExprPtr> conditions, const ColumnFinder& columns);

  // Null: nothing is known of it.
  const statistics::Column* column(const StoredColumn& column);
  // How many different values it has, by its statistics or because it is a key.
  std::optional<double> values(const StoredColumn& column);
  // How many at most: a foreign key has no others than the rows that it refers to.
  std::optional<double> most_values(const StoredColumn& column);
  // Of these columns of a table together. Nothing: that is not known.
  std::optional<double> values(TableId table, std::span<const std::string> columns);

 private:
  const catalog::TableDefinition* definition(TableId table) const;
  const statistics::Table* statistics(TableId table);
  double grown(TableId table, double values);
  double filtered(const algebra::Filter& filter);
  double grouped(const algebra::Group& group);
  std::optional<double> share_of_query(const algebra::ExprPtr& condition);

  Binding& binding_;
  std::map<TableId, double> tables_;
  std::map<TableId, statistics::TablePointer> statistics_;
};

}  // namespace octavo::sql
