// CREATE TABLE … SELECT: rows of a query for the table that was made for them.

#include "dialect/sql/bind/bound.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/bind/table.h"
#include "dialect/sql/bind/written.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {

Result<BoundInsert> bind_created(const catalog::TableDefinition& table, std::string_view database,
                                 const BoundQuery& query, OnConflict on_conflict,
                                 BindContext& context) {
  const bool ignore = on_conflict == OnConflict::skip;
  WriteContext write(context, ignore ? write_option::kIgnore : 0);
  Binding binding(write.context());
  const StoreRule rule = store_rule(binding.session(), ignore);
  const WrittenTable written{
      .definition = &table, .database = std::string(database), .alias = table.name};
  BoundInsert bound{.table = table.id,
                    .database = written.database,
                    .name = table.name,
                    .on_conflict = on_conflict,
                    .ignore = ignore};
  std::vector<WrittenColumn> columns;
  const algebra::VarId row = binding.fresh();
  std::vector<algebra::ExprPtr> parts;
  for (const OutputColumn& output : query.columns) {
    const catalog::ColumnDefinition* const declared = find_declared(table, output.name);
    if (declared == nullptr) return error<1054>(output.name, words_of(Clause::set));
    const WrittenColumn column{.name = declared->name, .declared = declared};
    if (column.is_generated()) return error<3105>(column.name, table.name);
    Typed element = bind_element(algebra::variable(row), parts.size(), output.type);
    TRY(const Typed value, stored_as(column, std::move(element), rule, binding));
    parts.push_back(value.expression);
    columns.push_back(column);
  }
  TRY(const auto missing, columns_left_out(columns, written, rule, binding));
  for (const WrittenColumn& column : missing) {
    parts.push_back(algebra::constant(implicit_default(*column.declared->type)));
    columns.push_back(column);
  }
  for (const WrittenColumn& column : columns) bound.fields.push_back(column.name);
  bound.rows = algebra::make_plan(
      algebra::Map{.input = query.plan,
                   .function = algebra::lambda({row}, algebra::make_array(std::move(parts)))});
  return bound;
}

}  // namespace octavo::sql
