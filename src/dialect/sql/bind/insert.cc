// INSERT and REPLACE.

#include <algorithm>
#include <utility>

#include "algebra/children.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/bind/defaults.h"
#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/bind/query_binder.h"
#include "dialect/sql/bind/reuse.h"
#include "dialect/sql/bind/rows_plan.h"
#include "dialect/sql/bind/table.h"
#include "dialect/sql/bind/written.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/operation.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/function/store_constant.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using catalog::ColumnDefinition;
using value::Value;

// An expression that stands for what its column has when nothing is written to it.
bool is_default(const Expr& expr) {
  const auto* const node = std::get_if<Default>(&expr.node);
  return node != nullptr && node->column.empty();
}

// A row of VALUES: constants, until something else is in it.
class WrittenRow {
 public:
  void reserve(std::size_t count) { constants_.reserve(count); }
  void add(Value value) {
    if (parts_.empty()) {
      constants_.push_back(std::move(value));
    } else {
      parts_.push_back(algebra::constant(std::move(value)));
    }
  }
  void add_expression(ExprPtr part) {
    for (Value& constant : constants_) parts_.push_back(algebra::constant(std::move(constant)));
    constants_.clear();
    parts_.push_back(std::move(part));
  }
  void move_to(RowsPlan& rows) {
    if (parts_.empty()) {
      rows.add(std::move(constants_));
    } else {
      rows.add(std::move(parts_));
    }
  }

 private:
  std::vector<Value> constants_;
  std::vector<ExprPtr> parts_;  // all of them, where there are any
};

class InsertBinder {
 public:
  InsertBinder(const Insert& insert, BindContext& context) : insert_(insert), binding_(context) {}

  Result<BoundInsert> bind() {
    if (!insert_.partitions.empty()) return not_supported("PARTITION");
    TRY(table_, insert_.replace
                    ? written_table(insert_.table, TableUse::replace, "REPLACE", binding_)
                    : written_table(insert_.table, TableUse::insert, "INSERT", binding_));
    const catalog::TableDefinition& definition = *table_.definition;
    const bool ignore = (insert_.options & write_option::kIgnore) != 0;
    rule_ = store_rule(binding_.session(), ignore);
    BoundInsert bound{.table = definition.id,
                      .database = table_.database,
                      .name = definition.name,
                      .on_conflict = on_conflict(ignore),
                      .ignore = ignore};
    TRY(Scope scope, scope_of_columns());
    TRY_STATUS(find_columns(scope));
    if (!insert_.query) binding_.target = definition.id;  // VALUES may not read it, SELECT may
    TRY(bound.rows, insert_.query ? bind_query_rows() : bind_rows());
    binding_.target = definition.id;
    for (const WrittenColumn& column : columns_) bound.fields.push_back(column.name);
    if (!insert_.on_duplicate.empty()) TRY_STATUS(bind_merge(scope, bound));
    return bound;
  }

 private:
  OnConflict on_conflict(bool ignore) const {
    if (insert_.replace) return OnConflict::replace;
    if (!insert_.on_duplicate.empty()) return OnConflict::update;
    return ignore ? OnConflict::skip : OnConflict::fail;
  }

  // Columns of a declared table are known without a scope, which is made where anything is named.
  bool names_columns_alone() const {
    return table_.view == nullptr && !table_.is_view && table_.definition->declared() &&
           !table_.definition->open && insert_.on_duplicate.empty();
  }
  Result<Scope> scope_of_columns() {
    if (names_columns_alone()) return Scope(binding_.fresh(), nullptr);
    return scope_of_written(table_, binding_);
  }

  // Those that the statement lists; all when it lists none.
  Status find_columns(const Scope& scope) {
    if (insert_.has_columns) {
      for (const Path& path : insert_.columns) {
        TRY(WrittenColumn column, table_.column(path, scope));
        const auto same = [&](const WrittenColumn& other) { return other.name == column.name; };
        if (std::ranges::any_of(columns_, same)) return error<1110>(column.name);
        columns_.push_back(std::move(column));
      }
      return {};
    }
    if (names_columns_alone()) {
      for (const ColumnDefinition& column : table_.definition->columns) {
        if (column.hidden || column.invisible) continue;
        columns_.push_back({.name = column.name, .declared = &column});
      }
      return {};
    }
    for (const ScopeColumn& column : scope.columns()) {
      if (column.hidden) continue;
      columns_.push_back({.name = column.original_name,
                          .declared = table_.definition->find_column(column.original_name)});
    }
    return {};
  }

  // --- VALUES, SET ---

  // Rows are constants, but for the queries in them: an error names the row that it is of. Nothing
  // is computed while only the form of the statement is asked for.
  Result<algebra::PlanPtr> bind_rows() {
    TRY(const auto missing, columns_left_out(columns_, table_, rule_, binding_));
    TRY_STATUS(leave_out_generated());
    const bool compute_them = binding_.context().subqueries != nullptr;
    RowsPlan rows(binding_);
    for (std::size_t i = 0; i < insert_.rows.size(); ++i) {
      binding_.context().constants.row_number = i + 1;
      TRY(WrittenRow row, bind_row(insert_.rows[i], i + 1, compute_them));
      for (const WrittenColumn& column : missing) {
        row.add(implicit_default(*column.declared->type));
      }
      if (compute_them) row.move_to(rows);
      TRY_STATUS(binding_.context().constants.check());
    }
    std::erase_if(columns_, &WrittenColumn::is_generated);
    columns_.insert(columns_.end(), missing.begin(), missing.end());
    return rows.finish();
  }

  // A generated column may be named where all that is written to it is DEFAULT.
  Status leave_out_generated() const {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i].is_generated()) continue;
      for (const RowOf& row : insert_.rows) {
        if (i < row.items.size() && !is_default(row.items[i])) return not_allowed(columns_[i]);
      }
    }
    return {};
  }

  std::unexpected<Error> not_allowed(const WrittenColumn& column) const {
    return error<3105>(column.name, table_.definition->name);
  }

  Result<WrittenRow> bind_row(const RowOf& row, std::size_t number, bool compute_it) {
    // `()` is a row of defaults.
    const bool all_default = row.items.empty() && !insert_.has_columns;
    if (row.items.size() != columns_.size() && !all_default) {
      return error<1136>(std::to_string(number));
    }
    WrittenRow values;
    values.reserve(table_.definition->columns.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const WrittenColumn& column = columns_[i];
      if (column.is_generated()) continue;
      TRY(Typed value, bind_value(column, all_default ? nullptr : &row.items[i]));
      if (compute_it && column.declared != nullptr && rule_ == StoreRule::strict) {
        auto stored =
            store_constant(value, *column.declared->type, column.name, rule_, binding_.calls());
        if (stored) {
          TRY(Value computed, *std::move(stored));
          if (computed.is_null()) TRY_STATUS(check_null(column));
          values.add(std::move(computed));
          continue;
        }
      }
      TRY(value, stored_as(column, std::move(value), rule_, binding_));
      if (!compute_it) continue;
      if (algebra::has_subplan(value.expression) || names_parameters(value.expression)) {
        values.add_expression(value.expression);
        continue;
      }
      TRY(Value computed, compute(value.expression, binding_.calls()));
      if (computed.is_null()) TRY_STATUS(check_null(column));
      values.add(std::move(computed));
    }
    return values;
  }

  // As it is before it is stored. Null: its default.
  Result<Typed> bind_value(const WrittenColumn& column, const Expr* expr) {
    Typed value;
    if (expr == nullptr || is_default(*expr)) {
      if (column.declared == nullptr) return typed_constant(Value(), null_type());
      // It may be the time.
      if (binding_.context().reuse != nullptr) binding_.context().reuse->refuse();
      TRY(value, default_for(column));
    } else {
      TRY(value,
          ExprBinder(binding_, {.clause = Clause::values}).bind_stored(*expr, column.declared));
    }
    return value;
  }

  Result<Typed> default_for(const WrittenColumn& column) {
    auto value = default_of(*column.declared, binding_);
    if (value || rule_ == StoreRule::strict || value.error().number != 1364) return value;
    warn(binding_.context().constants, value.error());
    return typed_constant(implicit_default(*column.declared->type),
                          column_type(column.declared->type, false));
  }

  static Status check_null(const WrittenColumn& column) {
    if (column.declared == nullptr) return {};
    if (column.declared->nullable || column.declared->auto_increment) return {};
    return error<1048>(column.name);
  }

  // --- SELECT ---

  Result<algebra::PlanPtr> bind_query_rows() {
    TRY(const auto missing, columns_left_out(columns_, table_, rule_, binding_));
    for (const WrittenColumn& column : columns_) {
      if (column.is_generated()) return not_allowed(column);
    }
    TRY(const BoundQuery query, bind_inner_query(*insert_.query, {}, binding_));
    if (query.columns.size() != columns_.size()) return error<1136>("1");
    const algebra::VarId row = binding_.fresh();
    std::vector<ExprPtr> parts;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      Typed element = bind_element(algebra::variable(row), i, query.columns[i].type);
      TRY(Typed value, stored_as(columns_[i], std::move(element), rule_, binding_));
      parts.push_back(std::move(value.expression));
    }
    for (const WrittenColumn& column : missing) {
      parts.push_back(algebra::constant(implicit_default(*column.declared->type)));
    }
    columns_.insert(columns_.end(), missing.begin(), missing.end());
    return algebra::make_plan(
        algebra::Map{.input = query.plan,
                     .function = algebra::lambda({row}, algebra::make_array(std::move(parts)))});
  }

  // --- ON DUPLICATE KEY UPDATE ---

  Status bind_merge(Scope& scope, BoundInsert& bound) {
    TRY(Scope inserted, scope_of_written(table_, binding_));
    if (!insert_.row_alias.empty()) TRY_STATUS(add_row_alias(inserted, scope));
    Assignments assignments(binding_, table_,
                            {.clause = Clause::set, .scope = &scope, .inserted = &inserted}, rule_);
    TRY_STATUS(assignments.add(insert_.on_duplicate));
    bound.merged_fields = assignments.fields();
    bound.merge = algebra::lambda({scope.row(), inserted.row()}, assignments.values());
    return {};
  }

  // AS new(a, b): the row that was to be written, as one more table.
  Status add_row_alias(const Scope& inserted, Scope& scope) const {
    const List<Name>& names = insert_.column_aliases;
    if (!names.empty() && names.size() != columns_.size()) return error<1353>();
    std::vector<ScopeColumn> columns;
    for (const ScopeColumn& column : inserted.columns()) {
      ScopeColumn& made = columns.emplace_back(column);
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (columns_[i].name == column.original_name) made.name = names[i];
      }
    }
    return scope.add({.alias = std::string(insert_.row_alias)}, std::move(columns));
  }

  const Insert& insert_;
  Binding binding_;
  WrittenTable table_;
  StoreRule rule_ = StoreRule::strict;
  std::vector<WrittenColumn> columns_;
};

}  // namespace

Result<BoundInsert> bind_insert(const Insert& insert, BindContext& context) {
  WriteContext write(context, insert.options);
  return InsertBinder(insert, write.context()).bind();
}

}  // namespace octavo::sql
