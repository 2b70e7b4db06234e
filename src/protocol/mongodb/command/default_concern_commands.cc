#include "protocol/mongodb/command/default_concern_commands.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/field.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::string_view kUsualLevel = "local";
constexpr std::string_view kLevels[] = {kUsualLevel, "available", "majority"};
constexpr FieldRow kReadFields[] = {{"level", field::kString}};

Status require_set(CommandCall& call) {
  if (call.shared().is_replica_set()) return {};
  return error(51300, "'{}' is not supported on standalone nodes.", call.name());
}

Value shown(const WriteConcern& concern) {
  std::vector<value::Field> fields;
  fields.push_back({"w", concern.mode.empty() ? int32(concern.nodes) : text(concern.mode)});
  if (concern.journal_given) fields.push_back({"j", Value::boolean(concern.journal)});
  fields.push_back({"wtimeout", int32(concern.timeout_ms)});
  return document(std::move(fields));
}

Reply reply_of(CommandCall& call, const DefaultConcerns::Told& told) {
  const auto source = [](bool is_set) { return text(is_set ? "global" : "implicit"); };
  WriteConcern write;
  write.mode = "majority";
  if (told.write) write = *told.write;
  Reply reply;
  reply.add("defaultReadConcern",
            document({{"level", text(told.read.empty() ? kUsualLevel : told.read)}}));
  reply.add("defaultWriteConcern", shown(write));
  if (told.changed_at) {
    reply.add("updateOpTime", told.changed_at->to_value());
    reply.add("updateWallClockTime", date(told.changed_wall_ns));
  }
  reply.add("defaultWriteConcernSource", source(told.write.has_value()));
  reply.add("defaultReadConcernSource", source(!told.read.empty()));
  reply.add("localUpdateWallClockTime", date(call.shared().service.clock.wall_ns()));
  return reply;
}

// {} takes away what was set, of reads alone.
Result<std::optional<WriteConcern>> read_write(const Value& given,
                                               const std::optional<WriteConcern>& before) {
  if (given.as_object().empty()) {
    if (!before) return std::optional<WriteConcern>();
    return error(ErrorCode::illegal_operation,
                 "The global default write concern cannot be unset once it is set.");
  }
  TRY(WriteConcern concern, parse_write_concern(given));
  const Value* const nodes = given.find("w");
  if (nodes == nullptr) {
    return error(ErrorCode::bad_value,
                 "The default write concern cannot be set without a value of 'w'");
  }
  if (nodes->is_null() || (!concern.mode.empty() && concern.asks_for_others())) {
    return error(ErrorCode::unknown_repl_write_concern,
                 "No write concern mode named '{}' found in replica set configuration",
                 concern.mode);
  }
  if (concern.mode.empty() && concern.nodes == 0) {
    return error(ErrorCode::bad_value, "Unsupported default write concern: it is unacknowledged");
  }
  if (concern.asks_for_others()) {
    return error(ErrorCode::unsatisfiable_write_concern, "Not enough data-bearing nodes");
  }
  concern.timeout_ms = std::max<std::int64_t>(concern.timeout_ms, 0);
  concern.given = false;
  return std::optional(std::move(concern));
}

Result<std::string> read_level(const Value& given) {
  TRY_STATUS(check_fields("defaultReadConcern", given.as_object(), kReadFields));
  const Value* const level = given_field(given, "level");
  if (level == nullptr) return std::string();
  if (std::ranges::find(kLevels, level->as_string()) == std::end(kLevels)) {
    return error(ErrorCode::bad_value, "Unsupported level of the default read concern: '{}'",
                 level->as_string());
  }
  return std::string(level->as_string());
}

}  // namespace

Result<Reply> run_get_defaults(CommandCall& call) {
  TRY_STATUS(require_set(call));
  return reply_of(call, call.shared().default_concerns.told());
}

Result<Reply> run_set_defaults(CommandCall& call) {
  TRY_STATUS(call.engine().access().require(call.user(), catalog::Permission::config, {}, {}));
  TRY_STATUS(require_set(call));
  const Value* const read = call.find("defaultReadConcern");
  const Value* const write = call.find("defaultWriteConcern");
  if (read == nullptr && write == nullptr) {
    return error(ErrorCode::bad_value,
                 "At least one of the \"defaultReadConcern\" or \"defaultWriteConcern\" fields "
                 "must be present");
  }
  DefaultConcerns& defaults = call.shared().default_concerns;
  DefaultConcerns::Told told = defaults.told();
  if (write != nullptr) {
    TRY(told.write, read_write(*write, told.write));
  }
  if (read != nullptr) {
    TRY(told.read, read_level(*read));
  }
  // It is later than the one before, also where nothing was written since.
  LogTime now = call.shared().clock.now();
  if (told.changed_at && now <= *told.changed_at) {
    now = {told.changed_at->seconds, told.changed_at->increment + 1};
  }
  told.changed_at = now;
  told.changed_wall_ns = call.shared().service.clock.wall_ns();
  defaults.set(told);
  return reply_of(call, told);
}

}  // namespace octavo::mongodb
