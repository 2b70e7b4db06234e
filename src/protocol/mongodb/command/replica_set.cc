// The replica set that this server alone is.

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/client.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr std::int64_t kTerm = 1;

Status require_set(CommandCall& call) {
  if (call.shared().is_replica_set()) return {};
  return error(ErrorCode::no_replication_enabled, "not running with --replSet");
}

Result<Reply> run_status(CommandCall& call) {
  TRY_STATUS(require_set(call));
  CommandShared& shared = call.shared();
  const std::int64_t now_ns = shared.service.clock.wall_ns();
  const LogTime time = shared.clock.now();
  const Value place = document({{"ts", time.to_value()}, {"t", Value::int64(kTerm)}});
  const Value place_date = date(std::int64_t{time.seconds} * kNanosPerSecond);
  const std::int64_t started_ns = shared.identity.started_wall_ns;
  const Value member =
      document({{"_id", Value::int32(0)},
                {"name", text(advertised_address(shared, call.client().connection))},
                {"health", Value::float64(1)},
                {"state", Value::int32(1)},
                {"stateStr", text("PRIMARY")},
                {"uptime", int32((now_ns - started_ns) / kNanosPerSecond)},
                {"optime", place},
                {"optimeDate", place_date},
                {"electionTime",
                 Value::log_stamp(static_cast<std::uint32_t>(started_ns / kNanosPerSecond), 1)},
                {"electionDate", date(started_ns)},
                {"configVersion", Value::int32(1)},
                {"configTerm", Value::int32(1)},
                {"self", Value::boolean(true)}});
  Reply reply;
  reply.add("set", text(shared.options.set_name))
      .add("date", date(now_ns))
      .add("myState", Value::int32(1))
      .add("term", Value::int64(kTerm))
      .add("heartbeatIntervalMillis", Value::int64(2000))
      .add("majorityVoteCount", Value::int32(1))
      .add("writeMajorityCount", Value::int32(1))
      .add("votingMembersCount", Value::int32(1))
      .add("writableVotingMembersCount", Value::int32(1))
      .add("optimes", document({{"lastCommittedOpTime", place},
                                {"lastCommittedWallTime", place_date},
                                {"readConcernMajorityOpTime", place},
                                {"appliedOpTime", place},
                                {"durableOpTime", place},
                                {"lastAppliedWallTime", place_date},
                                {"lastDurableWallTime", place_date}}))
      .add("members", Value::array({member}));
  return reply;
}

Result<Reply> run_config(CommandCall& call) {
  TRY_STATUS(require_set(call));
  CommandShared& shared = call.shared();
  const Value member =
      document({{"_id", Value::int32(0)},
                {"host", text(advertised_address(shared, call.client().connection))},
                {"arbiterOnly", Value::boolean(false)},
                {"buildIndexes", Value::boolean(true)},
                {"hidden", Value::boolean(false)},
                {"priority", Value::float64(1)},
                {"tags", document({})},
                {"secondaryDelaySecs", Value::int64(0)},
                {"votes", Value::int32(1)}});
  Reply reply;
  reply.add("config",
            document({{"_id", text(shared.options.set_name)},
                      {"version", Value::int32(1)},
                      {"term", Value::int32(1)},
                      {"members", Value::array({member})},
                      {"protocolVersion", Value::int64(1)},
                      {"writeConcernMajorityJournalDefault", Value::boolean(true)},
                      {"settings", document({{"chainingAllowed", Value::boolean(true)},
                                             {"heartbeatIntervalMillis", Value::int32(2000)}})}}));
  return reply;
}

Result<Reply> run_initiate(CommandCall& call) {
  TRY_STATUS(require_set(call));
  return error(ErrorCode::already_initialized, "already initialized");
}

constexpr CommandFlags kFlags = kAdminOnly | kHere;

constexpr CommandRow kRows[] = {
    {.name = "replSetGetStatus",
     .flags = kFlags | kAnyFields,
     .run = run_status,
     .help = "The set, and its one member."},
    {.name = "replSetGetConfig",
     .flags = kFlags | kAnyFields,
     .run = run_config,
     .help = "How the set is made up."},
    {.name = "replSetInitiate",
     .flags = kFlags | kAnyFields,
     .run = run_initiate,
     .help = "Begins a set, which there is already."},
};

}  // namespace

std::span<const CommandRow> replica_set_commands() { return kRows; }

}  // namespace octavo::mongodb
