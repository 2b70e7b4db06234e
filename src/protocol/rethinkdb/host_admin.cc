#include <fmt/format.h>

#include <algorithm>

#include "base/mutex.h"
#include "base/text.h"
#include "catalog/edit.h"
#include "dialect/reql/error.h"
#include "protocol/rethinkdb/config.h"
#include "protocol/rethinkdb/host.h"
#include "protocol/rethinkdb/system_tables.h"

namespace octavo::rethinkdb {
namespace {

using catalog::CatalogState;
using catalog::Changes;
using value::Value;

Status check_name(std::string_view what, std::string_view name) {
  if (is_name(name)) return {};
  if (name.size() > kMaxNameBytes) {
    return reql::fail_logic(
        fmt::format("{} name `{}` too long (max {} characters).", what, name, kMaxNameBytes));
  }
  return reql::fail_logic(
      fmt::format("{} name `{}` invalid (Use A-Z, a-z, 0-9, _ and - only).", what, name));
}

std::unexpected<Error> reserved_database() {
  return reql::fail_logic(fmt::format(
      "Database `{}` is special; you can't create new tables in it.", kSystemDatabaseName));
}

Status check_shards(const reql::TableOptions& options) {
  if (options.shards == 0) return reql::fail_logic("Every table must have at least one shard.");
  if (options.shards > kMaxShards) {
    return reql::fail_logic(fmt::format("Maximum number of shards is {}.", kMaxShards));
  }
  return {};
}

Durability durability_of(reql::WriteDurability durability) {
  return durability == reql::WriteDurability::soft ? Durability::memory : Durability::disk;
}

// What an index build came to, told by a thread of the engine.
class BuildEnd {
 public:
  void set(Status status) {
    const MutexLock lock(mutex_);
    status_ = std::move(status);
  }
  Status get() {
    const MutexLock lock(mutex_);
    return status_;
  }

 private:
  Mutex mutex_;
  Status status_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace

Status EngineHost::may_define() {
  if (context_.may_wait) return {};
  would_have_waited_ = true;
  return fail(Code::would_block, "Definitions are changed on worker threads.");
}

Result<Lsn> EngineHost::define(const engine::Engine::Decide& decide) {
  TRY(const Lsn lsn, service_.engine.define(context_.user, decide));
  statement_.promise.add(lsn, Durability::disk);
  return lsn;
}

// Waits for those who have locked what goes, or written to it and not committed yet.
Result<Lsn> EngineHost::drop(const engine::Engine::Decide& decide) {
  std::optional<catalog::Violation> violation;
  const auto decide_alteration = [&](const CatalogState& state) -> Result<catalog::Alteration> {
    catalog::Alteration alteration;
    TRY(alteration.changes, decide(state));
    return alteration;
  };
  TRY(const Lsn lsn, service_.engine.alter(decide_alteration, context_, violation));
  statement_.promise.add(lsn, Durability::disk);
  return lsn;
}

Status EngineHost::require(catalog::Permission permission, std::optional<DatabaseId> database,
                           std::optional<TableId> table) const {
  return service_.engine.access().require(context_.user, permission, database, table);
}

Status EngineHost::require_config(const reql::TableInfo& table) {
  return require(catalog::Permission::config, table);
}

Status EngineHost::require_config(const reql::DatabaseInfo& database,
                                  const reql::TableInfo* table) const {
  if (table != nullptr) return require(catalog::Permission::config, *table);
  TRY_STATUS(require(catalog::Permission::config, database.id, std::nullopt));
  const auto state = service_.engine.catalog();
  for (const auto* one : state->tables(database.id)) {
    TRY_STATUS(require(catalog::Permission::config, database.id, one->id));
  }
  return {};
}

Result<Value> EngineHost::describe(const reql::DatabaseInfo& database, const reql::TableInfo* table,
                                   reql::Description what) {
  const bool status = what == reql::Description::status;
  if (!status) {
    const std::optional<TableId> id = table == nullptr ? std::nullopt : std::optional(table->id);
    TRY_STATUS(require(catalog::Permission::config, database.id, id));
  }
  const std::string_view name = status ? "table_status" : table ? "table_config" : "db_config";
  const Value key = Value::string(table != nullptr ? table->uuid : database.uuid);
  return system_row(service_, name, key, context_);
}

// --- Databases ---

Result<reql::DatabasePtr> EngineHost::find_database(std::string_view name) {
  if (name == kSystemDatabaseName) return system_database();
  const auto state = service_.engine.catalog();
  const auto* database = state->find_database(name);
  if (database == nullptr) {
    TRY_STATUS(check_name("Database", name));
    return reql::DatabasePtr();
  }
  return std::make_shared<const reql::DatabaseInfo>(
      reql::DatabaseInfo{database->id, database->name, database->uuid});
}

Result<reql::ConfigChange> EngineHost::create_database(std::string_view name) {
  TRY_STATUS(may_define());
  TRY_STATUS(require(catalog::Permission::config, std::nullopt, std::nullopt));
  TRY_STATUS(check_name("Database", name));
  const auto decide = [&](const CatalogState& state) -> Result<Changes> {
    if (name == kSystemDatabaseName || state.find_database(name) != nullptr) {
      return fail(reql::database_exists(name));
    }
    return catalog::create_database(state, name);
  };
  TRY_STATUS(define(decide));
  const auto* database = service_.engine.catalog()->find_database(name);
  return reql::ConfigChange{Value(), database == nullptr ? Value() : database_config(*database)};
}

Result<std::pair<std::uint64_t, reql::ConfigChange>> EngineHost::drop_database(
    std::string_view name) {
  TRY_STATUS(may_define());
  if (name == kSystemDatabaseName) {
    return fail(Code::conflict,
                fmt::format("Database `{}` is special; you can't delete it.", kSystemDatabaseName));
  }
  std::uint64_t tables = 0;
  reql::ConfigChange change;
  const auto decide = [&](const CatalogState& state) -> Result<Changes> {
    const auto* database = state.find_database(name);
    if (database == nullptr) return fail(reql::database_missing(name));
    TRY_STATUS(require(catalog::Permission::config, database->id, std::nullopt));
    tables = state.tables(database->id).size();
    change.old_val = database_config(*database);
    return catalog::drop_database(state, database->id);
  };
  TRY_STATUS(drop(decide));
  return std::pair(tables, change);
}

Result<std::vector<std::string>> EngineHost::list_databases() {
  std::vector<std::string> names;
  names.emplace_back(kSystemDatabaseName);
  const auto state = service_.engine.catalog();
  for (const auto* database : state->databases()) {
    const auto* built_in = catalog::find_built_in(database->id);
    const bool hidden = built_in != nullptr && (built_in->flags & catalog::kHidden) != 0;
    if (hidden && !service_.engine.keyspace_in_use()) continue;
    names.push_back(database->name);
  }
  std::ranges::sort(names);
  return names;
}

// --- Tables ---

Result<reql::TablePtr> EngineHost::find_table(const reql::DatabaseInfo& database,
                                              std::string_view name,
                                              reql::IdentifierFormat format) {
  if (database.id == kSystemDatabase) return find_system_table(name, format);
  const auto state = service_.engine.catalog();
  const auto* table = state->find_table(database.id, name);
  if (table == nullptr) {
    TRY_STATUS(check_name("Table", name));
    return reql::TablePtr();
  }
  return service_.metadata.table(service_.engine, *state, state->share_table(table->id));
}

Result<reql::ConfigChange> EngineHost::create_table(const reql::DatabaseInfo& database,
                                                    std::string_view name,
                                                    const reql::TableOptions& options) {
  TRY_STATUS(may_define());
  TRY_STATUS(require(catalog::Permission::config, database.id, std::nullopt));
  TRY_STATUS(check_name("Table", name));
  if (database.id == kSystemDatabase) return reserved_database();
  TRY_STATUS(check_shards(options));
  const auto decide = [&](const CatalogState& state) -> Result<Changes> {
    if (state.find_database(database.id) == nullptr) {
      return fail(reql::database_missing(database.name));
    }
    if (state.find_table(database.id, name) != nullptr) {
      return fail(reql::table_exists(database.name, name));
    }
    catalog::NewTable table;
    table.database = database.id;
    table.name = name;
    table.primary_key = options.primary_key;
    table.durability = durability_of(options.durability);
    set_placement(table.options, {.shards = options.shards});
    return catalog::create_table(state, table);
  };
  TRY_STATUS(define(decide));
  const auto state = service_.engine.catalog();
  const auto* table = state->find_table(database.id, name);
  return reql::ConfigChange{Value(), table == nullptr
                                         ? Value()
                                         : table_config(*state, *table, service_.server_name,
                                                        reql::IdentifierFormat::name)};
}

Result<reql::ConfigChange> EngineHost::drop_table(const reql::DatabaseInfo& database,
                                                  std::string_view name) {
  TRY_STATUS(may_define());
  if (database.id == kSystemDatabase) {
    return fail(
        Code::conflict,
        fmt::format("Database `{}` is special; you can't drop tables in it.", kSystemDatabaseName));
  }
  reql::ConfigChange change;
  const auto decide = [&](const CatalogState& state) -> Result<Changes> {
    const auto* table = state.find_table(database.id, name);
    if (table == nullptr) return fail(reql::table_missing(database.name, name));
    TRY_STATUS(require(catalog::Permission::config, database.id, table->id));
    change.old_val =
        table_config(state, *table, service_.server_name, reql::IdentifierFormat::name);
    return catalog::drop_table(state, table->id);
  };
  TRY_STATUS(drop(decide));
  return change;
}

Result<std::vector<std::string>> EngineHost::list_tables(const reql::DatabaseInfo& database) {
  if (database.id == kSystemDatabase) return system_table_names();
  std::vector<std::string> names;
  const auto state = service_.engine.catalog();
  for (const auto* table : state->tables(database.id)) names.push_back(table->name);
  return names;
}

// --- Indexes and hooks ---

Status EngineHost::create_index(const reql::TableInfo& table, std::string_view name,
                                const algebra::ExprPtr& function,
                                const reql::IndexOptions& options) {
  TRY_STATUS(may_define());
  TRY_STATUS(require_config(table));
  if (table.database.id == kSystemDatabase) return reserved_database();
  if (name == table.primary_key) {
    return reql::fail_logic(
        fmt::format("Index name conflict: `{}` is the name of the primary key.", name));
  }
  const auto kinds = service_.engine.index_kinds();
  const auto kind = std::ranges::find(kinds, options.kind, &index::KindRow::name);
  if (kind == kinds.end()) {
    return reql::fail_logic(fmt::format("There are no indexes of kind `{}`.", options.kind));
  }
  const auto decide = [&](const CatalogState& state) -> Result<Changes> {
    const auto* current = state.find_table(table.id);
    if (current == nullptr) return fail(reql::table_missing(table.database.name, table.name));
    if (current->find_index(name) != nullptr) {
      return fail(Code::already_exists, fmt::format("Index `{}` already exists on table `{}.{}`.",
                                                    name, table.database.name, table.name));
    }
    catalog::IndexDefinition index;
    index.name = name;
    index.kind = kind->id;
    index.options = Value::object({{"multi", Value::boolean(options.multi)}});
    TRY_STATUS(algebra::encode(function, index.function));
    return catalog::add_index(state, table.id, std::move(index));
  };
  TRY_STATUS(define(decide));
  return {};
}

Status EngineHost::drop_index(const reql::TableInfo& table, std::string_view name) {
  TRY_STATUS(may_define());
  TRY_STATUS(require_config(table));
  const auto decide = [&](const CatalogState& state) -> Result<Changes> {
    const auto* current = state.find_table(table.id);
    if (current == nullptr) return fail(reql::table_missing(table.database.name, table.name));
    if (current->find_index(name) == nullptr) {
      return fail(Code::not_found, fmt::format("Index `{}` does not exist on table `{}.{}`.", name,
                                               table.database.name, table.name));
    }
    return catalog::drop_index(state, table.id, name);
  };
  TRY_STATUS(define(decide));
  return {};
}

Status EngineHost::rename_index(const reql::TableInfo& table, std::string_view from,
                                std::string_view to, bool overwrite) {
  TRY_STATUS(may_define());
  TRY_STATUS(require_config(table));
  if (to == table.primary_key || from == table.primary_key) {
    return reql::fail_logic(fmt::format("Index name conflict: `{}` is the name of the primary key.",
                                        to == table.primary_key ? to : from));
  }
  const auto decide = [&](const CatalogState& state) -> Result<Changes> {
    const auto* current = state.find_table(table.id);
    if (current == nullptr) return fail(reql::table_missing(table.database.name, table.name));
    if (current->find_index(from) == nullptr) {
      return fail(Code::not_found, fmt::format("Index `{}` does not exist on table `{}.{}`.", from,
                                               table.database.name, table.name));
    }
    if (from != to && !overwrite && current->find_index(to) != nullptr) {
      return fail(Code::already_exists, fmt::format("Index `{}` already exists on table `{}.{}`.",
                                                    to, table.database.name, table.name));
    }
    return catalog::rename_index(state, table.id, from, to, overwrite);
  };
  TRY_STATUS(define(decide));
  return {};
}

Result<std::vector<reql::IndexInfo>> EngineHost::index_status(const reql::TableInfo& table,
                                                              const std::vector<std::string>& names,
                                                              bool wait) {
  for (;;) {
    TRY(const auto current, find_table(table.database, table.name, reql::IdentifierFormat::name));
    if (current == nullptr) return fail(reql::table_missing(table.database.name, table.name));
    // Names are told to all, definitions to those who may read or configure the table.
    const bool shown = require(catalog::Permission::read, table) || require_config(table);
    std::vector<reql::IndexInfo> out;
    for (const auto& name : names) {
      if (current->find_index(name) == nullptr) {
        return fail(reql::index_missing(name, table.database.name, table.name));
      }
    }
    const reql::IndexInfo* unready = nullptr;
    for (reql::IndexInfo index : current->indexes) {
      if (!names.empty() && std::ranges::find(names, index.name) == names.end()) continue;
      if (const auto progress = service_.engine.index_progress(index.id);
          progress && !index.ready) {
        const double total =
            static_cast<double>(std::max<std::uint64_t>(1, progress->rows_estimated));
        index.progress = std::min(1.0, static_cast<double>(progress->rows_done) / total);
      }
      if (!shown) index.function = nullptr;
      out.push_back(std::move(index));
      if (!out.back().ready) unready = current->find_index(out.back().name);
    }
    if (!wait || unready == nullptr) return out;
    TRY_STATUS(may_define());
    TRY_STATUS(context_.check());
    const auto end = std::make_shared<BuildEnd>();
    const auto notify = [&](const std::function<void()>& ready) {
      service_.engine.when_index_ready(table.id, unready->id, [end, ready](Status status) {
        end->set(std::move(status));
        ready();
      });
    };
    TRY_STATUS(wait_in_time(notify));
    TRY_STATUS(end->get());
  }
}

Status EngineHost::set_write_hook(const reql::TableInfo& table,
                                  std::optional<reql::WriteHookInfo> hook) {
  TRY_STATUS(may_define());
  TRY_STATUS(require_config(table));
  const auto edit = [&](catalog::TableDefinition& definition) -> Status {
    definition.write_hook.clear();
    definition.write_hook_forms = {};  // of the hook that goes
    if (hook) TRY_STATUS(algebra::encode(hook->function, definition.write_hook));
    return {};
  };
  TRY_STATUS(define(
      [&](const CatalogState& state) { return catalog::edit_table(state, table.id, edit); }));
  return {};
}

// --- Placement: one server, so there is nothing to move ---

Result<std::uint64_t> EngineHost::wait_ready(const reql::DatabaseInfo& database,
                                             const reql::TableInfo* table, reql::WaitFor,
                                             std::optional<double>) {
  // A table is ready as soon as it exists.
  if (table != nullptr) return 1;
  return service_.engine.catalog()->tables(database.id).size();
}

Result<Value> EngineHost::reconfigure(const reql::DatabaseInfo& database,
                                      const reql::TableInfo* table,
                                      const reql::ReconfigureOptions& options) {
  TRY_STATUS(require_config(database, table));
  if (options.emergency_repair) {
    return fail(Code::conflict, "This table doesn't need to be repaired.");
  }
  TRY_STATUS(check_shards(options.table));
  const auto before = service_.engine.catalog();
  std::vector<TableId> chosen;
  for (const auto* definition : before->tables(database.id)) {
    if (table == nullptr || definition->id == table->id) chosen.push_back(definition->id);
  }
  // The definitions as they will be; a dry run only shows them.
  std::vector<catalog::TableDefinition> after;
  const auto decide = [&](const CatalogState& state) -> Result<Changes> {
    Changes changes;
    after.clear();
    for (const TableId one : chosen) {
      const auto* definition = state.find_table(one);
      if (definition == nullptr) continue;  // dropped meanwhile
      Placement placement = placement_of(*definition);
      placement.shards = options.table.shards;
      after.push_back(*definition);
      set_placement(after.back().options, placement);
      changes.emplace_back(catalog::PutTable{after.back()});
    }
    return changes;
  };
  if (options.dry_run) {
    TRY_STATUS(decide(*before));
  } else {
    TRY_STATUS(may_define());
    TRY_STATUS(define(decide));
  }
  std::vector<Value> configs;
  std::vector<Value> statuses;
  for (const catalog::TableDefinition& definition : after) {
    const auto* old = before->find_table(definition.id);
    const auto shown = [&](auto view) {
      constexpr auto kNames = reql::IdentifierFormat::name;
      return reql::make_object(
          {{"old_val", view(*before, *old, service_.server_name, kNames)},
           {"new_val", view(*before, definition, service_.server_name, kNames)}});
    };
    configs.push_back(shown(table_config));
    statuses.push_back(shown(table_status));
  }
  std::vector<value::Field> fields;
  const double count = options.dry_run ? 0.0 : static_cast<double>(after.size());
  fields.push_back({"reconfigured", reql::number(count)});
  fields.push_back({"config_changes", Value::array(std::move(configs))});
  if (!options.dry_run) fields.push_back({"status_changes", Value::array(std::move(statuses))});
  return reql::make_object(std::move(fields));
}

Result<Value> EngineHost::rebalance(const reql::DatabaseInfo& database,
                                    const reql::TableInfo* table) {
  TRY_STATUS(require_config(database, table));
  const auto state = service_.engine.catalog();
  std::vector<Value> statuses;
  for (const auto* definition : state->tables(database.id)) {
    if (table != nullptr && definition->id != table->id) continue;
    const Value status =
        table_status(*state, *definition, service_.server_name, reql::IdentifierFormat::name);
    statuses.push_back(reql::make_object({{"old_val", status}, {"new_val", status}}));
  }
  const auto count = static_cast<double>(statuses.size());
  return reql::make_object(
      {{"rebalanced", reql::number(count)}, {"status_changes", Value::array(std::move(statuses))}});
}

// --- Grants ---

Result<reql::ConfigChange> EngineHost::grant(std::string_view user, const reql::GrantScope& scope,
                                             const Value& permissions) {
  TRY_STATUS(may_define());
  TRY_STATUS(require(catalog::Permission::read, kSystemDatabase, catalog::kGrants));
  TRY_STATUS(require(catalog::Permission::write, kSystemDatabase, catalog::kGrants));
  if (user == catalog::kAdminName) {
    return fail(Code::conflict, "The permissions of the user `admin` can't be modified.");
  }
  std::optional<DatabaseId> database;
  std::optional<TableId> table;
  if (scope.database) database = scope.database->id;
  if (scope.database && scope.table) {
    TRY(const auto found, find_table(*scope.database, *scope.table, reql::IdentifierFormat::name));
    if (found == nullptr) return fail(reql::table_missing(scope.database->name, *scope.table));
    table = found->id;
  }
  reql::ConfigChange change;
  const auto decide = [&](const CatalogState& state) -> Result<Changes> {
    const auto* found = state.find_user(user);
    if (found == nullptr) {
      return fail(Code::conflict, fmt::format("User `{}` not found.", user));
    }
    catalog::User edited = *found;
    const auto same_scope = [&](const catalog::Grant& grant) {
      return grant.database == database && grant.table == table;
    };
    const auto at = std::ranges::find_if(edited.grants, same_scope);
    const catalog::Permissions before =
        at == edited.grants.end() ? catalog::Permissions() : at->permissions;
    TRY(const auto after, permissions.is_null()
                              ? Result<catalog::Permissions>(catalog::Permissions())
                              : parse_permissions(permissions, before, !database));
    change = {permissions_value(before), permissions_value(after)};
    std::erase_if(edited.grants, same_scope);
    if (!after.empty()) edited.grants.push_back({database, table, after});
    return catalog::put_user(state, std::move(edited));
  };
  TRY_STATUS(define(decide));
  return change;
}

}  // namespace octavo::rethinkdb
