// The command `profile`, and the collection that it is about.

#include "protocol/mongodb/command/profile.h"

#include <utility>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using value::Value;

// Nothing: any other number asks for the level.
std::optional<ProfileLevel> level_of(std::int64_t number) {
  constexpr auto kLast = static_cast<std::int64_t>(ProfileLevel::all);
  if (number < 0 || number > kLast) return std::nullopt;
  return static_cast<ProfileLevel>(number);
}

Result<Reply> run_profile(CommandCall& call) {
  if (call.find("filter") != nullptr) {
    return error(ErrorCode::command_not_supported, "profile with a filter is not supported");
  }
  ProfileChange change;
  change.level = level_of(call.integer("profile").value_or(-1));
  change.slow_ms = call.integer("slowms");
  if (const Value* const rate = call.find("sampleRate")) {
    change.sample_rate = rate->to_double();
    if (!(*change.sample_rate >= 0 && *change.sample_rate <= 1)) {
      return error(ErrorCode::bad_value, "'sampleRate' must be between 0.0 and 1.0 inclusive");
    }
  }
  const ProfileSettings was = call.shared().profiler.change(call.database(), change);
  Reply reply;
  reply.add("was", int32(static_cast<std::int32_t>(was.level)))
      .add("slowms", int32(was.slow_ms))
      .add("sampleRate", Value::float64(was.sample_rate));
  return reply;
}

constexpr FieldRow kFields[] = {
    {"profile", field::kNumber, FieldRule::required},
    {"slowms", field::kNumber},
    {"sampleRate", field::kNumber},
    {"filter", field::kObject | field::kString},
};

constexpr CommandRow kRows[] = {
    {.name = "profile",
     .target = Target::field,
     .flags = kHere,
     .needs = catalog::Permission::config,
     .fields = kFields,
     .run = run_profile,
     .help = "Which operations of the database are recorded in system.profile."},
};

}  // namespace

std::span<const CommandRow> profile_commands() { return kRows; }

Result<std::vector<Value>> read_profile(CommandCall& call, const CollectionName& name) {
  std::vector<Value> rows;
  if (name.collection != kProfileCollection) return rows;
  const auto entries = call.shared().profiler.entries(name.database);
  if (!entries) return rows;
  for (const Bytes& entry : *entries) {
    TRY(Value row, read_bson(entry));
    rows.push_back(std::move(row));
  }
  return rows;
}

Status drop_profile(CommandCall& call) {
  if (call.shared().profiler.drop(call.database())) return {};
  return error(ErrorCode::illegal_operation,
               "turn off profiling before dropping system.profile collection");
}

void forget_profile(CommandCall& call) { call.shared().profiler.forget(call.database()); }

}  // namespace octavo::mongodb
