#pragma once

// Columns that a statement writes, and values on their way into them.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/model.h"
#include "dialect/sql/ast/write.h"
#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/function/store.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

// One that is declared, or a field of rows that are open.
struct WrittenColumn {
  std::string name;  // of the field
  const catalog::ColumnDefinition* declared = nullptr;

  bool is_generated() const {
    return declared != nullptr && declared->generated != catalog::Generated::no;
  }
};

// The table that a statement writes to.
struct WrittenTable {
  const catalog::TableDefinition* definition = nullptr;
  std::string database, alias;
  std::size_t number = 0;  // of the scope's tables
  // It is over the table of `definition`: columns are as the scope has them.
  bool is_view = false;
  const catalog::ViewDefinition* view = nullptr;  // of INSERT

  // 1054; 1348 for one that a view computes.
  Result<WrittenColumn> column(const Path& path, const Scope& scope) const;
};

// The table of a statement that adds rows: 1288 for one that is computed, 1471 for a view that is
// not a table's rows, and what find_stored_table says. `statement`: for messages.
Result<WrittenTable> written_table(const Path& path, TableUse use, std::string_view statement,
                                   Binding& binding);
// The names that it has in the statement, over the variable of the scope.
Result<Scope> scope_of_written(const WrittenTable& table, Binding& binding);
// What a statement that writes `written` leaves out, and has no default, where that is no error
// (1364): the implicit default is written.
Result<std::vector<WrittenColumn>> columns_left_out(const std::vector<WrittenColumn>& written,
                                                    const WrittenTable& table, StoreRule rule,
                                                    Binding& binding);

// What a statement that writes is bound in: in strict mode and without IGNORE it fails where a
// query warns.
class WriteContext {
 public:
  WriteContext(const BindContext& of, std::uint16_t options);
  BindContext& context() { return context_; }

 private:
  SessionFacts facts_;
  BindContext context_;
};

// The value in the form that the column holds. Under `adjust` no error comes of it: a null for a
// column that takes none becomes its implicit default.
Result<Typed> stored_as(const WrittenColumn& column, Typed value, StoreRule rule,
                        const Binding& binding);

// What is written for a null: under `adjust` a column that takes none has its implicit default.
value::Value stored_null(const WrittenColumn& column, StoreRule rule);

// SET a = 1, b = a + 1: what is behind an assignment sees the new value.
class Assignments {
 public:
  // `place`: of the right sides; its scope is that of the row that is there.
  Assignments(Binding& binding, const WrittenTable& table, const ExprPlace& place, StoreRule rule)
      : binding_(binding), table_(table), place_(place), rule_(rule) {}

  Status add(const List<Assignment>& assignments);
  Status add(const Assignment& assignment);

  const std::vector<std::string>& fields() const { return fields_; }
  // An array with the new value of each.
  algebra::ExprPtr values() const;

 private:
  Result<Typed> bind_value(const WrittenColumn& column, const Expr& value);

  Binding& binding_;
  const WrittenTable& table_;
  ExprPlace place_;
  StoreRule rule_;
  std::vector<std::string> fields_;
  std::vector<Typed> values_;
  std::vector<std::pair<algebra::ExprPtr, algebra::ExprPtr>> replaced_;  // a column, its new value
};

}  // namespace octavo::sql
