// Tables as a whole: made like others, dropped, emptied, renamed.

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/uuid.h"
#include "catalog/references.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/define/draft.h"
#include "dialect/sql/define/new_ids.h"
#include "dialect/sql/define/statements.h"
#include "dialect/sql/error/error.h"

namespace octavo::sql {
namespace {

Status check_supported(const CreateTable& create, const DefineContext& context) {
  if (create.query && context.selected == nullptr) return not_supported("CREATE TABLE ... SELECT");
  if (create.partitioning) return not_supported("PARTITION BY");
  if (!create.temporary) return {};
  const bool refers = std::ranges::any_of(create.elements, [](const TableElement& element) {
    return std::holds_alternative<Ref<ForeignKey>>(element);
  });
  return refers ? Status(error<1215>()) : Status();
}

// Whether a statement may not give the name: tables of its own do not hinder others, nor are they
// hindered.
bool is_taken(const CreateTable& create, const NamedTable& named) {
  if (!create.temporary) return named.is_taken();
  return named.table != nullptr && named.table->temporary;
}

Status check_duplicates(const std::vector<catalog::ColumnDefinition>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (same_name(columns[i].name, columns[k].name)) return error<1060>(columns[i].name);
    }
  }
  return {};
}

// The definition without rows and numbers of its own.
Result<catalog::TableDefinition> like(const Path& path, const CatalogState& state,
                                      const DefineContext& context) {
  TRY(const NamedTable source, find_table(path, state, context));
  if (source.view != nullptr) return error<1347>(source.database->name, source.name, "BASE TABLE");
  if (source.table == nullptr) return error<1146>(source.database->name, source.name);
  if (!source.table->declared()) return not_supported("LIKE a table without columns");
  catalog::TableDefinition table = *source.table;
  table.first_number = 1;
  table.foreign_keys.clear();
  table.referenced_by.clear();
  std::erase_if(table.indexes, [](const auto& index) { return index.hidden && !index.unique; });
  table.write_hook.clear();
  table.write_hook_forms = {};
  return table;
}

Result<catalog::TableDefinition> made_of(const CreateTable& create, const NamedTable& named,
                                         const CatalogState& state, const DefineContext& context) {
  TableDraft draft(std::string(named.name), *named.database, state, context);
  // Types without a character set have that of the table, which stands behind them.
  for (const TableOption& option : create.options) TRY_STATUS(draft.set_option(option));
  // Keys may name columns that come later.
  for (const TableElement& element : create.elements) {
    if (std::holds_alternative<Ref<ColumnDef>>(element)) TRY_STATUS(draft.add_element(element));
  }
  if (context.selected != nullptr) {
    TRY_STATUS(check_duplicates(*context.selected));
    for (const catalog::ColumnDefinition& column : *context.selected) {
      TRY_STATUS(draft.add_selected(column));
    }
  }
  for (const TableElement& element : create.elements) {
    if (!std::holds_alternative<Ref<ColumnDef>>(element)) TRY_STATUS(draft.add_element(element));
  }
  return std::move(draft).finish();
}

}  // namespace

Status check_not_referenced(const catalog::Changes& changes, const CatalogState& state,
                            const DefineContext& context) {
  if (!context.session.foreign_key_checks) return {};
  std::set<TableId> dropped;
  for (const catalog::Change& change : changes) {
    if (const auto* drop = std::get_if<catalog::DropTable>(&change)) dropped.insert(drop->id);
  }
  for (const TableId id : dropped) {
    const catalog::TableDefinition& table = *state.find_table(id);
    for (const catalog::Reference& reference : catalog::references_to(state, table)) {
      if (dropped.contains(reference.child->id)) continue;
      return error<3730>(table.name, reference.key->name, reference.child->name);
    }
  }
  return {};
}

Result<Alteration> define(const CreateTable& create, const CatalogState& state,
                          const DefineContext& context) {
  TRY_STATUS(check_supported(create, context));
  TRY(const NamedTable named, find_table(create.table, state, context));
  TRY_STATUS(may_change(*named.database, context));
  TRY_STATUS(check_new_name<1103>(named.name));
  Alteration out;
  if (is_taken(create, named)) {
    if (!create.if_not_exists) return error<1050>(named.name);
    note(context, error<1050>(named.name));
    return out;
  }
  TRY(catalog::TableDefinition table, create.like.empty() ? made_of(create, named, state, context)
                                                          : like(create.like, state, context));
  table.name = named.name;
  table.database = named.database->id;
  table.temporary = create.temporary || context.selected != nullptr;
  TRY(out.changes, catalog::create_table(state, std::move(table)));
  return out;
}

namespace {

Error missing(const DropProgram& drop, const std::string& database) {
  const std::string_view name = drop.program.back();
  const std::string full =
      database.empty() ? std::string(name) : database + "." + std::string(name);
  switch (drop.kind) {
    case DropProgram::Kind::event:
      return drop.if_exists ? error<1305>("Event", name).error() : error<1539>(name).error();
    case DropProgram::Kind::function:
      return error<1305>(database.empty() ? "FUNCTION (UDF)" : "FUNCTION", full).error();
    case DropProgram::Kind::procedure: return error<1305>("PROCEDURE", full).error();
    case DropProgram::Kind::trigger: break;
  }
  return error<1360>().error();
}

}  // namespace

Result<Alteration> define(const DropProgram& drop, const CatalogState& /*state*/,
                          const DefineContext& context) {
  const std::string database = drop.program.size() > 1 ? std::string(drop.program.front())
                                                       : context.session.database.value_or("");
  if (database.empty() && drop.kind != DropProgram::Kind::function) return error<1046>();
  const Error error = missing(drop, database);
  if (!drop.if_exists) return fail(error);
  note(context, fail(error));
  return Alteration();
}

Result<Alteration> define(const DropTables& drop, const CatalogState& state,
                          const DefineContext& context) {
  Alteration out;
  std::string missing;
  for (const Path& path : drop.tables) {
    TRY(const NamedTable named, find_table(path, state, context));
    const bool is_meant = drop.views ? named.view != nullptr : named.table != nullptr;
    if (drop.views && named.table != nullptr) {
      return error<1347>(named.database->name, named.name, "VIEW");
    }
    if (!is_meant || (drop.temporary && !named.table->temporary)) {
      const std::string name = named.database->name + "." + std::string(named.name);
      if (drop.if_exists) note(context, error<1051>(name));
      missing += (missing.empty() ? "" : ",") + name;
      continue;
    }
    TRY_STATUS(may_change(*named.database, context));
    if (drop.views) {
      out.changes.emplace_back(catalog::DropView{named.view->id});
    } else {
      out.changes.emplace_back(catalog::DropTable{named.table->id});
    }
  }
  if (!missing.empty() && !drop.if_exists) return error<1051>(missing);
  TRY_STATUS(check_not_referenced(out.changes, state, context));
  return out;
}

// Another table takes its place: nothing has to be erased row by row, and numbers begin again.
Result<Alteration> define(const TruncateTable& truncate, const CatalogState& state,
                          const DefineContext& context) {
  TRY(const NamedTable taken, find_table(truncate.table, state, context));
  if (taken.view != nullptr) return error<1146>(taken.database->name, taken.name);
  TRY(const NamedTable named, existing_table(truncate.table, state, context));
  for (const catalog::Reference& reference : catalog::references_to(state, *named.table)) {
    if (reference.child == named.table || !context.session.foreign_key_checks) continue;
    const auto* home = state.find_database(reference.child->database);
    return error<1701>("`" + home->name + "`.`" + reference.child->name + "`, CONSTRAINT `" +
                       reference.key->name + "`");
  }
  catalog::TableDefinition emptied = *named.table;
  emptied.first_number = 1;
  NewIds ids(state);
  ids.give_all(emptied);
  for (catalog::IndexDefinition& index : emptied.indexes) index.ready = true;
  Alteration out;
  carry_grants(state, named.table->id, emptied.id, out.changes);
  out.changes.emplace_back(catalog::DropTable{named.table->id});
  out.changes.emplace_back(catalog::PutTable{std::move(emptied)});
  return out;
}

// One after the other, so that two may change their names with the help of a third.
Result<Alteration> define(const RenameTables& rename, const CatalogState& state,
                          const DefineContext& context) {
  using TableName = std::pair<DatabaseId, std::string>;
  std::map<TableName, TableId> names;  // as they are by now; id 0: nothing has it any more
  std::map<TableId, TableName> renamed;
  const auto at = [&](const NamedTable& named) {
    const auto it = names.find({named.database->id, std::string(named.name)});
    if (it != names.end()) return it->second;
    if (named.view != nullptr) return named.view->id;
    return named.table == nullptr ? TableId{} : named.table->id;
  };
  for (const TableRename& one : rename.renames) {
    TRY(const NamedTable from, find_table(one.from, state, context));
    TRY(const NamedTable to, find_table(one.to, state, context));
    TRY_STATUS(may_change(*from.database, context));
    TRY_STATUS(may_change(*to.database, context));
    TRY_STATUS(check_new_name<1103>(to.name));
    const TableId id = at(from);
    if (id == TableId{}) return error<1146>(from.database->name, from.name);
    if (at(to) != TableId{}) return error<1050>(to.name);
    if (state.find_view(id) != nullptr && from.database != to.database) {
      return error<1450>(from.database->name, to.database->name);
    }
    names[{from.database->id, std::string(from.name)}] = TableId{};
    renamed[id] = {to.database->id, std::string(to.name)};
    names[renamed[id]] = id;
  }
  Alteration out;
  for (const auto& [id, name] : renamed) {
    if (const auto* view = state.find_view(id)) {
      catalog::PutView put{*view};
      put.view.name = name.second;
      out.changes.emplace_back(std::move(put));
      continue;
    }
    catalog::TableDefinition table = *state.find_table(id);
    std::tie(table.database, table.name) = name;
    rename_numbered_keys(table, state.find_table(id)->name);
    out.changes.emplace_back(catalog::PutTable{std::move(table)});
  }
  return out;
}

}  // namespace octavo::sql
