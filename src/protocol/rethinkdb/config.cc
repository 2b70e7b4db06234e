#include "protocol/rethinkdb/config.h"

#include <fmt/format.h>

#include <algorithm>

#include "dialect/reql/datum.h"
#include "protocol/rethinkdb/protocol.h"

namespace octavo::rethinkdb {
namespace {

Value text(std::string_view s) { return Value::string(s); }

Value object(std::vector<value::Field> fields) { return reql::make_object(std::move(fields)); }

Value database_shown(const catalog::CatalogState& state, DatabaseId id,
                     reql::IdentifierFormat format) {
  const auto* database = state.find_database(id);
  if (database == nullptr) return Value();
  return text(format == reql::IdentifierFormat::name ? database->name : database->uuid);
}

Value repeated(const Value& element, std::size_t count) {
  return Value::array(std::vector<Value>(count, element));
}

std::string_view durability_name(Durability durability) {
  return durability == Durability::disk ? "hard" : "soft";
}

}  // namespace

Placement placement_of(const catalog::TableDefinition& table) {
  Placement out;
  const Value& options = table.options.of(kProtocol.name);
  if (!options.is_object()) return out;
  const Value* shards = options.find("shards");
  const auto count = shards == nullptr ? std::nullopt : shards->to_int64();
  if (count) out.shards = static_cast<std::size_t>(std::clamp<std::int64_t>(*count, 1, kMaxShards));
  const Value* acks = options.find("write_acks");
  out.single_ack = acks != nullptr && acks->is_string() && acks->as_string() == "single";
  return out;
}

void set_placement(catalog::PerProtocol& options, const Placement& placement) {
  options.set(kProtocol.name,
              object({{"shards", Value::int64(static_cast<std::int64_t>(placement.shards))},
                      {"write_acks", text(placement.single_ack ? "single" : "majority")}}));
}

Value database_config(const catalog::DatabaseDefinition& database) {
  return object({{"id", text(database.uuid)}, {"name", text(database.name)}});
}

Value table_config(const catalog::CatalogState& state, const catalog::TableDefinition& table,
                   std::string_view server_name, reql::IdentifierFormat format) {
  const Placement placement = placement_of(table);
  std::vector<Value> indexes;
  for (const auto& index : table.indexes) indexes.push_back(text(index.name));
  const Value shard = object({{"primary_replica", text(server_name)},
                              {"replicas", Value::array({text(server_name)})},
                              {"nonvoting_replicas", Value::array({})}});
  return object({{"id", text(table.uuid)},
                 {"name", text(table.name)},
                 {"db", database_shown(state, table.database, format)},
                 {"primary_key", text(table.primary_key)},
                 {"shards", repeated(shard, placement.shards)},
                 {"indexes", Value::array(std::move(indexes))},
                 {"write_hook",
                  table.write_hook.empty() ? Value() : table.write_hook_forms.of(kProtocol.name)},
                 {"write_acks", text(placement.single_ack ? "single" : "majority")},
                 {"durability", text(durability_name(table.durability))}});
}

Value table_status(const catalog::CatalogState& state, const catalog::TableDefinition& table,
                   std::string_view server_name, reql::IdentifierFormat format) {
  const Value yes = Value::boolean(true);
  const Value replica = object({{"server", text(server_name)}, {"state", text("ready")}});
  const Value shard = object({{"primary_replicas", Value::array({text(server_name)})},
                              {"replicas", Value::array({replica})}});
  return object({{"id", text(table.uuid)},
                 {"name", text(table.name)},
                 {"db", database_shown(state, table.database, format)},
                 {"raft_leader", text(server_name)},
                 {"shards", repeated(shard, placement_of(table).shards)},
                 {"status", object({{"all_replicas_ready", yes},
                                    {"ready_for_outdated_reads", yes},
                                    {"ready_for_reads", yes},
                                    {"ready_for_writes", yes}})}});
}

Value permissions_value(const catalog::Permissions& permissions) {
  std::vector<value::Field> fields;
  const auto add = [&](const char* name, const std::optional<bool>& value) {
    if (value) fields.push_back({name, Value::boolean(*value)});
  };
  add("read", permissions.read);
  add("write", permissions.write);
  add("config", permissions.config);
  add("connect", permissions.connect);
  return fields.empty() ? Value() : object(std::move(fields));
}

Result<catalog::Permissions> parse_permissions(const Value& given, catalog::Permissions base,
                                               bool global) {
  if (!given.is_object()) {
    return fail(Code::conflict, fmt::format("Expected an object to merge with or null, got {}.",
                                            reql::type_name(given)));
  }
  for (const auto& field : given.as_object()) {
    std::optional<bool>* target = field.name == "read"     ? &base.read
                                  : field.name == "write"  ? &base.write
                                  : field.name == "config" ? &base.config
                                                           : nullptr;
    if (field.name == "connect") {
      if (!global) {
        return fail(Code::conflict, "The `connect` permission is only valid at the global scope.");
      }
      target = &base.connect;
    }
    if (target == nullptr) {
      return fail(Code::conflict, fmt::format("Unexpected key(s) `{}`.", field.name));
    }
    if (field.value.is_null()) {
      target->reset();
    } else if (field.value.type() == value::Type::boolean) {
      *target = field.value.as_boolean();
    } else {
      return fail(Code::conflict, fmt::format("Expected a boolean or null for `{}`, got {}.",
                                              field.name, reql::print(field.value)));
    }
  }
  return base;
}

}  // namespace octavo::rethinkdb
