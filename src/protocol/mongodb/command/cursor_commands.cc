// Cursors between the commands that open them and their end.

#include <memory>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/cursors.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::int64_t kUsualAwaitMs = 1000;
constexpr std::int64_t kNanosPerMilli = 1'000'000;

Result<BatchLimits> batch_of(const CommandCall& call) {
  TRY(const auto size, call.integer_from("batchSize", 0));
  BatchLimits limits;
  limits.rows = std::numeric_limits<std::size_t>::max();
  if (size && *size > 0) limits.rows = static_cast<std::size_t>(*size);
  return limits;
}

Result<Cursors::Reading> take(CommandCall& call) {
  const std::string ns = call.database() + "." + std::string(call.text("collection"));
  return call.shared().cursors.take(call.target().as_int64(), ns, call.cursor_owner(),
                                    call.stopper());
}

Reply batch_reply(Cursors::Reading& reading, std::vector<Value> rows, bool more) {
  std::vector<value::Field> fields;
  fields.push_back({"nextBatch", Value::array(std::move(rows))});
  reading->describe_batch(fields);
  fields.push_back({"id", Value::int64(more ? reading.id() : 0)});
  fields.push_back({"ns", text(reading->ns())});
  Reply reply;
  reply.add("cursor", Value::object(std::move(fields)));
  reply.more = more;
  return reply;
}

// Nothing: there is none yet, and the call is to wait.
Result<std::optional<Reply>> read_more(CommandCall& call, Cursors::Reading& reading) {
  TRY(const BatchLimits limits, batch_of(call));
  std::vector<Value> rows;
  TRY(const bool more, read_batch(*reading, limits, rows));
  const bool waits = more && rows.empty() && reading->traits().await_data;
  if (waits && !call.waits_are_over()) return std::nullopt;
  if (more) {
    TRY_STATUS(reading.rest());
  } else {
    reading.end();
  }
  return batch_reply(reading, std::move(rows), more);
}

Result<Reply> wait_for_more(CommandCall& call, Cursors::Reading& reading) {
  reading->notify([alarm = call.statement().alarm()] { alarm->ring(); });
  if (call.wait_until_ns() != 0) return call.wait(call.wait_until_ns());
  const std::int64_t limit_ms = call.max_time_ms() > 0 ? call.max_time_ms() : kUsualAwaitMs;
  return call.wait(call.monotonic_ns() + limit_ms * kNanosPerMilli);
}

// With the cursor taken, which stays as it is.
Status meet_failure(CommandCall& call) {
  const auto failure = call.shared().fail_points.get_more.meet();
  if (!failure) return {};
  if (failure->close_connection) call.lose_reply();
  return failure->error ? std::unexpected(*failure->error) : Status();
}

// Of a collection that is gone no more is read.
Status check_source(CommandCall& call, Cursors::Reading& taken) {
  if (!taken->source) return {};
  Status there = check_source(*call.engine().catalog(), *taken->source);
  if (!there) taken.end();
  return there;
}

Result<Reply> run_get_more(CommandCall& call) {
  // Between two calls that wait nobody else has the cursor.
  auto reading = std::static_pointer_cast<Cursors::Reading>(call.kept());
  if (reading == nullptr) {
    TRY_STATUS(batch_of(call));
    TRY(Cursors::Reading taken, take(call));
    if (call.max_time_ms() > 0 && !taken->traits().await_data) {
      return error(ErrorCode::bad_value,
                   "cannot set maxTimeMS on getMore command for a non-awaitData cursor");
    }
    if (taken->traits().change_stream) call.read_changes();
    TRY_STATUS(meet_failure(call));
    TRY_STATUS(check_source(call, taken));
    reading = std::make_shared<Cursors::Reading>(std::move(taken));
    call.kept() = reading;
  }
  (*reading)->follow(call.context());
  auto reply = read_more(call, *reading);
  if (!reply) {
    reading->end();  // where it stands nobody knows
    call.kept() = nullptr;
    return std::unexpected(std::move(reply).error());
  }
  if (!*reply) return wait_for_more(call, *reading);
  call.kept() = nullptr;
  return **std::move(reply);
}

Result<Reply> run_kill_cursors(CommandCall& call) {
  const bool any =
      call.engine().access().require(call.user(), catalog::Permission::config, {}, {}).has_value();
  std::vector<Value> killed;
  std::vector<Value> unknown;
  for (const Value& id : call.elements("cursors")) {
    if (id.type() != value::Type::int64 || id.is_int32()) {
      return wrong_type("killCursors.cursors", id, field::kLong);
    }
    const bool was_there = call.shared().cursors.kill(id.as_int64(), call.user(), any);
    (was_there ? killed : unknown).push_back(id);
  }
  Reply reply;
  reply.add("cursorsKilled", Value::array(std::move(killed)))
      .add("cursorsNotFound", Value::array(std::move(unknown)))
      .add("cursorsAlive", Value::array({}))
      .add("cursorsUnknown", Value::array({}));
  return reply;
}

constexpr FieldRow kGetMoreFields[] = {
    {"getMore", field::kLong, FieldRule::required},
    {"collection", field::kString, FieldRule::required},
    {"batchSize", field::kNumber},
    {"term", field::kLong, FieldRule::ignored},
    {"lastKnownCommittedOpTime", field::kObject, FieldRule::ignored},
};
constexpr FieldRow kKillFields[] = {{"cursors", field::kArray, FieldRule::required}};

constexpr CommandRow kRows[] = {
    {.name = "getMore",
     .target = Target::field,
     .flags = kInTransaction | kNeverFirst | kStableApi | kOwnTime,
     .fields = kGetMoreFields,
     .run = run_get_more,
     .help = "The next batch of a cursor.",
     .counted = Operation::get_more},
    {.name = "killCursors",
     .target = Target::collection,
     .flags = kInTransaction | kNeverFirst | kStableApi | kHere,
     .fields = kKillFields,
     .run = run_kill_cursors,
     .help = "Ends cursors."},
};

}  // namespace

std::span<const CommandRow> cursor_commands() { return kRows; }

}  // namespace octavo::mongodb
