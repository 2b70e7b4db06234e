// ALTER TABLE, CREATE INDEX, DROP INDEX: a draft of the table with the changes, and what it takes
// to get there.

#include <utility>

#include "catalog/references.h"
#include "dialect/sql/define/draft.h"
#include "dialect/sql/define/new_ids.h"
#include "dialect/sql/define/row_changes.h"
#include "dialect/sql/define/statements.h"
#include "dialect/sql/error/error.h"

namespace octavo::sql {
namespace {

using catalog::TableDefinition;

// The new name and place of a table.
struct Renamed {
  const catalog::DatabaseDefinition* database = nullptr;
  std::string name;
};

class Actions {
 public:
  Actions(TableDraft& draft, const CatalogState& state, const DefineContext& context)
      : draft_(draft), state_(state), context_(context) {}

  const std::optional<Renamed>& renamed() const { return renamed_; }

  Status operator()(const Ref<AddColumn>& add) {
    return draft_.add_column(add->column, {.first = add->first, .after = add->after});
  }
  Status operator()(const Ref<ChangeColumn>& change) {
    const AddColumn& changed = change->changed;
    const Name name = change->column.empty() ? changed.column.name : change->column;
    return draft_.change_column(name, changed.column,
                                {.first = changed.first, .after = changed.after});
  }
  Status operator()(const AddConstraint& add) { return draft_.add_element(add.element); }
  Status operator()(const DropPart& drop) {
    switch (drop.target) {
      case AlterTarget::column: return draft_.drop_column(drop.name);
      case AlterTarget::index: return draft_.drop_key(drop.name);
      case AlterTarget::primary_key: return draft_.drop_primary();
      case AlterTarget::foreign_key: return draft_.drop_foreign_key(drop.name);
      case AlterTarget::check: return draft_.drop_check(drop.name);
      case AlterTarget::constraint: return drop_constraint(drop.name);
    }
    std::unreachable();
  }
  Status operator()(const RenamePart& rename) {
    return rename.target == AlterTarget::column ? draft_.rename_column(rename.from, rename.to)
                                                : draft_.rename_key(rename.from, rename.to);
  }
  Status operator()(const RenameTo& rename) {
    TRY(const NamedTable to, find_table(rename.table, state_, context_));
    TRY_STATUS(may_change(*to.database, context_));
    TRY_STATUS(check_new_name<1103>(to.name));
    const bool is_itself = to.table != nullptr && to.table->id == draft_.table().id;
    if (to.is_taken() && !is_itself) return error<1050>(to.name);
    renamed_ = {to.database, std::string(to.name)};
    return {};
  }
  Status operator()(const SetDefault& set) {
    return draft_.set_default(set.column, set.value ? &*set.value : nullptr, set.in_parentheses);
  }
  Status operator()(const SetVisible& set) {
    return set.target == AlterTarget::column ? draft_.set_visible_column(set.name, set.visible)
                                             : draft_.set_visible_key(set.name, set.visible);
  }
  Status operator()(const SetEnforced& set) { return draft_.set_enforced(set.name, set.enforced); }
  Status operator()(const ConvertCharset& convert) { return draft_.convert_charset(convert); }
  // Rows are in the order of their key, and how a change is carried out is nobody's choice here.
  Status operator()(const OrderRows&) { return {}; }
  Status operator()(const AlterFlag&) { return {}; }
  Status operator()(const TableOption& option) { return draft_.set_option(option); }
  Status operator()(const Ref<AlterPartitions>&) { return not_supported("PARTITION"); }

 private:
  Status drop_constraint(Name name) {
    if (draft_.has_foreign_key(name)) return draft_.drop_foreign_key(name);
    if (draft_.has_check(name)) return draft_.drop_check(name);
    const Status dropped = draft_.drop_key(name);
    return dropped ? Status() : error<3940>(name);
  }

  TableDraft& draft_;
  const CatalogState& state_;
  const DefineContext& context_;
  std::optional<Renamed> renamed_;
};

Alteration changed_in_place(const CatalogState& state, TableDefinition after) {
  NewIds(state).give(after);
  Alteration out;
  out.changes.emplace_back(catalog::PutTable{std::move(after)});
  return out;
}

Result<Alteration> moved(const CatalogState& state, const TableDefinition& before,
                         TableDefinition after, const DefineContext& context) {
  NewIds(state).give_all(after);
  for (catalog::IndexDefinition& index : after.indexes) index.ready = false;
  Alteration out;
  TRY(out.rows, row_changes(before, after, context));
  carry_grants(state, before.id, after.id, out.changes);
  out.changes.emplace_back(catalog::DropTable{before.id});
  out.changes.emplace_back(catalog::PutTable{std::move(after)});
  return out;
}

TableId id_of_put(const Alteration& alteration) {
  return std::get<catalog::PutTable>(alteration.changes.back()).table.id;
}

Result<Alteration> altered(const CatalogState& state, const TableDefinition& before,
                           TableDefinition after, const DefineContext& context) {
  std::vector<catalog::ForeignKeyId> added;
  for (const auto& key : after.foreign_keys) {
    const bool is_there = catalog::find_foreign_key(before, key.id) != nullptr;
    if (!is_there && context.session.foreign_key_checks) added.push_back(key.id);
  }
  Alteration out;
  if (concerns_rows(before, after)) {
    TRY(out, moved(state, before, std::move(after), context));
  } else {
    out = changed_in_place(state, std::move(after));
  }
  for (const auto key : added) out.new_references.push_back({id_of_put(out), key});
  return out;
}

// With a table that declares nothing only its name may be changed.
Result<Alteration> alter_undeclared(const AlterTable& alter, const CatalogState& state,
                                    const DefineContext& context) {
  const auto* rename =
      alter.actions.size() == 1 ? std::get_if<RenameTo>(&alter.actions.front()) : nullptr;
  if (rename == nullptr) return not_supported("ALTER TABLE of a table without columns");
  const TableRename one{.from = alter.table, .to = rename->table};
  return define(RenameTables{.renames = List<TableRename>(&one, 1)}, state, context);
}

template <class Edit>
Result<Alteration> edited(const Path& path, const CatalogState& state, const DefineContext& context,
                          const Edit& edit) {
  TRY(const NamedTable named, existing_table(path, state, context));
  if (!named.table->declared()) return not_supported("keys of a table without columns");
  TableDraft draft(*named.table, *named.database, state, context);
  TRY_STATUS(edit(draft));
  TRY(TableDefinition after, std::move(draft).finish());
  return altered(state, *named.table, std::move(after), context);
}

}  // namespace

Result<Alteration> define(const AlterTable& alter, const CatalogState& state,
                          const DefineContext& context) {
  TRY(const NamedTable named, existing_table(alter.table, state, context));
  if (!named.table->declared()) return alter_undeclared(alter, state, context);
  TableDraft draft(*named.table, *named.database, state, context);
  Actions actions(draft, state, context);
  for (const AlterAction& action : alter.actions) TRY_STATUS(std::visit(actions, action));
  TRY(TableDefinition after, std::move(draft).finish());
  if (actions.renamed()) {
    after.name = actions.renamed()->name;
    after.database = actions.renamed()->database->id;
    rename_numbered_keys(after, named.table->name);
  }
  return altered(state, *named.table, std::move(after), context);
}

Result<Alteration> define(const CreateIndex& create, const CatalogState& state,
                          const DefineContext& context) {
  return edited(create.table, state, context,
                [&](TableDraft& draft) { return draft.add_key(create.key); });
}

Result<Alteration> define(const DropIndex& drop, const CatalogState& state,
                          const DefineContext& context) {
  return edited(drop.table, state, context,
                [&](TableDraft& draft) { return draft.drop_key(drop.name); });
}

}  // namespace octavo::sql
