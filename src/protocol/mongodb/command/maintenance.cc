// What an operator does with a server: brings its data to the disk, looks at its defaults.

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/default_concern_commands.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using value::Value;

Status require_config(CommandCall& call) {
  return call.engine().access().require(call.user(), catalog::Permission::config, {}, {});
}

// The reply waits for the disk.
Result<Reply> run_fsync(CommandCall& call) {
  TRY_STATUS(require_config(call));
  if (call.flag("lock")) {
    return error(ErrorCode::command_not_supported, "fsync with lock is not supported");
  }
  call.statement().promise.add(call.engine().last_commit(), Durability::disk);
  Reply reply;
  reply.add("numFiles", Value::int32(1));
  return reply;
}

constexpr FieldRow kFsyncFields[] = {
    {"lock", field::kFlag},
    {"async", field::kFlag, FieldRule::ignored},
    {"fsyncLockAcquisitionTimeoutMillis", field::kNumber, FieldRule::ignored}};
constexpr FieldRow kDefaultFields[] = {{"inMemory", field::kFlag, FieldRule::ignored}};
constexpr FieldRow kSetDefaultFields[] = {{"defaultReadConcern", field::kObject},
                                          {"defaultWriteConcern", field::kObject}};

constexpr CommandRow kRows[] = {
    {.name = "fsync",
     .flags = kAdminOnly | kHere,
     .fields = kFsyncFields,
     .run = run_fsync,
     .help = "Waits until everything is on the disk."},
    {.name = "getDefaultRWConcern",
     .flags = kAdminOnly | kHere,
     .fields = kDefaultFields,
     .run = run_get_defaults,
     .help = "The concerns of commands that name none."},
    {.name = "setDefaultRWConcern",
     .flags = kAdminOnly | kHere | kWriteConcern,
     .fields = kSetDefaultFields,
     .run = run_set_defaults,
     .help = "Sets the concerns of commands that name none."},
};

}  // namespace

std::span<const CommandRow> maintenance_commands() { return kRows; }

}  // namespace octavo::mongodb
