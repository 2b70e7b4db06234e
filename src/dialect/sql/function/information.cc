// What the session and the server know: constants once a statement is bound. And SLEEP.

#include <chrono>
#include <cmath>

#include "base/condition.h"
#include "base/mutex.h"
#include "dialect/sql/function/named.h"

namespace octavo::sql {
namespace {

using value::Value;

enum Operation : std::uint16_t {
  kSleep = operation_block::kMisc + 60,  // (seconds)
  kBenchmark,                            // (times, expression)
};

// Waits, and ends at once when the statement is cancelled or its time is over.
Status wait(function::EvalContext& context, double seconds) {
  using Clock = std::chrono::steady_clock;
  constexpr double kMost = 365.0 * 86'400;
  // The deadline is looked at so often.
  constexpr auto kStep = std::chrono::milliseconds(50);
  const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(std::min(seconds, kMost)));
  Mutex mutex;
  Condition woken;
  const CancelCallback wake(context.cancel, [&woken] { woken.notify_all(); });
  while (Clock::now() < until) {
    TRY_STATUS(context.check_now());
    const MutexLock lock(mutex);
    if (!context.cancel.cancelled()) woken.wait_until(mutex, std::min(until, Clock::now() + kStep));
  }
  return context.check_now();
}

Result<Value> sleep(const SingleCall& call, Args args) {
  if (args[0].is_null()) return error<1210>("sleep");
  TRY(const double seconds, double_at(args, 0));
  if (!(seconds >= 0)) return error<1210>("sleep");
  TRY_STATUS(wait(call.context, seconds));
  return integer(0);
}

Result<Value> benchmark(const SingleCall& call, LazyArguments& arguments) {
  TRY(const Value times, arguments.evaluate(0));
  if (times.is_null()) return Value();
  TRY(const std::int64_t count, integer_at(Args(&times, 1), 0));
  if (count < 0) return Value();
  for (std::int64_t i = 0; i < count; ++i) {
    TRY_STATUS(call.context.check());
    TRY_STATUS(arguments.evaluate(1));
  }
  return integer(0);
}

constexpr OperationRow kOperations[] = {
    {.number = kSleep,
     .name = "sql.sleep",
     .least = 1,
     .flags = operation_flag::kImpure,
     .single = sleep},
    {.number = kBenchmark,
     .name = "sql.benchmark",
     .least = 2,
     .flags = operation_flag::kImpure,
     .lazy = benchmark},
};

Typed constant_number(std::uint64_t number) {
  return {algebra::constant(Value::uint64(number)), never_null(big_integer(true, 21))};
}

// A text of the system, which gives way to those of columns and literals.
Typed constant_text(const CallBinder& call, std::string_view text, std::uint32_t width) {
  Type type = text_type(*call.session().collation, width, Coercibility::system);
  return {algebra::constant(Value::string(text)), never_null(std::move(type))};
}

Result<Typed> bind_version(CallBinder& call) {
  const std::string& version = call.session().version;
  return constant_text(call, version, static_cast<std::uint32_t>(version.size()));
}

Result<Typed> bind_database(CallBinder& call) {
  constexpr std::uint32_t kWidth = 34;
  const auto& database = call.session().database;
  Typed name = constant_text(call, database.value_or(""), kWidth);
  name.type.nullable = true;
  if (!database) name.expression = algebra::constant(Value());
  return name;
}

constexpr std::uint32_t kUserWidth = 288;
Result<Typed> bind_user(CallBinder& call) {
  return constant_text(call, call.session().user, kUserWidth);
}
Result<Typed> bind_current_user(CallBinder& call) {
  return constant_text(call, call.session().current_user, kUserWidth);
}
// There are no roles.
Result<Typed> bind_current_role(CallBinder& call) {
  return constant_text(call, "NONE", kUserWidth);
}

Result<Typed> bind_connection_id(CallBinder& call) {
  return constant_number(call.session().connection_id);
}
Result<Typed> bind_found_rows(CallBinder& call) {
  return constant_number(call.session().found_rows);
}
Result<Typed> bind_row_count(CallBinder& call) {
  return Typed{algebra::constant(integer(call.session().row_count)),
               never_null(big_integer(false, 21))};
}

Result<Typed> bind_last_insert_id(CallBinder& call) {
  if (call.size() > 0) return call.not_supported();
  return constant_number(call.session().last_insert_id);
}

Result<Typed> bind_charset(CallBinder& call) {
  const value::Collation& collation = call.type(0).collation();
  return constant_text(call, value::charset_of(collation.charset).name, 64);
}

Result<Typed> bind_collation(CallBinder& call) {
  return constant_text(call, call.type(0).collation().name, 64);
}

Result<Typed> bind_coercibility(CallBinder& call) {
  const auto strength = static_cast<std::int64_t>(call.type(0).coercibility);
  return Typed{algebra::constant(integer(strength)), never_null(big_integer(false, 10))};
}

Result<Typed> bind_sleep(CallBinder& call) {
  TRY_STATUS(call.to_double(0));
  return call.make(kSleep, never_null(big_integer(false, 21)));
}

Result<Typed> bind_benchmark(CallBinder& call) {
  TRY_STATUS(call.to_integer(0));
  return call.make(kBenchmark, big_integer(false, 1));
}

// NAME_CONST('name', value)
Result<Typed> bind_name_const(CallBinder& call) { return call[1]; }

constexpr NameRow kNames[] = {
    {"BENCHMARK", 2, 2, bind_benchmark},
    {"CHARSET", 1, 1, bind_charset},
    {"COERCIBILITY", 1, 1, bind_coercibility},
    {"COLLATION", 1, 1, bind_collation},
    {"CONNECTION_ID", 0, 0, bind_connection_id},
    {"CURRENT_ROLE", 0, 0, bind_current_role},
    {"CURRENT_USER", 0, 0, bind_current_user},
    {"DATABASE", 0, 0, bind_database},
    {"FOUND_ROWS", 0, 0, bind_found_rows},
    {"LAST_INSERT_ID", 0, 1, bind_last_insert_id},
    {"NAME_CONST", 2, 2, bind_name_const},
    {"ROW_COUNT", 0, 0, bind_row_count},
    {"SCHEMA", 0, 0, bind_database},
    {"SESSION_USER", 0, 0, bind_user},
    {"SLEEP", 1, 1, bind_sleep},
    {"SYSTEM_USER", 0, 0, bind_user},
    {"USER", 0, 0, bind_user},
    {"VERSION", 0, 0, bind_version},
};

}  // namespace

std::span<const OperationRow> information_operations() { return kOperations; }
std::span<const NameRow> information_names() { return kNames; }

}  // namespace octavo::sql
