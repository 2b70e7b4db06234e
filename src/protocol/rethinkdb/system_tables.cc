#include "protocol/rethinkdb/system_tables.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/rows.h"
#include "base/version.h"
#include "catalog/edit.h"
#include "catalog/scram.h"
#include "dialect/reql/datum.h"
#include "protocol/rethinkdb/config.h"
#include "protocol/rethinkdb/protocol.h"

namespace octavo::rethinkdb {
namespace {

using catalog::CatalogState;
using catalog::Changes;

Value text(std::string_view s) { return Value::string(s); }

Value object(std::vector<value::Field> fields) { return reql::make_object(std::move(fields)); }

Value time_of(std::int64_t wall_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return Value::timestamp({wall_ns / kSecond,
                           static_cast<std::uint32_t>(wall_ns % kSecond / 1'000'000 * 1'000'000),
                           0});
}

using View = protocol::VirtualRead<ServiceState>;

// The first form of a table shows names, the second uuids.
reql::IdentifierFormat format_of(unsigned form) {
  return form == 0 ? reql::IdentifierFormat::name : reql::IdentifierFormat::uuid;
}
bool shows_names(const View& view) { return view.form == 0; }

Value server_of(const View& view) {
  return text(shows_names(view) ? view.service.server_name : view.service.server_uuid);
}

std::vector<Value> db_config_rows(const View& view) {
  std::vector<Value> rows;
  for (const auto* database : view.definitions.databases()) {
    if (!catalog::is_built_in(database->id)) rows.push_back(database_config(*database));
  }
  return rows;
}

template <class Row>
std::vector<Value> table_rows(const View& view, const Row& row) {
  std::vector<Value> rows;
  for (const auto* table : view.definitions.all_tables()) {
    if (catalog::is_built_in(table->id) || table->temporary) continue;
    rows.push_back(row(view.definitions, *table, view.service.server_name, format_of(view.form)));
  }
  return rows;
}

std::vector<Value> table_config_rows(const View& view) { return table_rows(view, table_config); }
std::vector<Value> table_status_rows(const View& view) { return table_rows(view, table_status); }

std::vector<Value> server_config_rows(const View& view) {
  return {object({{"id", text(view.service.server_uuid)},
                  {"name", text(view.service.server_name)},
                  {"tags", Value::array({text(kServerTag)})},
                  {"cache_size_mb", text("auto")}})};
}

// The drivers' tools (`rethinkdb-dump` and its kin) take a server by `rethinkdb <number>` at the
// beginning, so the release of RethinkDB that this speaks the protocol of comes first.
std::string version_text() { return fmt::format("rethinkdb 2.4.4 (octavo {})", version()); }

// Who holds the server's memory, in bytes by pool.
Value memory_of(engine::ProcessMemory& memory) {
  std::vector<value::Field> pools;
  for (const engine::MemoryPoolRow& row : engine::memory_pools()) {
    const MemoryPool& pool = memory.*row.pool;
    pools.push_back({std::string(row.name),
                     object({{"limit", reql::number(static_cast<double>(pool.limit()))},
                             {"used", reql::number(static_cast<double>(pool.used()))}})});
  }
  return object(std::move(pools));
}

std::vector<Value> server_status_rows(const View& view) {
  engine::ProcessMemory& memory = view.service.engine.memory();
  const std::size_t cache_mb = memory.rows.used() / kMiB;
  const Value process = object({{"argv", Value::array({text("octavo"), text("serve")})},
                                {"cache_size_mb", reql::number(static_cast<double>(cache_mb))},
                                {"pid", reql::number(static_cast<double>(getpid()))},
                                {"time_started", time_of(view.service.started_wall_ns)},
                                {"version", text(version_text())}});
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  const Value network = object({{"canonical_addresses", Value::array({})},
                                {"connected_to", object({})},
                                {"hostname", text(host.data())},
                                {"reql_port", reql::number(view.service.port)},
                                {"time_connected", time_of(view.service.started_wall_ns)}});
  return {object({{"id", text(view.service.server_uuid)},
                  {"name", text(view.service.server_name)},
                  {"memory", memory_of(memory)},
                  {"process", process},
                  {"network", network}})};
}

std::vector<Value> cluster_config_rows(const View&) {
  return {object({{"id", text("heartbeat")}, {"heartbeat_timeout_secs", reql::number(10)}})};
}

// A job's id in this table: its protocol's own when that has one.
std::string job_name(protocol::JobId id, const protocol::Job& job) {
  return job.name.empty() ? std::to_string(std::to_underlying(id)) : job.name;
}

std::vector<Value> jobs_rows(const View& view) {
  std::vector<Value> rows;
  const std::int64_t now = system_clock().monotonic_ns();
  for (const auto& [id, job] : view.service.jobs.list()) {
    const Value info = object({{"client_address", text(job.client.host)},
                               {"client_port", reql::number(job.client.port)},
                               {"protocol", text(job.protocol)},
                               {"query", text(job.text())},
                               {"user", text(job.user)}});
    rows.push_back(
        object({{"id", Value::array({text("query"), text(job_name(id, job))})},
                {"type", text("query")},
                {"duration_sec", reql::number(static_cast<double>(now - job.started_ns) / 1e9)},
                {"servers", Value::array({server_of(view)})},
                {"info", info}}));
  }
  return rows;
}

std::vector<Value> no_rows(const View&) { return {}; }

std::vector<Value> users_rows(const View& view) {
  std::vector<Value> rows;
  for (const auto* user : view.definitions.users()) {
    rows.push_back(object({{"id", text(user->name)},
                           {"password", Value::boolean(!user->credentials.empty_password)}}));
  }
  return rows;
}

reql::TablePtr system_table_info(TableId id);
std::optional<TableId> system_table_by_uuid(std::string_view uuid);

// A scope as this table shows it: uuids in the id, names or uuids in the fields.
struct Scope {
  std::string database_uuid;
  Value database_shown;
  std::string table_uuid;
  Value table_shown;
};

std::optional<Scope> scope_of(const View& view, const catalog::Grant& grant) {
  const bool by_name = shows_names(view);
  Scope out;
  if (grant.database) {
    const auto* database = view.definitions.find_database(*grant.database);
    const bool system = *grant.database == kSystemDatabase;
    if (database == nullptr && !system) return std::nullopt;
    out.database_uuid = system ? system_database()->uuid : database->uuid;
    const std::string& name = system ? system_database()->name : database->name;
    out.database_shown = text(by_name ? name : out.database_uuid);
  }
  if (grant.table && catalog::is_virtual(*grant.table)) {
    const auto table = system_table_info(*grant.table);
    if (table == nullptr) return std::nullopt;
    out.table_uuid = table->uuid;
    out.table_shown = text(by_name ? table->name : table->uuid);
  } else if (grant.table) {
    const auto* table = view.definitions.find_table(*grant.table);
    if (table == nullptr) return std::nullopt;
    out.table_uuid = table->uuid;
    out.table_shown = text(by_name ? table->name : table->uuid);
  }
  return out;
}

Value permission_row(const View& view, std::string_view user, const catalog::Grant& grant) {
  const auto scope = scope_of(view, grant);
  if (!scope) return Value();
  std::vector<Value> id{text(user)};
  std::vector<value::Field> fields{{"user", text(user)},
                                   {"permissions", permissions_value(grant.permissions)}};
  if (grant.database) {
    id.push_back(text(scope->database_uuid));
    fields.push_back({"database", scope->database_shown});
  }
  if (grant.table) {
    id.push_back(text(scope->table_uuid));
    fields.push_back({"table", scope->table_shown});
  }
  fields.push_back({"id", Value::array(std::move(id))});
  return object(std::move(fields));
}

std::vector<Value> permissions_rows(const View& view) {
  catalog::Grant all;
  all.permissions = {true, true, true, true};
  std::vector<Value> rows{permission_row(view, catalog::kAdminName, all)};
  for (const auto* user : view.definitions.users()) {
    for (const auto& grant : user->grants) {
      Value row = permission_row(view, user->name, grant);
      if (!row.is_null()) rows.push_back(std::move(row));
    }
  }
  return rows;
}

// --- Writes ---

std::unexpected<Error> refused(std::string what) { return fail(Code::conflict, std::move(what)); }

std::optional<std::string_view> string_field(const Value& row, std::string_view name) {
  const Value* found = row.is_object() ? row.find(name) : nullptr;
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return found->as_string();
}

const catalog::DatabaseDefinition* database_by_uuid(const CatalogState& state,
                                                    std::string_view uuid) {
  for (const auto* database : state.databases()) {
    if (database->uuid == uuid) return database;
  }
  return nullptr;
}

const catalog::TableDefinition* table_by_uuid(const CatalogState& state, std::string_view uuid) {
  for (const auto* table : state.all_tables()) {
    if (table->uuid == uuid && !table->temporary) return table;
  }
  return nullptr;
}

// Deleting a query's row ends the query.
Result<Changes> write_jobs(ServiceState& service, const CatalogState&, const Value& before,
                           const Value& after) {
  if (before.is_null() || !after.is_null()) {
    return not_writable("jobs");
  }
  const std::string_view name = before.find("id")->as_array()[1].as_string();
  for (const auto& [id, job] : service.jobs.list()) {
    if (job_name(id, job) == name) service.jobs.kill(id);
  }
  return Changes();
}

Result<Changes> write_db_config(ServiceState&, const CatalogState& state, const Value& before,
                                const Value& after) {
  if (before.is_null()) {
    const auto name = string_field(after, "name");
    if (!name) return refused("Expected a field named `name`.");
    return catalog::create_database(state, *name);
  }
  const auto* database = database_by_uuid(state, string_field(before, "id").value_or(""));
  if (database == nullptr) return refused("The database does not exist any more.");
  if (after.is_null()) return catalog::drop_database(state, database->id);
  const auto name = string_field(after, "name");
  if (!name) return refused("Expected a field named `name`.");
  return catalog::rename_database(state, database->id, *name);
}

Result<Placement> placement_from(const Value& config) {
  Placement out;
  const Value* shards = config.find("shards");
  if (shards == nullptr || !shards->is_array() || shards->as_array().empty() ||
      shards->as_array().size() > kMaxShards) {
    return refused(fmt::format("In `shards`: Expected an array of 1 to {} shards.", kMaxShards));
  }
  out.shards = shards->as_array().size();
  const auto acks = string_field(config, "write_acks");
  if (acks != "single" && acks != "majority") {
    return refused("In `write_acks`: Expected \"single\" or \"majority\".");
  }
  out.single_ack = acks == "single";
  return out;
}

Result<Changes> write_table_config(ServiceState&, const CatalogState& state, const Value& before,
                                   const Value& after) {
  if (before.is_null()) {
    return refused(
        "If you want to create a new table by inserting into `rethinkdb.table_config`, you must "
        "use an auto-generated primary key; use `table_create` instead.");
  }
  const auto* table = table_by_uuid(state, string_field(before, "id").value_or(""));
  if (table == nullptr) return refused("The table does not exist any more.");
  if (after.is_null()) return catalog::drop_table(state, table->id);
  for (const std::string_view fixed : {"primary_key", "id"}) {
    if (string_field(after, fixed) != string_field(before, fixed)) {
      return refused("It's illegal to change a table's primary key.");
    }
  }
  const auto durability = string_field(after, "durability");
  if (durability != "soft" && durability != "hard") {
    return refused("In `durability`: Expected \"soft\" or \"hard\".");
  }
  const auto name = string_field(after, "name");
  if (!name) return refused("In `name`: Expected a string.");
  TRY(const Placement placement, placement_from(after));
  return catalog::edit_table(state, table->id, [&](catalog::TableDefinition& edited) -> Status {
    edited.name = *name;
    edited.durability = durability == "soft" ? Durability::memory : Durability::disk;
    set_placement(edited.options, placement);
    return {};
  });
}

Result<catalog::Credentials> credentials_from(const Value& password,
                                              const catalog::User* existing) {
  if (password.type() == value::Type::boolean) {
    if (!password.as_boolean()) return catalog::make_credentials("");
    if (existing != nullptr && !existing->credentials.empty_password) {
      return existing->credentials;
    }
    return refused("Expected a password to be `false` or a string when creating a user.");
  }
  if (password.is_string()) return catalog::make_credentials(password.as_string());
  const Value* inner = password.is_object() ? password.find("password") : nullptr;
  const Value* iterations = password.is_object() ? password.find("iterations") : nullptr;
  if (inner == nullptr || !inner->is_string() || iterations == nullptr ||
      !iterations->is_number() || !iterations->to_int64() || *iterations->to_int64() < 1 ||
      *iterations->to_int64() > 1'000'000) {
    return refused("Expected a boolean, a string, or an object with `password` and `iterations`.");
  }
  return catalog::make_credentials(inner->as_string(),
                                   static_cast<std::uint32_t>(*iterations->to_int64()));
}

Result<Changes> write_users(ServiceState&, const CatalogState& state, const Value& before,
                            const Value& after) {
  if (after.is_null()) {
    return catalog::drop_user(state, string_field(before, "id").value_or(""));
  }
  const auto name = string_field(after, "id");
  if (!name) return refused("Expected a string as the name of a user.");
  for (const auto& field : after.as_object()) {
    if (field.name != "id" && field.name != "password") {
      return refused(fmt::format("Unexpected key(s) `{}`.", field.name));
    }
  }
  const catalog::User* existing = state.find_user(*name);
  const Value* password = after.find("password");
  if (password == nullptr) return refused("Expected a field named `password`.");
  catalog::User user = existing == nullptr ? catalog::User() : *existing;
  user.name = *name;
  TRY(user.credentials, credentials_from(*password, existing));
  return catalog::put_user(state, std::move(user));
}

Result<Changes> write_permissions(ServiceState&, const CatalogState& state, const Value& before,
                                  const Value& after) {
  const Value& row = after.is_null() ? before : after;
  const auto user_name = string_field(row, "user");
  const catalog::User* user = user_name ? state.find_user(*user_name) : nullptr;
  if (user_name == catalog::kAdminName) {
    return refused("The permissions of the user `admin` can't be modified.");
  }
  const Value* id = row.find("id");
  if (user == nullptr || id == nullptr || !id->is_array()) {
    return refused("Expected the user, and the ids of a database and a table if there are any.");
  }
  catalog::Grant grant;
  const auto parts = id->as_array();
  if (parts.size() > 1) {
    const std::string_view uuid = parts[1].is_string() ? parts[1].as_string() : "";
    if (uuid == system_database()->uuid) {
      grant.database = kSystemDatabase;
    } else if (const auto* database = database_by_uuid(state, uuid)) {
      grant.database = database->id;
    } else {
      return refused("The database does not exist.");
    }
  }
  if (parts.size() > 2) {
    const std::string_view uuid = parts[2].is_string() ? parts[2].as_string() : "";
    if (grant.database == kSystemDatabase) {
      grant.table = system_table_by_uuid(uuid);
    } else if (const auto* table = table_by_uuid(state, uuid)) {
      grant.table = table->id;
    }
    if (!grant.table) return refused("The table does not exist.");
  }
  catalog::User edited = *user;
  std::erase_if(edited.grants, [&](const catalog::Grant& g) {
    return g.database == grant.database && g.table == grant.table;
  });
  const Value* permissions = after.is_null() ? nullptr : after.find("permissions");
  if (permissions != nullptr && !permissions->is_null()) {
    TRY(grant.permissions, parse_permissions(*permissions, {}, !grant.database));
    if (!grant.permissions.empty()) edited.grants.push_back(grant);
  }
  return catalog::put_user(state, std::move(edited));
}

// --- The table of tables ---

using SystemTable = protocol::VirtualTable<ServiceState>;

constexpr auto kTables = std::to_array<SystemTable>({
    {0, "cluster_config", cluster_config_rows},
    {1, "current_issues", no_rows},
    {2, "db_config", db_config_rows, write_db_config},
    {3, "jobs", jobs_rows, write_jobs},
    {4, "logs", no_rows},
    {5, "permissions", permissions_rows, write_permissions},
    {6, "server_config", server_config_rows},
    {7, "server_status", server_status_rows},
    {8, "stats", no_rows},
    {9, "table_config", table_config_rows, write_table_config},
    {10, "table_status", table_status_rows},
    {11, "users", users_rows, write_users},
});

constexpr const catalog::ReservedTables& kIds = *catalog::find_virtual(catalog::kUsers);
static_assert(kIds.owner == kProtocol.name);
static_assert(rows_differ(kTables, &SystemTable::number, &SystemTable::name));
static_assert(std::ranges::is_sorted(kTables, {}, &SystemTable::name));

constexpr const SystemTable* find_row(TableId id) {
  const auto* const row = std::ranges::find(kTables, kIds.number_of(id), &SystemTable::number);
  return row == kTables.end() ? nullptr : row;
}
static_assert(find_row(catalog::kUsers)->name == "users");
static_assert(find_row(catalog::kGrants)->name == "permissions");

TableId id_of(const SystemTable& row, reql::IdentifierFormat format) {
  return kIds.at(row.number, format == reql::IdentifierFormat::uuid ? 1 : 0);
}

std::string uuid_of(const SystemTable& row) {
  return fmt::format("00000000-0000-4000-8002-{:012x}", row.number);
}

reql::TablePtr system_table_info(TableId id) {
  const SystemTable* row = find_row(id);
  if (row == nullptr) return nullptr;
  auto info = std::make_shared<reql::TableInfo>();
  info->id = id;
  info->name = row->name;
  info->uuid = uuid_of(*row);
  info->database = *system_database();
  info->primary_key = row->primary_key;
  info->system = true;
  return info;
}

std::optional<TableId> system_table_by_uuid(std::string_view uuid) {
  for (const SystemTable& row : kTables) {
    if (uuid_of(row) == uuid) return id_of(row, reql::IdentifierFormat::name);
  }
  return std::nullopt;
}

}  // namespace

reql::DatabasePtr system_database() {
  static const auto database = std::make_shared<const reql::DatabaseInfo>(reql::DatabaseInfo{
      kSystemDatabase, std::string(kSystemDatabaseName), "00000000-0000-4000-8000-000000000002"});
  return database;
}

std::vector<std::string> system_table_names() {
  std::vector<std::string> names;
  for (const SystemTable& row : kTables) names.emplace_back(row.name);
  return names;
}

reql::TablePtr find_system_table(std::string_view name, reql::IdentifierFormat format) {
  const auto* const row = std::ranges::find(kTables, name, &SystemTable::name);
  return row == kTables.end() ? nullptr : system_table_info(id_of(*row, format));
}

Value system_row(ServiceState& service, std::string_view table, const Value& key,
                 const exec::QueryContext& query) {
  const auto* const row = std::ranges::find(kTables, table, &SystemTable::name);
  const catalog::CatalogPtr definitions = service.engine.catalog();
  for (Value& found : row->rows({service, *definitions, query})) {
    if (*found.find(row->primary_key) == key) return std::move(found);
  }
  return Value();
}

std::unexpected<Error> not_writable(std::string_view table) {
  return fail(Code::unsupported,
              fmt::format("It's illegal to write to the `rethinkdb.{}` table.", table));
}

std::unique_ptr<engine::VirtualTables> make_system_tables(ServiceState& service) {
  return std::make_unique<protocol::VirtualTableSet<ServiceState>>(kIds, kTables, service);
}

}  // namespace octavo::rethinkdb
