// Parameters of the server, in MongoDB's names: those that have a meaning here.

#include <algorithm>
#include <atomic>

#include "base/logging.h"
#include "dialect/mongodb/error/error.h"
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
  std::atomic<std::int64_t> CommandParameters::* number = nullptr;  // of one that may be set
  std::int64_t least = 1;
  std::int64_t most = 24 * 3600;
  void (*changed)(std::int64_t now) = nullptr;
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

void change_log_level(std::int64_t verbosity) {
  set_log_level(verbosity == 0 ? LogLevel::info : LogLevel::debug);
}

constexpr std::int64_t kMostMillis = 24 * 3600 * 1000;
constexpr std::int64_t kMostVerbosity = 5;

constexpr ParameterRow kParameters[] = {
    {"authenticationMechanisms", mechanisms},
    {"cursorTimeoutMillis", number_of<&CommandParameters::cursor_timeout_ms>,
     &CommandParameters::cursor_timeout_ms, 1, kMostMillis},
    {"enableTestCommands", test_commands},
    {"featureCompatibilityVersion", compatibility},
    {"localLogicalSessionTimeoutMinutes", session_minutes},
    {"logLevel", number_as_int<&CommandParameters::log_level>, &CommandParameters::log_level, 0,
     kMostVerbosity, change_log_level},
    {"notablescan", no},
    {"requireApiVersion", no},
    {"transactionLifetimeLimitSeconds", number_of<&CommandParameters::transaction_seconds>,
     &CommandParameters::transaction_seconds},
};

// What the commands may say beside names of parameters.
constexpr std::string_view kShowDetails = "showDetails";
constexpr std::string_view kAllParameters = "allParameters";
constexpr std::string_view kAll = "*";

Value describe(const ParameterRow& row, const CommandShared& shared, bool details) {
  if (!details) return row.get(shared);
  const bool settable = row.number != nullptr;
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

Result<const ParameterRow*> find_settable(const value::Field& given) {
  const auto* const row = std::ranges::find(kParameters, given.name, &ParameterRow::name);
  if (row == std::end(kParameters)) {
    return error(ErrorCode::invalid_options,
                 "attempted to set unrecognized parameter [{}], use help:true to see options ",
                 given.name);
  }
  if (row->number == nullptr) {
    return error(ErrorCode::illegal_operation, "not allowed to change [{}] at runtime", given.name);
  }
  if (!given.value.is_number()) {
    return wrong_type(fmt::format("setParameter.{}", given.name), given.value, field::kNumber);
  }
  const std::int64_t number = to_integer(given.value);
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
    changes.emplace_back(row, to_integer(given.value));
  }
  if (changes.empty()) {
    return error(ErrorCode::invalid_options,
                 "no option found to set, use help:true to see options ");
  }
  Reply reply;
  reply.add("was", changes.front().first->get(call.shared()));
  for (const auto& [row, number] : changes) {
    (call.shared().parameters.*row->number).store(number);
    if (row->changed != nullptr) row->changed(number);
  }
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
