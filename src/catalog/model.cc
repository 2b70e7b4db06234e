#include "catalog/model.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/keyspace_rules.h"
#include "catalog/reserved.h"

namespace octavo::catalog {

const IndexDefinition* TableDefinition::find_index(std::string_view index_name) const {
  for (const auto& index : indexes) {
    if (index.name == index_name) return &index;
  }
  return nullptr;
}

const IndexDefinition* TableDefinition::find_index(IndexId index_id) const {
  for (const auto& index : indexes) {
    if (index.id == index_id) return &index;
  }
  return nullptr;
}

const ColumnDefinition* TableDefinition::find_column(std::string_view column_name) const {
  for (const auto& column : columns) {
    if (column.name == column_name) return &column;
  }
  return nullptr;
}

const ColumnDefinition* TableDefinition::find_column(ColumnId column_id) const {
  for (const auto& column : columns) {
    if (column.id == column_id) return &column;
  }
  return nullptr;
}

const ColumnDefinition* TableDefinition::auto_increment() const {
  const auto it = std::ranges::find_if(
      columns, [](const auto& column) { return column.auto_increment && !column.hidden; });
  return it == columns.end() ? nullptr : &*it;
}

std::string_view permission_name(Permission permission) {
  switch (permission) {
    case Permission::read: return "read";
    case Permission::write: return "write";
    case Permission::config: return "config";
    case Permission::connect: return "connect";
  }
  return "unknown";
}

CatalogState CatalogState::initial() {
  CatalogState state;
  for (const BuiltIn& row : kBuiltIn) {
    state.database_names_.emplace(row.name, row.database);
    state.databases_.emplace(
        row.database, DatabaseDefinition{
                          .id = row.database,
                          .uuid = fmt::format("00000000-0000-4000-8000-{:012x}", raw(row.database)),
                          .name = std::string(row.name)});
    for (unsigned n = 0; n < row.tables.count; ++n) {
      auto table = std::make_shared<TableDefinition>();
      table->id = row.tables.at(n);
      table->database = row.database;
      table->uuid = fmt::format("00000000-0000-4000-8001-{:012x}", raw(table->id));
      table->name = fmt::format("{}{}", row.table_prefix, n);
      table->layout = row.layout;
      table->durability = row.durability;
      state.table_names_.emplace(std::pair(row.database, table->name), table->id);
      state.tables_.emplace(table->id, std::move(table));
    }
  }
  return state;
}

const DatabaseDefinition* CatalogState::find_database(std::string_view name) const {
  const auto it = database_names_.find(name);
  return it == database_names_.end() ? nullptr : find_database(it->second);
}

const DatabaseDefinition* CatalogState::find_database(DatabaseId id) const {
  const auto it = databases_.find(id);
  return it == databases_.end() ? nullptr : &it->second;
}

const TableDefinition* CatalogState::find_table(DatabaseId database, std::string_view name) const {
  const auto it = table_names_.find(std::pair(database, std::string(name)));
  return it == table_names_.end() ? nullptr : find_table(it->second);
}

const TableDefinition* CatalogState::find_table(TableId id) const {
  const auto it = tables_.find(id);
  return it == tables_.end() ? nullptr : it->second.get();
}

std::shared_ptr<const TableDefinition> CatalogState::share_table(TableId id) const {
  const auto it = tables_.find(id);
  return it == tables_.end() ? nullptr : it->second;
}

const ViewDefinition* CatalogState::find_view(DatabaseId database, std::string_view name) const {
  const auto it = view_names_.find(std::pair(database, std::string(name)));
  return it == view_names_.end() ? nullptr : find_view(it->second);
}

const ViewDefinition* CatalogState::find_view(TableId id) const {
  const auto it = views_.find(id);
  return it == views_.end() ? nullptr : it->second.get();
}

bool CatalogState::has_name(DatabaseId database, std::string_view name) const {
  return find_table(database, name) != nullptr || find_view(database, name) != nullptr;
}

const User* CatalogState::find_user(std::string_view name) const {
  const auto it = users_.find(name);
  return it == users_.end() ? nullptr : &it->second;
}

std::vector<const DatabaseDefinition*> CatalogState::databases() const {
  std::vector<const DatabaseDefinition*> out;
  for (const auto& [name, id] : database_names_) out.push_back(find_database(id));
  return out;
}

std::vector<const TableDefinition*> CatalogState::tables(DatabaseId database) const {
  std::vector<const TableDefinition*> out;
  for (auto it = table_names_.lower_bound(std::pair(database, std::string()));
       it != table_names_.end() && it->first.first == database; ++it) {
    out.push_back(find_table(it->second));
  }
  return out;
}

std::vector<const ViewDefinition*> CatalogState::views(DatabaseId database) const {
  std::vector<const ViewDefinition*> out;
  for (auto it = view_names_.lower_bound(std::pair(database, std::string()));
       it != view_names_.end() && it->first.first == database; ++it) {
    out.push_back(find_view(it->second));
  }
  return out;
}

std::vector<const TableDefinition*> CatalogState::all_tables() const {
  std::vector<const TableDefinition*> out;
  for (const auto& [id, table] : tables_) out.push_back(table.get());
  return out;
}

std::vector<const User*> CatalogState::users() const {
  std::vector<const User*> out;
  for (const auto& [name, user] : users_) out.push_back(&user);
  return out;
}

namespace {

std::optional<bool> granted(const Permissions& permissions, Permission permission) {
  switch (permission) {
    case Permission::read: return permissions.read;
    case Permission::write: return permissions.write;
    case Permission::config: return permissions.config;
    case Permission::connect: return permissions.connect;
  }
  return std::nullopt;
}

}  // namespace

bool CatalogState::has_rights_of(const CatalogState& other) const {
  return std::ranges::equal(users(), other.users(),
                            [](const User* a, const User* b) {
                              return a->name == b->name && a->grants == b->grants;
                            }) &&
         same_keyspace_rules(*this, other);
}

bool CatalogState::allows(std::string_view user, Permission permission,
                          std::optional<DatabaseId> database, std::optional<TableId> table) const {
  if (user == kAdminName) return true;
  const User* found = find_user(user);
  if (found == nullptr) return false;
  if (permission == Permission::write && !allows(user, Permission::read, database, table)) {
    return false;
  }
  const bool system = database == kSystemDatabase;
  if (system && table) table = granted_as(*table);
  std::optional<bool> verdict;
  int verdict_depth = -1;
  for (const Grant& grant : found->grants) {
    const int depth = grant.table ? 2 : grant.database ? 1 : 0;
    if (system && depth == 0) continue;
    if (grant.database && grant.database != database) continue;
    if (grant.table && grant.table != table) continue;
    const auto answer = granted(grant.permissions, permission);
    if (answer && depth > verdict_depth) {
      verdict = answer;
      verdict_depth = depth;
    }
  }
  return verdict.value_or(false);
}

}  // namespace octavo::catalog
