// Commands about the server as a whole.

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/version.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/type.h"
#include "engine/administrator.h"
#include "engine/row_expiry.h"
#include "protocol/common/connection_table.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/client.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr std::int64_t kNanosPerMilli = 1'000'000;
constexpr std::string_view kProtocolName = "mongodb";

Result<Reply> run_ping(CommandCall&) { return Reply(); }

Value version_parts() {
  std::vector<Value> parts;
  parts.reserve(kMongodbVersionParts.size());
  for (const std::int32_t part : kMongodbVersionParts) parts.push_back(Value::int32(part));
  return Value::array(std::move(parts));
}

Result<Reply> run_build_info(CommandCall&) {
  Reply reply;
  reply.add("version", text(kMongodbVersion))
      .add("gitVersion", text(fmt::format("octavo-{}", version())))
      .add("modules", Value::array({}))
      .add("allocator", text("jemalloc"))
      .add("javascriptEngine", text("none"))
      .add("sysInfo", text("deprecated"))
      .add("versionArray", version_parts())
      .add("openssl", document({{"running", text("OpenSSL")}}))
      .add("buildEnvironment", document({}))
      .add("bits", Value::int32(64))
      .add("debug", Value::boolean(false))
      .add("maxBsonObjectSize", Value::int32(kMaxBsonBytes))
      .add("storageEngines", Value::array({text("octavo")}));
  return reply;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

Value megabytes(std::uint64_t bytes) {
  return Value::int32(static_cast<std::int32_t>(bytes / kMiB));
}

std::uint64_t machine_bytes() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0
             ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page)
             : 0;
}

Result<Reply> run_host_info(CommandCall& call) {
  utsname system{};
  [[maybe_unused]] const int known = ::uname(&system);  // else the names stay empty
  const std::uint64_t limit = call.engine().memory().shares.total;
  Reply reply;
  reply.add("system", document({{"currentTime", date(call.shared().service.clock.wall_ns())},
                                {"hostname", text(host_name())},
                                {"cpuAddrSize", Value::int32(64)},
                                {"memSizeMB", megabytes(machine_bytes())},
                                {"memLimitMB", megabytes(limit)},
                                {"numCores", int32(::sysconf(_SC_NPROCESSORS_ONLN))},
                                {"cpuArch", text(system.machine)},
                                {"numaEnabled", Value::boolean(false)}}));
  reply.add("os", document({{"type", text(system.sysname)},
                            {"name", text(system.version)},
                            {"version", text(system.release)}}));
  reply.add("extra", document({}));
  return reply;
}

Value connections_of(CommandCall& call) {
  constexpr std::int32_t kMany = 51'200;
  const auto current =
      static_cast<std::int32_t>(call.shared().service.connections.count(kProtocolName));
  return document({{"current", Value::int32(current)},
                   {"available", Value::int32(kMany - current)},
                   {"totalCreated", Value::int32(current)},
                   {"active", Value::int32(current)}});
}

Value operation_counts(const CommandShared& shared) {
  constexpr std::string_view kNames[] = {"insert", "query",   "update",
                                         "delete", "getmore", "command"};
  static_assert(std::size(kNames) == kOperations);
  std::vector<value::Field> fields;
  for (std::size_t i = 0; i < kOperations; ++i) {
    const std::uint64_t count = shared.counts[i].load(std::memory_order_relaxed);
    fields.push_back({std::string(kNames[i]), Value::int64(static_cast<std::int64_t>(count))});
  }
  return Value::object(std::move(fields));
}

Value network_counts(CommandCall& call) {
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  std::uint64_t requests = 0;
  call.shared().service.connections.visit([&](const auto& info) {
    if (info->protocol != kProtocolName) return;
    in += info->bytes_in.get();
    out += info->bytes_out.get();
    requests += info->commands.get();
  });
  return document(
      {{"bytesIn", int64(in)}, {"bytesOut", int64(out)}, {"numRequests", int64(requests)}});
}

Value expiry_counts(const engine::RowExpiryControl& expiry) {
  return document(
      {{"deletedDocuments", int64(expiry.erased.load())}, {"passes", int64(expiry.passes.load())}});
}

Result<Reply> run_server_status(CommandCall& call) {
  CommandShared& shared = call.shared();
  const std::int64_t up_ns = call.monotonic_ns() - shared.identity.started_ns;
  const std::int64_t up_seconds = up_ns / kNanosPerSecond;
  const engine::ProcessMemory& memory = call.engine().memory();
  Reply reply;
  reply.add("host", text(host_name()))
      .add("version", text(kMongodbVersion))
      .add("process", text("mongod"))
      .add("pid", Value::int64(::getpid()))
      .add("uptime", Value::float64(static_cast<double>(up_seconds)))
      .add("uptimeMillis", Value::int64(up_ns / kNanosPerMilli))
      .add("uptimeEstimate", Value::int64(up_seconds))
      .add("localTime", date(shared.service.clock.wall_ns()))
      .add("asserts", document({{"regular", Value::int32(0)},
                                {"warning", Value::int32(0)},
                                {"msg", Value::int32(0)},
                                {"user", Value::int32(0)},
                                {"rollovers", Value::int32(0)}}))
      .add("connections", connections_of(call))
      .add("network", network_counts(call))
      .add("opcounters", operation_counts(shared))
      .add("mem", document({{"bits", Value::int32(64)},
                            {"resident", megabytes(memory.process.used())},
                            {"supported", Value::boolean(true)}}))
      .add("metrics",
           document({{"cursor",
                      document({{"open", document({{"total", int64(shared.cursors.size())}})}})},
                     {"ttl", expiry_counts(engine::row_expiry_of(call.engine()))}}))
      .add("logicalSessionRecordCache",
           document({{"activeSessionsCount", int64(shared.sessions.size())}}))
      .add("storageEngine",
           document({{"name", text("octavo")},
                     {"supportsCommittedReads", Value::boolean(true)},
                     {"oldestRequiredTimestampForCrashRecovery", Value::log_stamp(0, 0)},
                     {"supportsPendingDrops", Value::boolean(false)},
                     {"persistent", Value::boolean(true)},
                     {"readOnly", Value::boolean(false)}}));
  if (shared.is_replica_set()) {
    reply.add("repl", document({{"setName", text(shared.options.set_name)},
                                {"setVersion", Value::int32(1)},
                                {"isWritablePrimary", Value::boolean(true)},
                                {"secondary", Value::boolean(false)}}));
  }
  // Sections that are not wanted: {serverStatus: 1, metrics: 0}.
  std::erase_if(reply.fields, [&call](const value::Field& section) {
    const Value* const wanted = call.body().find(section.name);
    return wanted != nullptr && field_type(*wanted) != field::kString && !is_truthy(*wanted);
  });
  return reply;
}

Result<Reply> run_what_is_my_uri(CommandCall& call) {
  Reply reply;
  reply.add("you", text(io::format_address(call.client().connection.info().peer)));
  return reply;
}

// In the words of MongoDB's configuration: what clients look at to find out how they are served.
Result<Reply> run_command_line(CommandCall& call) {
  const CommandShared& shared = call.shared();
  const protocol::ConnectionInfo& info = call.client().connection.info();
  const bool asks = engine::administrator_has_password(call.engine());
  std::vector<value::Field> parsed;
  parsed.push_back(
      {"net",
       document({{"port", int32(info.local.port)},
                 {"tls", document({{"mode", text(info.tls ? "requireTLS" : "disabled")}})}})});
  if (shared.is_replica_set()) {
    parsed.push_back({"replication", document({{"replSet", text(shared.options.set_name)}})});
  }
  parsed.push_back(
      {"security", document({{"authorization", text(asks ? "enabled" : "disabled")}})});
  parsed.push_back({"setParameter", document({{"enableTestCommands",
                                               text(shared.options.test_commands ? "1" : "0")}})});
  Reply reply;
  reply.add("argv", Value::array({text("octavo")})).add("parsed", document(std::move(parsed)));
  return reply;
}

constexpr std::string_view kLogNames[] = {"global", "startupWarnings"};

Result<Reply> run_get_log(CommandCall& call) {
  constexpr std::string_view kAll = "*";
  const std::string_view name = call.text("getLog");
  Reply reply;
  if (name == kAll) {
    std::vector<Value> names;
    for (const std::string_view one : kLogNames) names.push_back(text(one));
    reply.add("names", Value::array(std::move(names)));
    return reply;
  }
  if (std::ranges::find(kLogNames, name) == std::end(kLogNames)) {
    return error(ErrorCode::operation_failed, "No log named '{}'", name);
  }
  // The server's lines go to standard error, and are kept by whoever started it.
  reply.add("totalLinesWritten", Value::int32(0)).add("log", Value::array({}));
  return reply;
}

Value describe(const CommandRow& row) {
  const bool open = (row.flags & kBeforeLogin) != 0;
  return document(
      {{"help", text(row.help)},
       {"requiresAuth", Value::boolean(!open)},
       {"secondaryOk", Value::boolean(true)},
       {"adminOnly", Value::boolean((row.flags & kAdminOnly) != 0)},
       {"apiVersions", Value::array((row.flags & kStableApi) != 0 ? std::vector<Value>{text("1")}
                                                                  : std::vector<Value>())}});
}

Result<Reply> run_list_commands(CommandCall&) {
  std::vector<value::Field> commands;
  for (const std::span<const CommandRow> family : command_families()) {
    for (const CommandRow& row : family) {
      if ((row.flags & kHidden) == 0) commands.push_back({std::string(row.name), describe(row)});
    }
  }
  std::ranges::sort(commands, {}, &value::Field::name);
  Reply reply;
  reply.add("commands", Value::object(std::move(commands)));
  return reply;
}

Result<Reply> run_features(CommandCall&) {
  Reply reply;
  reply.add("js", document({{"utf8", Value::boolean(true)}})).add("oidMachine", Value::int32(0));
  return reply;
}

Result<Reply> run_connection_pools(CommandCall&) {
  Reply reply;
  reply.add("numClientConnections", Value::int32(0))
      .add("numAScopedConnections", Value::int32(0))
      .add("totalInUse", Value::int32(0))
      .add("totalAvailable", Value::int32(0))
      .add("totalLeased", Value::int32(0))
      .add("totalCreated", Value::int32(0))
      .add("totalRefreshing", Value::int32(0))
      .add("replicaSets", document({}));
  return reply;
}

Result<Reply> run_top(CommandCall&) {
  // Nothing is counted by collection.
  Reply reply;
  reply.add("totals", document({{"note", text("all times in microseconds")}}));
  return reply;
}

constexpr FieldRow kLogFields[] = {{"getLog", field::kString, FieldRule::required}};

constexpr CommandRow kRows[] = {
    {.name = "ping",
     .flags = kBeforeLogin | kHere | kStableApi,
     .run = run_ping,
     .help = "Answers."},
    {.name = "buildInfo",
     .aliases = {"buildinfo"},
     .flags = kBeforeLogin | kHere,
     .run = run_build_info,
     .help = "The version."},
    {.name = "hostInfo",
     .flags = kHere | kUrgent,
     .run = run_host_info,
     .help = "The machine and its system."},
    {.name = "serverStatus",
     .flags = kHere | kAnyFields | kUrgent,
     .run = run_server_status,
     .help = "What the server does, in numbers."},
    {.name = "whatsmyuri",
     .flags = kBeforeLogin | kHere,
     .run = run_what_is_my_uri,
     .help = "The address that the client has here."},
    {.name = "getCmdLineOpts",
     .flags = kAdminOnly | kHere,
     .run = run_command_line,
     .help = "How the server was started."},
    {.name = "getLog",
     .target = Target::field,
     .flags = kAdminOnly | kHere,
     .fields = kLogFields,
     .run = run_get_log,
     .help = "Lines of a log."},
    {.name = "listCommands",
     .flags = kBeforeLogin | kHere,
     .run = run_list_commands,
     .help = "These commands."},
    {.name = "features", .flags = kHere, .run = run_features, .help = "What the server can do."},
    {.name = "connPoolStats",
     .flags = kAdminOnly | kHere,
     .run = run_connection_pools,
     .help = "Connections to other servers: there are none."},
    {.name = "top", .flags = kAdminOnly | kHere, .run = run_top, .help = "Use of collections."},
};

}  // namespace

std::span<const CommandRow> server_commands() { return kRows; }

}  // namespace octavo::mongodb
