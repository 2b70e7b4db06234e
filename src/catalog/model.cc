#include "catalog/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

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

const Role* CatalogState::find_role(std::string_view home, std::string_view name) const {
  const auto it = std::ranges::find_if(roles_, [&](const auto& entry) {
    return entry.second.home == home && entry.second.name == name;
  });
  return it == roles_.end() ? nullptr : &it->second;
}

const Role* CatalogState::find_role(RoleId id) const {
  const auto it = roles_.find(id);
  return it == roles_.end() ? nullptr : &it->second;
}

std::vector<const Role*> CatalogState::roles() const {
  std::vector<const Role*> out;
  for (const auto& [id, role] : roles_) out.push_back(&role);
  std::ranges::sort(out, {}, [](const Role* role) { return std::tie(role->home, role->name); });
  return out;
}

std::vector<const Role*> CatalogState::with_included(const std::vector<RoleId>& roles) const {
  std::vector<const Role*> out;
  const auto add = [&](const std::vector<RoleId>& ids) {
    for (const RoleId id : ids) {
      const Role* const role = find_role(id);
      if (role != nullptr && std::ranges::find(out, role) == out.end()) out.push_back(role);
    }
  };
  add(roles);
  for (std::size_t at = 0; at < out.size(); ++at) add(out[at]->roles);
  return out;
}

std::vector<const User*> CatalogState::users() const {
  std::vector<const User*> out;
  for (const auto& [name, user] : users_) out.push_back(&user);
  return out;
}

}  // namespace octavo::catalog
