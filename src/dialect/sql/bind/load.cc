// LOAD DATA: an INSERT whose rows a file brings.

#include "dialect/sql/bind/load.h"

#include <algorithm>
#include <utility>

#include "algebra/expr.h"
#include "dialect/sql/bind/defaults.h"
#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/bind/table.h"
#include "dialect/sql/bind/written.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/function/store.h"

namespace octavo::sql {
namespace {

using value::Value;

class LoadBinder {
 public:
  LoadBinder(const LoadData& load, bool ignore, const value::Charset& charset, BindContext& context)
      : load_(load), ignore_(ignore), charset_(charset), binding_(context) {}

  Result<BoundFile> bind() {
    if (!load_.partitions.empty()) return not_supported("PARTITION");
    const bool replaces = load_.duplicates == LoadData::Duplicates::replace;
    TRY(table_, written_table(load_.table, replaces ? TableUse::replace : TableUse::insert, "LOAD",
                              binding_));
    rule_ = store_rule(binding_.session(), ignore_);
    const catalog::TableDefinition& definition = *table_.definition;
    BoundFile bound{.insert = {.table = definition.id,
                               .database = table_.database,
                               .name = definition.name,
                               .on_conflict = replaces  ? OnConflict::replace
                                              : ignore_ ? OnConflict::skip
                                                        : OnConflict::fail,
                               .ignore = ignore_}};
    TRY(Scope scope, scope_of_written(table_, binding_));
    line_ = binding_.fresh();
    TRY_STATUS(find_fields(scope, bound));
    TRY_STATUS(bind_set(scope, bound));
    TRY(const std::vector<WrittenColumn> missing,
        columns_left_out(columns_, table_, rule_, binding_));
    for (const WrittenColumn& column : missing) {
      columns_.push_back(column);
      bound.constants.push_back(implicit_default(*column.declared->type));
    }
    for (const WrittenColumn& column : columns_) bound.insert.fields.push_back(column.name);
    return bound;
  }

 private:
  // A field of a line is a text; null for `\N`, and where the line has ended before it.
  Type field_type() const {
    Type type =
        charset_.id == value::CharsetId::binary
            ? bytes_type(kMaxFieldLength)
            : text_type(*value::find_collation(charset_.default_collation), kMaxFieldLength);
    return with_null(std::move(type), true);
  }
  Typed field(std::size_t place) const {
    return bind_element(algebra::variable(line_), place, field_type());
  }

  Status find_fields(const Scope& scope, BoundFile& bound) {
    if (load_.fields.empty()) {
      for (const ScopeColumn& column : scope.columns()) {
        if (column.hidden) continue;
        TRY_STATUS(add({.name = column.original_name,
                        .declared = table_.definition->find_column(column.original_name)},
                       bound));
      }
      return {};
    }
    for (const Expr& expr : load_.fields) {
      if (const auto* variable = std::get_if<UserVariable>(&expr.node)) {
        binding_.of_line.emplace_back(variable->name, field(bound.fields.size()));
        bound.fields.emplace_back();
        continue;
      }
      const auto& name = std::get<ColumnName>(expr.node);
      TRY(WrittenColumn column, table_.column(name.path, scope));
      if (column.is_generated()) return error<3105>(column.name, table_.definition->name);
      const auto same = [&](const WrittenColumn& other) { return other.name == column.name; };
      if (std::ranges::any_of(columns_, same)) return error<1110>(column.name);
      TRY_STATUS(add(std::move(column), bound));
    }
    return {};
  }

  Status add(WrittenColumn column, BoundFile& bound) {
    FileField& made = bound.fields.emplace_back();
    // What is generated is not written, whatever the file has for it.
    if (column.is_generated()) return {};
    made.place = columns_.size();
    TRY(made.if_missing, default_for(column));
    if (column.declared != nullptr) {
      TRY(made.store, TextStore::make(field_type(), column.declared->type, column.name, rule_,
                                      binding_.calls()));
      made.if_null = stored_null(column, rule_);
    }
    columns_.push_back(std::move(column));
    return {};
  }

  // What is written where a line has no field for it.
  Result<Value> default_for(const WrittenColumn& column) const {
    if (column.declared == nullptr) return Value();
    auto value = default_of(*column.declared, binding_);
    // There is none, or one that other columns say.
    if (!value) {
      return column.declared->nullable ? Value() : implicit_default(*column.declared->type);
    }
    TRY(const Typed stored, stored_as(column, *std::move(value), rule_, binding_));
    return compute(stored.expression, binding_.calls());
  }

  Status bind_set(Scope& scope, BoundFile& bound) {
    if (load_.set.empty()) return {};
    Assignments assignments(binding_, table_, {.clause = Clause::set, .scope = &scope}, rule_);
    TRY_STATUS(assignments.add(load_.set));
    bound.set = algebra::lambda({scope.row(), line_}, assignments.values());
    for (const std::string& name : assignments.fields()) {
      const auto found = std::ranges::find(columns_, name, &WrittenColumn::name);
      bound.set_places.push_back(static_cast<std::size_t>(found - columns_.begin()));
      if (found != columns_.end()) continue;
      columns_.push_back({.name = name, .declared = table_.definition->find_column(name)});
    }
    return {};
  }

  static constexpr std::uint32_t kMaxFieldLength = 0xffff'ffffU / 4;

  const LoadData& load_;
  const bool ignore_;
  const value::Charset& charset_;
  Binding binding_;
  WrittenTable table_;
  StoreRule rule_ = StoreRule::strict;
  algebra::VarId line_{};
  std::vector<WrittenColumn> columns_;
};

}  // namespace

Result<BoundFile> bind_file(const LoadData& load, const value::Charset& charset,
                            BindContext& context) {
  // A client that sends its file does not stop when something is wrong with a row.
  using Duplicates = LoadData::Duplicates;
  const bool ignore = load.duplicates == Duplicates::ignore ||
                      (load.duplicates == Duplicates::unsaid && load.local);
  WriteContext write(context, ignore ? load.options | write_option::kIgnore : load.options);
  return LoadBinder(load, ignore, charset, write.context()).bind();
}

}  // namespace octavo::sql
