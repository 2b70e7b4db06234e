#include "protocol/mongodb/command/concern.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/field.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

constexpr FieldRow kReadFields[] = {
    {"level", field::kString},
    {"afterClusterTime", field::kTimestamp, FieldRule::null_is_a_value},
    {"atClusterTime", field::kTimestamp, FieldRule::null_is_a_value},
    {"afterOpTime", field::kObject, FieldRule::ignored},
    {"provenance", field::kString},
    {"waitLastStableRecoveryTimestamp", field::kBool, FieldRule::ignored},
    {"allowTransactionTableSnapshot", field::kBool, FieldRule::ignored},
};

struct LevelRow {
  std::string_view name;
  ReadLevel level;
};
constexpr LevelRow kLevels[] = {{"local", ReadLevel::local},
                                {"available", ReadLevel::available},
                                {"majority", ReadLevel::majority},
                                {"linearizable", ReadLevel::linearizable},
                                {"snapshot", ReadLevel::snapshot}};

// Who has said what a concern says.
constexpr std::string_view kOrigins[] = {"clientSupplied", "implicitDefault", "customDefault",
                                         "getLastErrorDefaults", "internalWriteDefault"};

Status check_origin(std::string_view path, const Value& document) {
  const Value* const origin = document.find("provenance");
  if (origin == nullptr || !origin->is_string()) return {};
  if (std::ranges::find(kOrigins, origin->as_string()) != std::end(kOrigins)) return {};
  return error(ErrorCode::bad_value,
               "Enumeration value '{}' for field '{}.provenance' is not a valid value.",
               origin->as_string(), path);
}

constexpr FieldRow kWriteFields[] = {
    {"w", field::kAny, FieldRule::null_is_a_value},
    {"j", field::kFlag},
    {"wtimeout", field::kAny},
    {"fsync", field::kFlag},
    {"provenance", field::kString},
    {"getLastError", field::kAny},
    {"wElectionId", field::kObjectId},
    {"wOpTime", field::kAny},
};

constexpr std::int64_t kMostNodes = 50;

Result<std::optional<LogTime>> read_time(const Value& document, std::string_view name) {
  const Value* const given = document.find(name);
  if (given == nullptr) return std::nullopt;
  if (given->type() != Type::log_stamp) {
    return wrong_type(fmt::format("readConcern.{}", name), *given, field::kTimestamp);
  }
  const LogTime time{given->log_stamp_seconds(), given->log_stamp_increment()};
  if (time == LogTime()) {
    return error(ErrorCode::invalid_options, "{} cannot be a null timestamp", name);
  }
  return time;
}

std::unexpected<Error> bad_nodes(std::string_view why) {
  return error(ErrorCode::failed_to_parse,
               "w has to be a non-negative number and not greater than "
               "{}, or a string: {}",
               kMostNodes, why);
}

Status read_nodes(const Value& nodes, WriteConcern& concern) {
  if (nodes.is_null()) {
    concern.mode.clear();
    return {};
  }
  if (nodes.is_string()) {
    concern.mode = nodes.as_string();
    return {};
  }
  if (nodes.is_object()) return bad_nodes("tags are not known here");
  if (!nodes.is_number()) return bad_nodes(field_type_name(nodes));
  const double number = nodes.to_double();
  if (!std::isfinite(number)) return bad_nodes("it is not finite");
  concern.nodes = to_integer(nodes);
  concern.nodes_given = true;
  if (concern.nodes < 0 || concern.nodes > kMostNodes) return bad_nodes("it is out of range");
  return {};
}

}  // namespace

bool WriteConcern::asks_for_others() const {
  constexpr std::string_view kMajority = "majority";
  return mode.empty() ? nodes > 1 : mode != kMajority;
}

Durability WriteConcern::promised(Durability of_table) const {
  if (journal) return Durability::disk;
  if (unacknowledged()) return Durability::memory;
  const bool asks_for_less = journal_given || nodes_given;
  return asks_for_less ? std::min(of_table, Durability::os) : of_table;
}

Result<ReadConcern> parse_read_concern(const Value& document) {
  TRY_STATUS(check_fields("readConcern", document.as_object(), kReadFields));
  TRY_STATUS(check_origin("readConcern", document));
  ReadConcern concern;
  concern.given = !document.as_object().empty();
  if (const Value* level = document.find("level"); level != nullptr && level->is_string()) {
    const auto* const row = std::ranges::find(kLevels, level->as_string(), &LevelRow::name);
    if (row == std::end(kLevels)) {
      return error(ErrorCode::bad_value,
                   "Enumeration value '{}' for field 'readConcern.level' is not a valid value.",
                   level->as_string());
    }
    concern.level = row->level;
    concern.level_given = true;
  }
  TRY(concern.after_cluster_time, read_time(document, "afterClusterTime"));
  TRY(concern.at_cluster_time, read_time(document, "atClusterTime"));
  if (concern.at_cluster_time && concern.level != ReadLevel::snapshot) {
    return error(ErrorCode::invalid_options,
                 "readConcern.atClusterTime is only allowed with level 'snapshot'");
  }
  if (concern.at_cluster_time && concern.after_cluster_time) {
    return error(ErrorCode::invalid_options,
                 "Specifying both afterClusterTime and atClusterTime is not allowed");
  }
  return concern;
}

Result<WriteConcern> parse_write_concern(const Value& document) {
  TRY_STATUS(check_fields("writeConcern", document.as_object(), kWriteFields));
  TRY_STATUS(check_origin("writeConcern", document));
  WriteConcern concern;
  concern.given = !document.as_object().empty();
  concern.original = document;
  if (const Value* nodes = document.find("w")) TRY_STATUS(read_nodes(*nodes, concern));
  if (const Value* journal = document.find("j"); journal != nullptr && !journal->is_null()) {
    concern.journal = to_flag(*journal);
    concern.journal_given = true;
  }
  if (const Value* fsync = document.find("fsync"); fsync != nullptr && to_flag(*fsync)) {
    concern.journal = true;
    concern.journal_given = true;
  }
  if (const Value* time = document.find("wtimeout"); time != nullptr && time->is_number()) {
    concern.timeout_ms = to_integer(*time);
    if (concern.timeout_ms > std::numeric_limits<std::int32_t>::max()) {
      return error(ErrorCode::failed_to_parse, "wtimeout must be less than {}",
                   std::numeric_limits<std::int32_t>::max());
    }
  }
  return concern;
}

}  // namespace octavo::mongodb
