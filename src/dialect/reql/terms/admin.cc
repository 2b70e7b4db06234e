// Administration of databases and tables: DB_*, TABLE_*, CONFIG, STATUS, WAIT, RECONFIGURE,
// REBALANCE and GRANT.

#include <fmt/format.h>

#include <map>

#include "dialect/reql/context.h"
#include "dialect/reql/read/names.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/write.h"

namespace octavo::reql {
namespace {

constexpr std::uint32_t kMaxShards = 64;

Value change_list(const ConfigChange& change) {
  return Value::array({Value::object({{"new_val", change.new_val}, {"old_val", change.old_val}})});
}

Value name_list(const std::vector<std::string>& names) {
  std::vector<Value> values;
  values.reserve(names.size());
  for (const std::string& name : names) values.push_back(string(name));
  return Value::array(std::move(values));
}

Result<Val> db_create(Env& env, Args& args) {
  TRY(const std::string name, name_argument(args, 0, "Database"));
  TRY(Host* const host, env.need_host());
  TRY(const ConfigChange change, host->create_database(name));
  return Val(Value::object({{"config_changes", change_list(change)}, {"dbs_created", number(1)}}));
}

Result<Val> db_drop(Env& env, Args& args) {
  TRY(const std::string name, name_argument(args, 0, "Database"));
  TRY(Host* const host, env.need_host());
  TRY(const auto dropped, host->drop_database(name));
  return Val(Value::object({{"config_changes", change_list(dropped.second)},
                            {"dbs_dropped", number(1)},
                            {"tables_dropped", number(static_cast<double>(dropped.first))}}));
}

Result<Val> db_list(Env& env, Args& /*args*/) {
  TRY(Host* const host, env.need_host());
  TRY(const std::vector<std::string> names, host->list_databases());
  return Val(name_list(names));
}

std::unexpected<Error> fail_operation(std::string message) {
  return fail(Code::unavailable, std::move(message));
}

std::unexpected<Error> wrong_type(std::string_view expected, const Value& found) {
  return fail_logic(
      fmt::format("Expected type {} but found {}:\n{}", expected, type_name(found), print(found)));
}

Status read_replica_counts(Args& args, const Value& replicas) {
  for (const Field& field : replicas.as_object()) {
    TRY_STATUS(check_name(field.name, "Server tag"));
    TRY(const std::int64_t count, to_integer(field.value));
    if (count < 0) {
      return args.at("replicas", fail_logic("Can't have a negative number of replicas"));
    }
  }
  return {};
}

// `replicas`, `nonvoting_replica_tags` and `primary_replica_tag`.
Status read_replicas(Args& args, TableOptions& options) {
  TRY(const std::optional<Value> replicas, args.option_datum("replicas"));
  TRY(const std::optional<Value> nonvoting, args.option_datum("nonvoting_replica_tags"));
  TRY(const std::optional<Value> primary, args.option_string("primary_replica_tag"));
  if (replicas && replicas->is_object()) {
    if (!primary) {
      return fail_logic("`primary_replica_tag` must be specified when `replicas` is an OBJECT.");
    }
    TRY_STATUS(read_replica_counts(args, *replicas));
  } else if (replicas && replicas->is_number()) {
    if (primary) {
      return fail_logic("`replicas` must be an OBJECT if `primary_replica_tag` is specified.");
    }
    if (nonvoting) {
      return fail_logic("`replicas` must be an OBJECT if `nonvoting_replica_tags` is specified.");
    }
    TRY_STATUS(to_integer(*replicas));
  } else if (replicas) {
    return args.at("replicas", wrong_type("OBJECT or NUMBER", *replicas));
  }
  if (replicas) options.replicas = *replicas;
  if (nonvoting) {
    if (!nonvoting->is_array()) {
      return args.at("nonvoting_replica_tags", wrong_type("ARRAY", *nonvoting));
    }
    for (const Value& tag : nonvoting->as_array()) {
      if (!tag.is_string()) return args.at("nonvoting_replica_tags", wrong_type("STRING", tag));
      TRY_STATUS(check_name(tag.as_string(), "Server tag"));
    }
    options.nonvoting_replica_tags = *nonvoting;
  }
  if (primary) {
    TRY_STATUS(check_name(primary->as_string(), "Server tag"));
    options.primary_replica_tag = std::string(primary->as_string());
  }
  return {};
}

Status read_shards(Args& args, TableOptions& options) {
  TRY(const std::optional<std::int64_t> shards, args.option_integer("shards"));
  if (!shards) return {};
  if (*shards <= 0) return fail_logic("Every table must have at least one shard.");
  if (*shards > kMaxShards) {
    return fail_operation(fmt::format("Maximum number of shards is {}.", kMaxShards));
  }
  options.shards = static_cast<std::uint32_t>(*shards);
  return {};
}

// What can be placed: there is one server, and its tag is `default`.
Status check_placement(const TableOptions& options) {
  const std::string primary = options.primary_replica_tag.value_or("default");
  std::map<std::string, std::int64_t> counts;
  if (options.replicas.is_object()) {
    for (const Field& field : options.replicas.as_object()) {
      counts[field.name] = static_cast<std::int64_t>(field.value.to_double());
    }
  } else {
    counts[primary] =
        options.replicas.is_null() ? 1 : static_cast<std::int64_t>(options.replicas.to_double());
  }
  if (!counts.contains(primary)) {
    return fail_operation(
        fmt::format("Can't use server tag `{0}` for primary replicas because you "
                    "specified no replicas in server tag `{0}`.",
                    primary));
  }
  if (options.nonvoting_replica_tags.is_array()) {
    for (const Value& tag : options.nonvoting_replica_tags.as_array()) {
      if (counts.contains(std::string(tag.as_string()))) continue;
      return fail_operation(fmt::format(
          "You specified that the replicas in server tag `{0}` should be non-voting, but you "
          "didn't specify a number of replicas in server tag `{0}`.",
          tag.as_string()));
    }
  }
  std::int64_t total = 0;
  for (const auto& [tag, count] : counts) total += count;
  if (total == 0) {
    return fail_operation(
        "You must set `replicas` to at least one. `replicas` includes the "
        "primary replica; if there are zero replicas, there is nowhere to put "
        "the data.");
  }
  for (const auto& [tag, count] : counts) {
    const std::int64_t servers = tag == "default" ? 1 : 0;
    if (count <= servers) continue;
    return fail_operation(fmt::format(
        "Can't put {0} replicas on servers with the tag `{1}` because there are only {2} servers "
        "with the tag `{1}`. It's impossible to have more replicas of the data than there are "
        "servers.",
        count, tag, servers));
  }
  return {};
}

Result<Val> table_create(Env& env, Args& args) {
  TableOptions options;
  TRY_STATUS(read_shards(args, options));
  TRY_STATUS(read_replicas(args, options));
  TRY(const std::optional<Value> primary_key, args.option_string("primary_key"));
  if (primary_key) options.primary_key = std::string(primary_key->as_string());
  TRY(options.durability, durability_option(args));
  TRY(const DatabasePtr database, database_argument(env, args, args.size() == 2));
  TRY(const std::string name, name_argument(args, args.size() - 1, "Table"));
  TRY_STATUS(check_placement(options));
  TRY(Host* const host, env.need_host());
  TRY(const ConfigChange change, host->create_table(*database, name, options));
  return Val(
      Value::object({{"config_changes", change_list(change)}, {"tables_created", number(1)}}));
}

Result<Val> table_drop(Env& env, Args& args) {
  TRY(const DatabasePtr database, database_argument(env, args, args.size() == 2));
  TRY(const std::string name, name_argument(args, args.size() - 1, "Table"));
  TRY(Host* const host, env.need_host());
  TRY(const ConfigChange change, host->drop_table(*database, name));
  return Val(
      Value::object({{"config_changes", change_list(change)}, {"tables_dropped", number(1)}}));
}

Result<Val> table_list(Env& env, Args& args) {
  TRY(const DatabasePtr database, database_argument(env, args, args.size() == 1));
  TRY(Host* const host, env.need_host());
  TRY(const std::vector<std::string> names, host->list_tables(*database));
  return Val(name_list(names));
}

// A database, or a table and its database.
struct Target {
  DatabasePtr database;
  TablePtr table;
};

Result<Target> target_argument(Env& env, Args& args, std::size_t i) {
  TRY(const Val given, args.val(i));
  if (given.kind() == Kind::database) return Target{.database = given.database(), .table = {}};
  Result<TablePtr> table = to_table(env, given);
  if (!table) return args.at(i, std::unexpected(std::move(table).error()));
  return Target{.database = std::make_shared<const DatabaseInfo>((*table)->database),
                .table = *table};
}

// The row of a system table that describes the target.
Result<Val> system_row(Env& env, std::string_view table_name, const Target& target,
                       Description what) {
  TRY(Host* const host, env.need_host());
  TRY(Value row, host->describe(*target.database, target.table.get(), what));
  TRY(const DatabasePtr system, host->find_database("rethinkdb"));
  if (system == nullptr) return fail(database_missing("rethinkdb"));
  TRY(const TablePtr table, host->find_table(*system, table_name, IdentifierFormat::name));
  if (table == nullptr) return fail(table_missing("rethinkdb", table_name));
  const auto& uuid = target.table == nullptr ? target.database->uuid : target.table->uuid;
  return Val::single({.table = table, .key = string(uuid), .slice = {}, .row = std::move(row)});
}

Result<Val> config(Env& env, Args& args) {
  TRY(const Target target, target_argument(env, args, 0));
  const bool table = target.table != nullptr;
  return system_row(env, table ? "table_config" : "db_config", target, Description::config);
}

Result<Val> status(Env& env, Args& args) {
  TRY(const TablePtr table, args.table(0));
  const Target target{.database = std::make_shared<const DatabaseInfo>(table->database),
                      .table = table};
  return system_row(env, "table_status", target, Description::status);
}

Result<Target> required_target(Env& env, Args& args) {
  if (args.size() == 0) {
    return fail_logic(
        fmt::format("`{}` can only be called on a table or database.", args.term().name));
  }
  return target_argument(env, args, 0);
}

Result<WaitFor> wait_for(Args& args) {
  TRY(const std::optional<Value> given, args.option_string("wait_for"));
  if (!given || given->as_string() == "all_replicas_ready") return WaitFor::all_replicas;
  if (given->as_string() == "ready_for_outdated_reads") return WaitFor::outdated_reads;
  if (given->as_string() == "ready_for_reads") return WaitFor::reads;
  if (given->as_string() == "ready_for_writes") return WaitFor::writes;
  return args.at("wait_for",
                 fail_logic(fmt::format(
                     "Unknown table readiness state: '{}', must be one of "
                     "'ready_for_outdated_reads', 'ready_for_reads', 'ready_for_writes', or "
                     "'all_replicas_ready'",
                     given->as_string())));
}

Result<Val> wait(Env& env, Args& args) {
  TRY(const Target target, required_target(env, args));
  TRY(const WaitFor what, wait_for(args));
  TRY(const std::optional<std::int64_t> seconds, args.option_integer("timeout"));
  std::optional<double> timeout;
  if (seconds) timeout = static_cast<double>(*seconds);
  TRY(Host* const host, env.need_host());
  TRY(const std::uint64_t ready,
      host->wait_ready(*target.database, target.table.get(), what, timeout));
  return Val(Value::object({{"ready", number(static_cast<double>(ready))}}));
}

Result<Val> emergency_repair(Env& env, Args& args, const Target& target, const Value& mode,
                             ReconfigureOptions options) {
  TRY_STATUS(check_string(mode));
  const std::string_view name = mode.as_string();
  if (name != "unsafe_rollback" && name != "unsafe_rollback_or_erase" &&
      name != "_debug_recommit") {
    return args.at("emergency_repair",
                   fail_logic("`emergency_repair` should be \"unsafe_rollback\" or "
                              "\"unsafe_rollback_or_erase\""));
  }
  for (const std::string_view option :
       {"nonvoting_replica_tags", "primary_replica_tag", "replicas", "shards"}) {
    if (!args.has_option(option)) continue;
    return fail_logic("In emergency repair mode, you can't specify shards, replicas, etc.");
  }
  if (target.table == nullptr) {
    return fail_logic(
        "Can't emergency repair an entire database at once; instead you should run "
        "`reconfigure()` on each table individually.");
  }
  options.emergency_repair = std::string(name);
  TRY(Host* const host, env.need_host());
  TRY(Value result, host->reconfigure(*target.database, target.table.get(), options));
  return Val(std::move(result));
}

Result<Val> reconfigure(Env& env, Args& args) {
  TRY(const Target target, required_target(env, args));
  ReconfigureOptions options;
  TRY(const std::optional<bool> dry_run, args.option_boolean("dry_run"));
  options.dry_run = dry_run.value_or(false);
  TRY(const std::optional<Value> repair, args.option_datum("emergency_repair"));
  if (repair && !repair->is_null()) {
    return emergency_repair(env, args, target, *repair, std::move(options));
  }
  for (const std::string_view option : {"shards", "replicas"}) {
    if (!args.has_option(option)) {
      return fail_logic(fmt::format("Missing required argument `{}`.", option));
    }
  }
  TRY_STATUS(read_shards(args, options.table));
  TRY_STATUS(read_replicas(args, options.table));
  TRY_STATUS(check_placement(options.table));
  TRY(Host* const host, env.need_host());
  TRY(Value result, host->reconfigure(*target.database, target.table.get(), options));
  return Val(std::move(result));
}

Result<Val> rebalance(Env& env, Args& args) {
  TRY(const Target target, required_target(env, args));
  TRY(Host* const host, env.need_host());
  TRY(Value result, host->rebalance(*target.database, target.table.get()));
  return Val(std::move(result));
}

// Permissions are an object of flags, each true, false or null (inherit).
Status check_permissions(const Value& permissions, bool global) {
  if (!permissions.is_object()) {
    return fail_operation(fmt::format("Expected an object, got {}.", print_short(permissions)));
  }
  std::string unknown;
  for (const Field& field : permissions.as_object()) {
    const bool known = field.name == "read" || field.name == "write" || field.name == "config";
    if (field.name == "connect") {
      if (!global) {
        return fail_operation("The `connect` permission is only valid at the global scope.");
      }
    } else if (!known) {
      unknown.append(unknown.empty() ? "`" : ", `").append(field.name).append("`");
      continue;
    }
    if (!field.value.is_null() && field.value.type() != Type::boolean) {
      return fail_operation(fmt::format("Expected a boolean or null for `{}`, got {}.", field.name,
                                        print_short(field.value)));
    }
  }
  if (!unknown.empty()) return fail_operation(fmt::format("Unexpected key(s) {}.", unknown));
  return {};
}

Result<Val> grant(Env& env, Args& args) {
  TRY(const Value user, args.string(args.size() - 2));
  TRY(const Value permissions, args.datum(args.size() - 1));
  GrantScope scope;
  if (args.size() == 3) {
    TRY(const Target target, target_argument(env, args, 0));
    scope.database = *target.database;
    if (target.table != nullptr) scope.table = target.table->name;
  }
  TRY_STATUS(check_permissions(permissions, args.size() == 2));
  TRY(Host* const host, env.need_host());
  TRY(const ConfigChange change, host->grant(user.as_string(), scope, permissions));
  return Val(Value::object({{"granted", number(1)}, {"permissions_changes", change_list(change)}}));
}

constexpr std::uint16_t kAdmin = kWrites | kNotDeterministic | kNotGrouped;

constexpr Term kTerms[] = {
    {57, "db_create", 1, 1, {}, kAdmin, db_create, needs::kServerConfig},
    {58, "db_drop", 1, 1, {}, kAdmin, db_drop, needs::kDatabaseConfig},
    {59, "db_list", 0, 0, {}, kReadsData, db_list, needs::kNothing},
    {60,
     "table_create",
     1,
     2,
     {"primary_key", "shards", "replicas", "nonvoting_replica_tags", "primary_replica_tag",
      "durability"},
     kAdmin,
     table_create,
     needs::kDatabaseConfig},
    {61, "table_drop", 1, 2, {}, kAdmin, table_drop, needs::kConfig},
    {62, "table_list", 0, 1, {}, kReadsData, table_list, needs::kNothing},
    {174, "config", 1, 1, {}, kReadsData, config, needs::kConfig | needs::kDatabaseConfig},
    {175, "status", 1, 1, {}, kReadsData, status, needs::kNothing},
    {177, "wait", 0, 1, {"timeout", "wait_for"}, kAdmin, wait, needs::kNothing},
    {176,
     "reconfigure",
     0,
     1,
     {"dry_run", "emergency_repair", "nonvoting_replica_tags", "primary_replica_tag", "replicas",
      "shards"},
     kAdmin,
     reconfigure,
     needs::kConfig | needs::kDatabaseConfig},
    {179, "rebalance", 0, 1, {}, kAdmin, rebalance, needs::kConfig | needs::kDatabaseConfig},
    {188, "grant", 2, 3, {}, kAdmin, grant, needs::kPermissionsWrite},
};

}  // namespace

std::span<const Term> admin_terms() { return kTerms; }

}  // namespace octavo::reql
