#include "protocol/mongodb/command/process.h"

#include <limits>

#include "dialect/mongodb/error/error.h"
#include "protocol/common/jobs.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr std::int64_t kNanosPerMicro = 1000;

Value describe(protocol::JobId id, const protocol::Job& job, std::int64_t now_ns) {
  const std::int64_t ran_ns = now_ns - job.started_ns;
  return document(
      {{"type", text("op")},
       {"desc", text(job.protocol)},
       {"client", text(io::format_address(job.client))},
       {"effectiveUsers",
        Value::array({document({{"user", text(job.user)}, {"db", text("admin")}})})},
       {"active", Value::boolean(true)},
       {"opid", int32(std::to_underlying(id))},
       {"secs_running", Value::int64(ran_ns / kNanosPerSecond)},
       {"microsecs_running", Value::int64(ran_ns / kNanosPerMicro)},
       {"op", text("command")},
       {"ns", text("")},
       {"command", document({{job.name.empty() ? "statement" : job.name, text(job.text())}})},
       {"waitingForLock", Value::boolean(false)}});
}

Result<Reply> run_current_op(CommandCall& call) {
  Reply reply;
  reply.add("inprog", Value::array(current_operations(call)));
  return reply;
}

Result<Reply> run_kill_op(CommandCall& call) {
  const std::int64_t id = call.integer("op").value_or(0);
  if (id < std::numeric_limits<std::int32_t>::min() ||
      id > std::numeric_limits<std::int32_t>::max()) {
    return error(26823, "invalid op : {}", id);
  }
  // Where there is none of that number (any more) nothing is to be done; MongoDB says so as well.
  static_cast<void>(protocol::kill_for(call.shared().service.jobs, call.engine().access(),
                                       call.user(),
                                       protocol::JobId{static_cast<std::uint64_t>(id)}));
  Reply reply;
  reply.add("info", text("attempting to kill op"));
  return reply;
}

constexpr FieldRow kKillFields[] = {{"op", field::kNumber, FieldRule::required}};

constexpr CommandRow kRows[] = {
    {.name = "currentOp",
     .flags = kAdminOnly | kHere | kAnyFields,
     .run = run_current_op,
     .help = "What the server works on."},
    {.name = "killOp",
     .flags = kAdminOnly | kHere,
     .fields = kKillFields,
     .run = run_kill_op,
     .help = "Ends something of that."},
};

}  // namespace

std::vector<Value> current_operations(CommandCall& call) {
  std::vector<Value> jobs;
  for (const auto& [id, job] :
       protocol::list_for(call.shared().service.jobs, call.engine().access(), call.user())) {
    jobs.push_back(describe(id, job, call.monotonic_ns()));
  }
  return jobs;
}

std::span<const CommandRow> process_commands() { return kRows; }

}  // namespace octavo::mongodb
