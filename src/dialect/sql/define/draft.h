#pragma once

// A table on its way: what CREATE TABLE says of it piece by piece, or what ALTER TABLE makes of one
// that is there. Pieces may name others that come later (a key its columns, a condition all of
// them), so what depends on all of it is made at the end.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/model.h"
#include "dialect/sql/ast/define.h"
#include "dialect/sql/define/context.h"
#include "dialect/sql/define/expressions.h"

namespace octavo::sql {

// Where a column goes.
struct ColumnPlace {
  bool first = false;
  std::string_view after = {};  // empty: at the end, or where it is
};

class TableDraft {
 public:
  // A new table.
  TableDraft(std::string name, const catalog::DatabaseDefinition& database,
             const catalog::CatalogState& state, const DefineContext& context);
  // One that is there.
  TableDraft(const catalog::TableDefinition& table, const catalog::DatabaseDefinition& database,
             const catalog::CatalogState& state, const DefineContext& context);

  const catalog::TableDefinition& table() const { return table_; }

  Status add_element(const TableElement& element);
  Status add_column(const ColumnDef& column, ColumnPlace place = {});
  // Behind the others; one that was declared stays as that says, and comes here.
  Status add_selected(catalog::ColumnDefinition column);
  Status change_column(std::string_view name, const ColumnDef& column, ColumnPlace place);
  Status rename_column(std::string_view from, std::string_view to);
  Status drop_column(std::string_view name);
  // Null: DROP DEFAULT.
  Status set_default(std::string_view column, const Expr* value, bool parenthesised);
  Status set_visible_column(std::string_view column, bool visible);

  Status add_key(const KeyDef& key);
  Status drop_key(std::string_view name);
  Status drop_primary();
  Status rename_key(std::string_view from, std::string_view to);
  Status set_visible_key(std::string_view name, bool visible);

  Status add_check(const CheckDef& check);
  Status drop_check(std::string_view name);
  bool has_check(std::string_view name) const;
  Status set_enforced(std::string_view name, bool enforced);

  Status add_foreign_key(const ForeignKey& key);
  Status drop_foreign_key(std::string_view name);
  bool has_foreign_key(std::string_view name) const;

  Status set_option(const TableOption& option);
  Status convert_charset(const ConvertCharset& convert);

  // All of it, with what keys are made of: numbers of rows, keys of several columns, functions of
  // indexes. Indexes that are new, or whose function has changed, have id 0.
  Result<catalog::TableDefinition> finish() &&;

 private:
  // An expression that may name any column: bound when all of them are known.
  struct Pending {
    enum class Use : std::uint8_t { default_value, generated, check } use{};
    ColumnId column{};
    CheckId check{};
    const Expr* expr = nullptr;
  };
  struct PendingPart {
    std::string index;
    std::size_t part = 0;
    const Expr* expr = nullptr;
  };

  struct PendingForeignKey {
    catalog::ForeignKeyId id{};
    const ForeignKey* def = nullptr;
  };

  catalog::ColumnDefinition* find(std::string_view column);
  catalog::IndexDefinition* find_key(std::string_view name);
  catalog::CheckDefinition* find_check(std::string_view name);
  std::string unused_check_name() const;
  Result<catalog::ColumnDefinition> made_of(const ColumnDef& column, ColumnId id);
  Status set_default_of(catalog::ColumnDefinition& column, const Expr* value, bool parenthesised);
  Status insert(catalog::ColumnDefinition column, ColumnPlace place);
  Status add_keys_of(const ColumnDef& column);
  Status check_not_used(const catalog::ColumnDefinition& column, std::string_view as) const;
  Result<std::vector<catalog::IndexPart>> parts_of(const KeyDef& key);
  Result<catalog::IndexPart> part_of(const KeyPart& part, KeyKind kind);
  std::string unused_key_name(std::string_view base);
  Status set_charset();

  Result<std::string> foreign_key_name(Name given) const;
  Result<catalog::ForeignKeyDefinition> made_of(const ForeignKey& def);
  Status make_foreign_keys();  // before keys are made
  Status index_foreign_keys();
  bool has_key_led_by(std::span<const ColumnId> columns) const;
  void drop_superfluous_indexes();
  Status finish_foreign_keys();  // behind them
  Status add_hidden_indexes();
  void keep_hidden(catalog::IndexDefinition& index) const;
  Status find_parent(const ForeignKey& def, catalog::ForeignKeyDefinition& key) const;
  Status check_as_child(const catalog::ForeignKeyDefinition& key) const;
  Status check_as_parent(const catalog::TableDefinition& child,
                         const catalog::ForeignKeyDefinition& key) const;
  Status check_conditions_beside(const catalog::ForeignKeyDefinition& key) const;

  Status check_whole() const;
  Status check_auto_increment() const;
  Status bind_pending();
  Status bind(const Pending& pending, const ExpressionPlace& place);
  Status make_keys();
  Status add_hidden_key();
  Status make_function(catalog::IndexDefinition& index) const;
  Result<algebra::ExprPtr> part_expression(const catalog::IndexDefinition& index,
                                           std::size_t i) const;
  Status check_key_length(const std::vector<catalog::IndexPart>& parts) const;
  bool is_kept_unique_by_bytes() const;
  std::string unused_column_name(std::string_view base);

  const catalog::CatalogState& state_;
  const DefineContext& context_;
  catalog::TableDefinition table_;  // without what is made of its keys
  std::string database_;
  const value::Collation* collation_;
  std::string_view charset_said_, collation_said_;
  std::vector<catalog::IndexPart> primary_;
  bool has_primary_ = false;
  std::vector<Pending> pending_;
  std::vector<PendingPart> pending_parts_;
  std::vector<PendingForeignKey> pending_foreign_keys_;
  std::map<ColumnId, std::string> dropped_columns_;
  std::vector<catalog::IndexDefinition> dropped_keys_;  // the primary key, too
  std::vector<catalog::IndexDefinition> before_;        // as they are now
  ColumnId hidden_key_{};                               // the id of a hidden key that is there
};

// Keys that were named for the table follow its new name.
void rename_numbered_keys(catalog::TableDefinition& table, std::string_view before);

}  // namespace octavo::sql
