// Parameters of the server, in MongoDB's names: those that have a meaning here.

#include <algorithm>
#include <atomic>
#include <limits>

#include "base/logging.h"
#include "dialect/mongodb/error/error.h"
#include "engine/row_expiry.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/checks.h"
#include "protocol/mongodb/command/scram_login.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using value::Value;

struct ParameterRow {
  std::string_view name;
  Value (*get)(const CommandShared& shared);
  // Of one that may be set.
  void (*set)(CommandShared& shared, std::int64_t number) = nullptr;
  std::int64_t least = 1;
  std::int64_t most = 24 * 3600;
  FieldTypes types = field::kNumber;
};

Value compatibility(const CommandShared&) { return document({{"version", text("7.0")}}); }
Value test_commands(const CommandShared& shared) {
  return Value::boolean(shared.options.test_commands);
}
Value mechanisms(const CommandShared&) {
  std::vector<Value> names;
  for (const std::string_view name : login_mechanisms()) names.push_back(text(name));
  return Value::array(std::move(names));
}
Value session_minutes(const CommandShared&) { return Value::int32(kSessionMinutes); }
Value no(const CommandShared&) { return Value::boolean(false); }

template <std::atomic<std::int64_t> CommandParameters::* Number>
Value number_as_int(const CommandShared& shared) {
  return int32((shared.parameters.*Number).load(std::memory_order_relaxed));
}
template <std::atomic<std::int64_t> CommandParameters::* Number>
Value number_of(const CommandShared& shared) {
  return int64((shared.parameters.*Number).load(std::memory_order_relaxed));
}

template <std::atomic<std::int64_t> CommandParameters::* Number>
void set_number(CommandShared& shared, std::int64_t number) {
  (shared.parameters.*Number).store(number);
}

void set_verbosity(CommandShared& shared, std::int64_t verbosity) {
  set_number<&CommandParameters::log_level>(shared, verbosity);
  set_log_level(verbosity == 0 ? LogLevel::info : LogLevel::debug);
}

// Documents that live for a time only.
Value expires(const CommandShared& shared) {
  return Value::boolean(engine::row_expiry_of(shared.service.engine).enabled.load());
}
void set_expires(CommandShared& shared, std::int64_t on) {
  engine::row_expiry_of(shared.service.engine).enabled.store(on != 0);
}
Value expiry_period(const CommandShared& shared) {
  return int32(engine::row_expiry_of(shared.service.engine).period_seconds.load());
}
void set_expiry_period(CommandShared& shared, std::int64_t seconds) {
  engine::row_expiry_of(shared.service.engine).period_seconds.store(seconds);
}

constexpr std::int64_t kMostMillis = 24 * 3600 * 1000;
constexpr std::int64_t kMostVerbosity = 5;

constexpr ParameterRow kParameters[] = {
    {"authenticationMechanisms", mechanisms},
    {"cursorTimeoutMillis", number_of<&CommandParameters::cursor_timeout_ms>,
     set_number<&CommandParameters::cursor_timeout_ms>, 1, kMostMillis},
    {"enableTestCommands", test_commands},
    {"featureCompatibilityVersion", compatibility},
    {"localLogicalSessionTimeoutMinutes", session_minutes},
    {"logLevel", number_as_int<&CommandParameters::log_level>, set_verbosity, 0, kMostVerbosity},
    {"notablescan", no},
    {"requireApiVersion", no},
    {"transactionLifetimeLimitSeconds", number_of<&CommandParameters::transaction_seconds>,
     set_number<&CommandParameters::transaction_seconds>},
    {"ttlMonitorEnabled", expires, set_expires, 0, 1, field::kFlag},
    {"ttlMonitorSleepSecs", expiry_period, set_expiry_period, 1,
     std::numeric_limits<std::int32_t>::max()},
};

// What the commands may say beside names of parameters.
constexpr std::string_view kShowDetails = "showDetails";
constexpr std::string_view kAllParameters = "allParameters";
constexpr std::string_view kAll = "*";

Value describe(const ParameterRow& row, const CommandShared& shared, bool details) {
  if (!details) return row.get(shared);
  const bool settable = row.set != nullptr;
  return document({{"value", row.get(shared)},
                   {"settableAtRuntime", Value::boolean(settable)},
                   {"settableAtStartup", Value::boolean(false)}});
}

bool asks_for_all(const CommandCall& call) {
  const Value& target = call.target();
  if (target.is_string()) return target.as_string() == kAll;
  const Value* const all = target.find(kAllParameters);
  return all != nullptr && to_flag(*all);
}

Result<Reply> run_get(CommandCall& call) {
  const Value* const details = call.target().find(kShowDetails);
  const bool with_details = details != nullptr && to_flag(*details);
  const bool all = asks_for_all(call);
  Reply reply;
  for (const ParameterRow& row : kParameters) {
    if (all || call.body().find(row.name) != nullptr) {
      reply.add(row.name, describe(row, call.shared(), with_details));
    }
  }
  if (reply.fields.empty()) return error(ErrorCode::invalid_options, "no option found to get");
  return reply;
}

std::int64_t number_given(const Value& given, const ParameterRow& row) {
  if (row.types == field::kFlag) return to_flag(given) ? 1 : 0;
  return to_integer(given);
}

Result<const ParameterRow*> find_settable(const value::Field& given) {
  const auto* const row = std::ranges::find(kParameters, given.name, &ParameterRow::name);
  if (row == std::end(kParameters)) {
    return error(ErrorCode::invalid_options,
                 "attempted to set unrecognized parameter [{}], use help:true to see options ",
                 given.name);
  }
  if (row->set == nullptr) {
    return error(ErrorCode::illegal_operation, "not allowed to change [{}] at runtime", given.name);
  }
  if ((field_type(given.value) & row->types) == 0) {
    return wrong_type(fmt::format("setParameter.{}", given.name), given.value, row->types);
  }
  const std::int64_t number = number_given(given.value, *row);
  if (number < row->least || number > row->most) {
    return error(ErrorCode::bad_value,
                 "Invalid value for parameter {}: {} is not between {} and {}", given.name, number,
                 row->least, row->most);
  }
  return row;
}

bool is_parameter(const value::Field& given) {
  return !given.name.starts_with('$') && !is_general_field(given.name);
}

Result<Reply> run_set(CommandCall& call) {
  TRY_STATUS(call.engine().access().require(call.user(), catalog::Permission::config, {}, {}));
  // All or none of them.
  std::vector<std::pair<const ParameterRow*, std::int64_t>> changes;
  for (const value::Field& given : call.body().as_object().subspan(1)) {
    if (!is_parameter(given)) continue;
    TRY(const ParameterRow* const row, find_settable(given));
    changes.emplace_back(row, number_given(given.value, *row));
  }
  if (changes.empty()) {
    return error(ErrorCode::invalid_options,
                 "no option found to set, use help:true to see options ");
  }
  Reply reply;
  reply.add("was", changes.front().first->get(call.shared()));
  for (const auto& [row, number] : changes) row->set(call.shared(), number);
  return reply;
}

constexpr CommandFlags kFlags = kAdminOnly | kHere | kAnyFields;

constexpr CommandRow kRows[] = {
    {.name = "getParameter", .flags = kFlags, .run = run_get, .help = "Parameters of the server."},
    {.name = "setParameter", .flags = kFlags, .run = run_set, .help = "Sets parameters."},
};

}  // namespace

std::span<const CommandRow> parameter_commands() { return kRows; }

}  // namespace octavo::mongodb
