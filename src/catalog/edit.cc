#include "catalog/edit.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "base/uuid.h"
#include "catalog/keyspace_rules.h"
#include "catalog/reserved.h"

namespace octavo::catalog {
namespace {

Status check_name(std::string_view what, std::string_view name) {
  if (is_name(name)) return {};
  return fail(Code::invalid_argument,
              fmt::format("{} name `{}` invalid (Use A-Z, a-z, 0-9, _ and - only, at most {} "
                          "characters).",
                          what, name, kMaxNameBytes));
}

Result<const TableDefinition*> existing_table(const CatalogState& state, TableId id) {
  const TableDefinition* table = state.find_table(id);
  if (table == nullptr) return fail(Code::not_found, "The table does not exist.");
  if (is_built_in(id)) {
    return fail(Code::permission_denied,
                fmt::format("The built-in table `{}` cannot be changed.", table->name));
  }
  return table;
}

Result<const DatabaseDefinition*> existing_database(const CatalogState& state, DatabaseId id) {
  const DatabaseDefinition* database = state.find_database(id);
  if (database == nullptr) return fail(Code::not_found, "The database does not exist.");
  if (is_built_in(id)) {
    return fail(Code::permission_denied,
                fmt::format("The built-in database `{}` cannot be changed.", database->name));
  }
  return database;
}

}  // namespace

Result<Changes> create_database(const CatalogState& state, std::string_view name) {
  TRY_STATUS(check_name("Database", name));
  if (state.find_database(name) != nullptr) {
    return fail(Code::already_exists, fmt::format("Database `{}` already exists.", name));
  }
  return Changes{PutDatabase{{DatabaseId{state.next_id()}, random_uuid(), std::string(name)}}};
}

Result<Changes> drop_database(const CatalogState& state, DatabaseId id) {
  TRY_STATUS(existing_database(state, id));
  Changes changes;
  for (const TableDefinition* table : state.all_tables()) {
    if (table->database == id) changes.emplace_back(DropTable{table->id});
  }
  for (const ViewDefinition* view : state.views(id)) changes.emplace_back(DropView{view->id});
  changes.emplace_back(DropDatabase{id});
  return changes;
}

Result<Changes> rename_database(const CatalogState& state, DatabaseId id, std::string_view name) {
  TRY_STATUS(check_name("Database", name));
  TRY(const auto* const database, existing_database(state, id));
  if (database->name != name && state.find_database(name) != nullptr) {
    return fail(Code::already_exists, fmt::format("Database `{}` already exists.", name));
  }
  DatabaseDefinition renamed = *database;
  renamed.name = name;
  return Changes{PutDatabase{std::move(renamed)}};
}

Result<Changes> create_table(const CatalogState& state, const NewTable& table) {
  TRY_STATUS(check_name("Table", table.name));
  TableDefinition out;
  out.database = table.database;
  out.name = table.name;
  out.primary_key = table.primary_key;
  out.durability = table.durability;
  out.options = table.options;
  return create_table(state, std::move(out));
}

Result<Changes> create_table(const CatalogState& state, TableDefinition table) {
  TRY(const auto* const database, existing_database(state, table.database));
  if (!table.temporary && state.has_name(table.database, table.name)) {
    return fail(Code::already_exists,
                fmt::format("Table `{}.{}` already exists.", database->name, table.name));
  }
  std::uint64_t next_id = state.next_id();
  table.id = TableId{next_id++};
  table.uuid = random_uuid();
  for (IndexDefinition& index : table.indexes) {
    index.id = IndexId{next_id++};
    index.ready = true;
  }
  return Changes{PutTable{std::move(table)}};
}

Result<Changes> drop_table(const CatalogState& state, TableId id) {
  TRY_STATUS(existing_table(state, id));
  return Changes{DropTable{id}};
}

Result<Changes> edit_table(const CatalogState& state, TableId id, const TableEdit& edit) {
  TRY(const auto* const table, existing_table(state, id));
  TableDefinition edited = *table;
  TRY_STATUS(edit(edited));
  if (edited.name != table->name || edited.database != table->database) {
    TRY_STATUS(check_name("Table", edited.name));
    if (state.has_name(edited.database, edited.name)) {
      return fail(Code::already_exists, fmt::format("Table `{}` already exists.", edited.name));
    }
  }
  return Changes{PutTable{std::move(edited)}};
}

Result<Changes> add_index(const CatalogState& state, TableId id, IndexDefinition index) {
  index.id = IndexId{state.next_id()};
  index.ready = false;
  return edit_table(state, id, [&](TableDefinition& table) -> Status {
    if (table.find_index(index.name) != nullptr) {
      return fail(Code::already_exists, fmt::format("Index `{}` already exists.", index.name));
    }
    table.indexes.push_back(index);
    std::ranges::sort(table.indexes, {}, &IndexDefinition::name);
    return {};
  });
}

Result<Changes> drop_index(const CatalogState& state, TableId id, std::string_view name) {
  return edit_table(state, id, [&](TableDefinition& table) -> Status {
    if (std::erase_if(table.indexes, [&](const auto& index) { return index.name == name; }) == 0) {
      return fail(Code::not_found, fmt::format("Index `{}` does not exist.", name));
    }
    return {};
  });
}

Result<Changes> rename_index(const CatalogState& state, TableId id, std::string_view from,
                             std::string_view to, bool overwrite) {
  return edit_table(state, id, [&](TableDefinition& table) -> Status {
    if (table.find_index(from) == nullptr) {
      return fail(Code::not_found, fmt::format("Index `{}` does not exist.", from));
    }
    if (from == to) return {};
    if (table.find_index(to) != nullptr && !overwrite) {
      return fail(Code::already_exists, fmt::format("Index `{}` already exists.", to));
    }
    std::erase_if(table.indexes, [&](const auto& index) { return index.name == to; });
    for (auto& index : table.indexes) {
      if (index.name == from) index.name = to;
    }
    std::ranges::sort(table.indexes, {}, &IndexDefinition::name);
    return {};
  });
}

Result<Changes> put_user(const CatalogState&, User user) {
  if (user.name.empty()) return fail(Code::invalid_argument, "A user needs a name.");
  return Changes{PutUser{std::move(user)}};
}

Result<Changes> drop_user(const CatalogState& state, std::string_view name) {
  if (name == kAdminName) {
    return fail(Code::permission_denied, "The user `admin` can't be deleted.");
  }
  if (state.find_user(name) == nullptr) {
    return fail(Code::not_found, fmt::format("User `{}` does not exist.", name));
  }
  Changes changes{DropUser{std::string(name)}};
  KeyspaceRulesEdit rules(state);
  rules.drop(name);
  if (auto change = rules.change()) changes.push_back(*std::move(change));
  return changes;
}

Result<Changes> create_role(const CatalogState& state, Role role) {
  if (role.name.empty()) return fail(Code::invalid_argument, "A role needs a name.");
  if (state.find_role(role.home, role.name) != nullptr) {
    return fail(Code::already_exists, fmt::format("Role `{}` already exists.", role.name));
  }
  role.id = RoleId{state.next_id()};
  return Changes{PutRole{std::move(role)}};
}

Changes drop_roles(const CatalogState& state, const std::vector<RoleId>& roles) {
  const auto goes = [&](RoleId id) { return std::ranges::find(roles, id) != roles.end(); };
  Changes changes;
  for (const User* user : state.users()) {
    User without = *user;
    if (std::erase_if(without.roles, goes) != 0) changes.emplace_back(PutUser{std::move(without)});
  }
  for (const Role* role : state.roles()) {
    if (goes(role->id)) continue;
    Role without = *role;
    if (std::erase_if(without.roles, goes) != 0) changes.emplace_back(PutRole{std::move(without)});
  }
  for (const RoleId id : roles) changes.emplace_back(DropRole{id});
  return changes;
}

}  // namespace octavo::catalog
