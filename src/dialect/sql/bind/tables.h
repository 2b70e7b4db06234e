#pragma once

// What a name of a table may mean beside what the catalog says of it: the binder asks, and whoever
// runs statements answers.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "algebra/plan.h"
#include "base/result.h"
#include "catalog/model.h"
#include "dialect/sql/type/type.h"
#include "statistics/table.h"

namespace octavo::sql {

// Columns of rows that declare none, as a sample of the table has them: the primary key, then by
// name. A field that is not among them may be read all the same.
struct InferredColumns {
  struct Column {
    std::string name;
    Type type;
  };
  std::vector<Column> columns;
  std::uint64_t version = 0;  // the same columns have the same one
};

// A table whose rows are made when it is read. A row is an array, an element for each column.
struct ComputedTable {
  struct Column {
    std::string name;
    Type type;
  };
  std::string database, name;  // as they are called, in whatever case they were asked for
  std::vector<Column> columns;
  algebra::PlanPtr rows;
};

// What a statement does with the rows of a table.
enum class TableUse : std::uint8_t { read, lock, insert, replace, update, erase };

class Tables {
 public:
  virtual ~Tables() = default;
  // The statement uses a table that is stored, or a view. Asked before anything is told of it: 1142
  // where this may not be done with it. `as`: by that user, through a view; null: by whose
  // statement it is.
  virtual Status may(TableUse use, const catalog::TableDefinition& table,
                     const std::string* as) = 0;
  virtual Status may(TableUse use, const catalog::ViewDefinition& view, const std::string* as) = 0;
  virtual Result<InferredColumns> inferred(const catalog::TableDefinition& table) = 0;
  // `database` is never empty. Nothing: the name is the catalog's to know. 1109 when the database
  // is one of computed tables, and has none of that name.
  virtual Result<std::optional<ComputedTable>> computed(std::string_view database,
                                                        std::string_view table) = 0;
  // About how many rows it has, to choose between ways to read it. Nothing: that is not known.
  virtual std::optional<std::uint64_t> estimated_rows(const catalog::TableDefinition& table) = 0;
  // What is known of its columns' values, for the same. Null: nothing. Never waits.
  virtual statistics::TablePointer statistics(const catalog::TableDefinition& /*table*/) {
    return nullptr;
  }
};

}  // namespace octavo::sql
