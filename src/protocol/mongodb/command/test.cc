// Failures on demand, where the setting allows them.

#include <algorithm>
#include <limits>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::string_view kData = "configureFailPoint.data";
constexpr std::string_view kOff = "off";
constexpr std::string_view kAlwaysOn = "alwaysOn";

constexpr FieldRow kModeFields[] = {
    {"times", field::kNumber}, {"skip", field::kNumber}, {"activationProbability", field::kNumber}};

constexpr FieldRow kCommandFields[] = {
    {"failCommands", field::kArray, FieldRule::required},
    {"errorCode", field::kNumber},
    {"errorLabels", field::kArray},
    {"closeConnection", field::kFlag},
    {"blockConnection", field::kFlag},
    {"blockTimeMS", field::kNumber},
    {"writeConcernError", field::kObject},
    {"appName", field::kString},
    {"threadName", field::kString, FieldRule::ignored},
    {"namespace", field::kString},
    {"failInternalCommands", field::kFlag, FieldRule::ignored},
    {"failLocalClients", field::kFlag, FieldRule::ignored},
};

constexpr FieldRow kWriteFields[] = {
    {"closeConnection", field::kFlag},
    {"failBeforeCommitExceptionCode", field::kNumber},
};

constexpr FieldRow kGetMoreFields[] = {{"errorCode", field::kNumber},
                                       {"closeConnection", field::kFlag}};

// False: the fail point is to be off.
Result<bool> read_mode(const Value& mode, FailPoint::Plan& plan) {
  if (mode.is_string()) {
    if (mode.as_string() == kOff) return false;
    if (mode.as_string() == kAlwaysOn) return true;
    return error(ErrorCode::bad_value, "unknown mode: {}", mode.as_string());
  }
  if (!mode.is_object()) {
    return wrong_type("configureFailPoint.mode", mode, field::kString | field::kObject);
  }
  TRY_STATUS(check_fields("configureFailPoint.mode", mode.as_object(), kModeFields));
  if (const Value* times = mode.find("times")) plan.times = to_integer(*times);
  if (const Value* skip = mode.find("skip")) plan.skip = to_integer(*skip);
  if (const Value* chance = mode.find("activationProbability")) {
    plan.probability = chance->to_double();
  }
  return true;
}

Result<std::vector<std::string>> read_texts(const Value& array, std::string_view path) {
  std::vector<std::string> texts;
  for (const Value& one : array.as_array()) {
    if (!one.is_string()) return wrong_type(path, one, field::kString);
    texts.emplace_back(one.as_string());
  }
  return texts;
}

Status read_commands(const Value& names, FailPoint::Plan& plan) {
  TRY(const auto given, read_texts(names, "failCommands"));
  for (const std::string& name : given) {
    const CommandRow* const row = find_command(name);
    plan.commands.push_back(row == nullptr ? name : std::string(row->name));
  }
  return {};
}

Status read_command_failure(const Value& data, FailPoint::Plan& plan) {
  TRY_STATUS(check_fields(kData, data.as_object(), kCommandFields));
  TRY_STATUS(read_commands(*data.find("failCommands"), plan));
  if (const Value* code = data.find("errorCode")) {
    plan.failure.error = error(static_cast<std::uint32_t>(to_integer(*code)),
                               "Failing command via 'failCommand' failpoint")
                             .error();
  }
  if (const Value* labels = data.find("errorLabels"); labels != nullptr && labels->is_array()) {
    TRY(plan.failure.labels, read_texts(*labels, "errorLabels"));
  }
  const Value* const closes = data.find("closeConnection");
  plan.failure.close_connection = closes != nullptr && to_flag(*closes);
  const Value* const blocks = data.find("blockConnection");
  const Value* const time = data.find("blockTimeMS");
  if (blocks != nullptr && to_flag(*blocks) && time != nullptr) {
    plan.failure.block_ms = to_integer(*time);
  }
  if (const Value* concern = data.find("writeConcernError")) {
    plan.failure.write_concern_error = *concern;
  }
  if (const Value* name = data.find("appName"); name != nullptr && name->is_string()) {
    plan.application = name->as_string();
  }
  if (const Value* ns = data.find("namespace"); ns != nullptr && ns->is_string()) {
    plan.name_space = ns->as_string();
  }
  return {};
}

Status read_write_failure(const Value& data, FailPoint::Plan& plan) {
  TRY_STATUS(check_fields(kData, data.as_object(), kWriteFields));
  const Value* const closes = data.find("closeConnection");
  plan.failure.close_connection = closes == nullptr || to_flag(*closes);
  if (const Value* code = data.find("failBeforeCommitExceptionCode")) {
    plan.failure.error = error(static_cast<std::uint32_t>(to_integer(*code)),
                               "Failing write due to failpoint. The write must not be reflected.")
                             .error();
  }
  return {};
}

Status read_get_more_failure(const Value& data, FailPoint::Plan& plan) {
  TRY_STATUS(check_fields(kData, data.as_object(), kGetMoreFields));
  const Value* const closes = data.find("closeConnection");
  plan.failure.close_connection = closes != nullptr && to_flag(*closes);
  if (const Value* code = data.find("errorCode")) {
    plan.failure.error = error(static_cast<std::uint32_t>(to_integer(*code)),
                               "Failing getMore due to 'failGetMoreAfterCursorCheckout' failpoint")
                             .error();
  }
  return {};
}

struct FailPointRow {
  std::string_view name;
  FailPoint FailPoints::* point;
  Status (*read_data)(const Value& data, FailPoint::Plan& plan);
};
constexpr FailPointRow kFailPoints[] = {
    {"failCommand", &FailPoints::command, read_command_failure},
    {"failGetMoreAfterCursorCheckout", &FailPoints::get_more, read_get_more_failure},
    {"onPrimaryTransactionalWrite", &FailPoints::retryable_write, read_write_failure},
};

Result<Reply> run_configure(CommandCall& call) {
  if (!call.shared().options.test_commands) {
    return error(ErrorCode::command_not_found, "no such command: '{}'", call.name());
  }
  TRY_STATUS(call.engine().access().require(call.user(), catalog::Permission::config, {}, {}));
  const auto* const row =
      std::ranges::find(kFailPoints, call.text(call.name()), &FailPointRow::name);
  if (row == std::end(kFailPoints)) {
    return error(ErrorCode::bad_value, "There is no fail point '{}'", call.text(call.name()));
  }
  FailPoint::Plan plan;
  TRY(const bool on, read_mode(*call.find("mode"), plan));
  std::optional<FailPoint::Plan> wanted;
  if (on) {
    TRY_STATUS(row->read_data(call.document("data"), plan));
    wanted = std::move(plan);
  }
  Reply reply;
  reply.add("count", Value::int64((call.shared().fail_points.*row->point).set(std::move(wanted))));
  return reply;
}

constexpr FieldRow kFields[] = {{"configureFailPoint", field::kString, FieldRule::required},
                                {"mode", field::kAny, FieldRule::required},
                                {"data", field::kObject}};

constexpr CommandRow kRows[] = {
    {.name = "configureFailPoint",
     .target = Target::field,
     .flags = kAdminOnly | kHere | kHidden,
     .fields = kFields,
     .run = run_configure,
     .help = "Makes commands fail, for tests."},
};

}  // namespace

std::span<const CommandRow> test_commands() { return kRows; }

}  // namespace octavo::mongodb
