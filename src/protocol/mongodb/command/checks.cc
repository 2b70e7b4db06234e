#include "protocol/mongodb/command/checks.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/namespace.h"
#include "protocol/mongodb/command/client_sessions.h"
#include "protocol/mongodb/command/rights.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

constexpr std::size_t kSessionIdBytes = 16;
constexpr std::uint8_t kUuidSubtype = 4;
constexpr Nanoseconds kTransactionLockTime = std::chrono::milliseconds(5);

constexpr FieldRow kSessionFields[] = {
    {"id", field::kBinary, FieldRule::required},
    {"uid", field::kBinary},
    {"txnNumber", field::kLong},
    {"txnUUID", field::kBinary},
};

constexpr FieldRow kPreferenceFields[] = {
    {"mode", field::kString, FieldRule::required},
    {"tags", field::kArray},
    {"maxStalenessSeconds", field::kNumber},
    {"hedge", field::kObject},
};

constexpr std::string_view kPreferenceModes[] = {"primary", "primaryPreferred", "secondary",
                                                 "secondaryPreferred", "nearest"};
constexpr std::string_view kApiVersion = "1";

std::unexpected<Error> invalid_option(std::string_view what) {
  return error(ErrorCode::invalid_options, "{}", what);
}

bool is_nothing(const Value& value) { return value.is_null() || value.type() == Type::undefined; }

}  // namespace

// Those that say nothing here are of other members of a cluster, or of no effect for one alone.
const CallChecks::General CallChecks::kGeneral[] = {
    {"$db"},
    {"apiVersion", field::kString, &CallChecks::take_api_version},
    {"apiStrict", field::kBool, &CallChecks::take_api_strict},
    {"apiDeprecationErrors", field::kBool, &CallChecks::take_api_deprecation},
    {"lsid", field::kObject, &CallChecks::take_session},
    {"txnNumber", field::kLong, &CallChecks::take_number},
    {"autocommit", field::kBool, &CallChecks::take_autocommit},
    {"startTransaction", field::kBool, &CallChecks::take_start},
    {"readConcern", field::kObject, &CallChecks::take_read_concern},
    {"writeConcern", field::kObject, &CallChecks::take_write_concern},
    {"maxTimeMS", field::kNumber, &CallChecks::take_time},
    {"$readPreference", field::kObject, &CallChecks::take_preference},
    {"$clusterTime", field::kObject, &CallChecks::take_cluster_time},
    {"comment"},
    {"$audit"},
    {"$client"},
    {"$configServerState"},
    {"$configTime"},
    {"$topologyTime"},
    {"$oplogQueryData"},
    {"$queryOptions"},
    {"$replData"},
    {"$maxTimeMS"},
    {"databaseVersion"},
    {"shardVersion"},
    {"help"},
    {"maxTimeMSOpOnly"},
    {"mayBypassWriteBlocking"},
};

bool is_general_field(std::string_view name) {
  return std::ranges::find(CallChecks::kGeneral, name, &CallChecks::General::name) !=
         std::end(CallChecks::kGeneral);
}

Status CallChecks::check() {
  TRY_STATUS(check_general());
  TRY_STATUS(check_api());
  TRY_STATUS(check_transaction());
  TRY_STATUS(check_concerns());
  TRY_STATUS(check_namespace());
  TRY_STATUS(check_fields());
  return check_rights(call_);
}

Status CallChecks::check_general() {
  for (const value::Field& given : call_.body_.as_object().subspan(1)) {
    const auto* const row = std::ranges::find(kGeneral, given.name, &General::name);
    if (row == std::end(kGeneral) || row->take == nullptr || is_nothing(given.value)) continue;
    if ((field_type(given.value) & row->types) == 0) {
      return wrong_type(fmt::format("{}.{}", call_.name(), given.name), given.value, row->types);
    }
    TRY_STATUS((this->*row->take)(given.value));
  }
  return {};
}

Status CallChecks::take_api_version(const Value& value) {
  if (value.as_string() != kApiVersion) {
    return error(ErrorCode::api_version_error, "API version must be \"{}\"", kApiVersion);
  }
  call_.api_.given = true;
  return {};
}

Status CallChecks::take_api_strict(const Value& value) {
  call_.api_.strict = value.as_boolean();
  api_fields_ = true;
  return {};
}

Status CallChecks::take_api_deprecation(const Value& value) {
  call_.api_.deprecation_errors = value.as_boolean();
  api_fields_ = true;
  return {};
}

Status CallChecks::take_session(const Value& value) {
  TRY_STATUS(mongodb::check_fields("OperationSessionInfo.lsid", value.as_object(), kSessionFields));
  const Value& id = *value.find("id");
  if (id.bytes_subtype() != kUuidSubtype) {
    return error(ErrorCode::type_mismatch,
                 "BSON field 'OperationSessionInfo.lsid.id' is the wrong binData type '{}', "
                 "expected type 'UUID'",
                 id.bytes_subtype());
  }
  if (id.as_bytes().size() != kSessionIdBytes) {
    return error(ErrorCode::invalid_uuid,
                 "uuid must be a 16-byte binary field with UUID (4) subtype");
  }
  call_.session_key_ = SessionKey{.id = std::string(id.as_bytes()), .user = call_.user()};
  return {};
}

Status CallChecks::take_number(const Value& value) {
  if (value.as_int64() < 0) return invalid_option("Transaction number cannot be negative");
  call_.txn_number_ = value.as_int64();
  return {};
}

Status CallChecks::take_autocommit(const Value& value) {
  autocommit_ = value.as_boolean();
  return {};
}

Status CallChecks::take_start(const Value& value) {
  start_ = value.as_boolean();
  return {};
}

Status CallChecks::take_read_concern(const Value& value) {
  TRY(call_.read_concern_, parse_read_concern(value));
  return {};
}

Status CallChecks::take_write_concern(const Value& value) {
  TRY(call_.write_concern_, parse_write_concern(value));
  return {};
}

Status CallChecks::take_time(const Value& value) {
  const double number = value.to_double();
  if (!std::isfinite(number) || number != std::trunc(number)) {
    return error(ErrorCode::failed_to_parse, "maxTimeMS has non-integral value");
  }
  const std::int64_t millis = to_integer(value);
  if (millis < 0 || millis > std::numeric_limits<std::int32_t>::max()) {
    return error(ErrorCode::bad_value, "{} value for maxTimeMS is out of range", millis);
  }
  call_.max_time_ms_ = millis;
  return {};
}

Status CallChecks::take_preference(const Value& value) {
  TRY_STATUS(mongodb::check_fields("$readPreference", value.as_object(), kPreferenceFields));
  const std::string_view mode = value.find("mode")->as_string();
  if (std::ranges::find(kPreferenceModes, mode) == std::end(kPreferenceModes)) {
    return error(ErrorCode::failed_to_parse,
                 "Enumeration value '{}' for field '$readPreference.mode' is not a valid value.",
                 mode);
  }
  return {};
}

Status CallChecks::take_cluster_time(const Value& value) {
  const Value* const time = value.find("clusterTime");
  if (time == nullptr || time->type() != Type::log_stamp) {
    return error(ErrorCode::type_mismatch, "$clusterTime has no Timestamp named clusterTime");
  }
  if (!call_.shared_.clock.follow({time->log_stamp_seconds(), time->log_stamp_increment()})) {
    return error(ErrorCode::bad_value, "The clusterTime is too far ahead of this server's clock");
  }
  return {};
}

Status CallChecks::check_api() const {
  const ApiVersion& api = call_.api_;
  if (!api.given && api_fields_) {
    return error(4886600,
                 "Provided apiStrict and/or apiDeprecationErrors without passing apiVersion");
  }
  const CommandFlags flags = call_.row_.flags;
  if (api.strict && (flags & kStableApi) == 0) {
    return error(ErrorCode::api_strict_error,
                 "Provided apiStrict:true, but the command {} is not in API Version {}",
                 call_.name(), kApiVersion);
  }
  if (api.deprecation_errors && (flags & kDeprecated) != 0) {
    return error(ErrorCode::api_deprecation_error,
                 "Provided apiDeprecationErrors:true, but the command {} is deprecated in API "
                 "Version {}",
                 call_.name(), kApiVersion);
  }
  return {};
}

Status CallChecks::check_transaction() const {
  const CommandFlags flags = call_.row_.flags;
  if (call_.txn_number_ && !call_.session_key_) {
    return invalid_option("Transaction number requires a session ID to also be specified");
  }
  if (autocommit_ && !call_.txn_number_) {
    return invalid_option("'autocommit' field requires a transaction number to also be specified");
  }
  if (autocommit_ == true) return invalid_option("Specifying autocommit=true is not allowed.");
  if (start_ && !autocommit_) {
    return invalid_option(
        "'startTransaction' field requires 'autocommit' field to also be specified");
  }
  if (start_ == false) return invalid_option("Specifying startTransaction=false is not allowed.");
  if (!call_.txn_number_) return {};
  if (!call_.shared_.is_replica_set()) {
    return error(ErrorCode::illegal_operation,
                 "Transaction numbers are only allowed on a replica set member or mongos");
  }
  if (autocommit_ && (flags & (kInTransaction | kEndsTransaction)) == 0) {
    return error(ErrorCode::operation_not_supported_in_transaction,
                 "Cannot run '{}' in a multi-document transaction.", call_.name());
  }
  if (start_ && (flags & kNeverFirst) != 0) {
    return error(ErrorCode::operation_not_supported_in_transaction,
                 "Cannot run '{}' as the first operation of a multi-document transaction.",
                 call_.name());
  }
  if (!autocommit_ && (flags & kRetryableWrite) == 0) {
    return error(50768,
                 "txnNumber may only be provided for multi-document transactions and retryable "
                 "write commands. autocommit:false was not provided, and {} is not a retryable "
                 "write command.",
                 call_.name());
  }
  call_.in_transaction_ = autocommit_.has_value();
  call_.starts_transaction_ = start_.has_value();
  return {};
}

Status CallChecks::check_concerns() {
  const CommandFlags flags = call_.row_.flags;
  const ReadConcern& read = call_.read_concern_;
  const WriteConcern& write = call_.write_concern_;
  if (call_.in_transaction_ && !call_.starts_transaction_ && read.given) {
    return invalid_option("Only the first command in a transaction may specify a readConcern");
  }
  if (call_.in_transaction_ && write.given && (flags & kEndsTransaction) == 0) {
    return invalid_option("writeConcern is not allowed within a multi-statement transaction");
  }
  if (call_.starts_transaction_) {
    if (read.level == ReadLevel::available || read.level == ReadLevel::linearizable) {
      return invalid_option(
          "The readConcern level must be either 'local' (default), 'majority' or 'snapshot' in "
          "order to run in a transaction");
    }
  } else if (read.level != ReadLevel::local && (flags & kReadConcern) == 0) {
    return invalid_option(
        fmt::format("Command {} does not support this readConcern", call_.name()));
  }
  if (write.given && (flags & kWriteConcern) == 0) {
    return invalid_option(fmt::format("Command {} does not support writeConcern", call_.name()));
  }
  if (write.asks_for_others() && !call_.shared_.is_replica_set()) {
    return error(ErrorCode::bad_value, "cannot use {} when a host is not replicated",
                 write.mode.empty() ? "'w' > 1" : "non-majority 'w' mode " + write.mode);
  }
  if (read.after_cluster_time && !call_.shared_.is_replica_set()) {
    return error(
        ErrorCode::illegal_operation,
        "Cannot specify afterClusterTime readConcern on a server that is in no replica set");
  }
  // The set has one member: it is as far as anybody asks once its clock is.
  const std::optional<LogTime> time =
      read.after_cluster_time ? read.after_cluster_time : read.at_cluster_time;
  if (time && !call_.shared_.clock.follow(*time)) {
    return invalid_option("The time of the readConcern is too far ahead of this server's clock");
  }
  // Within a transaction it is its commit that asks.
  const bool asks = (flags & kWriteConcern) != 0 && !write.given && !call_.in_transaction_;
  if (asks || (flags & kEndsTransaction) != 0) use_default_concern();
  return {};
}

void CallChecks::use_default_concern() {
  if (call_.write_concern_.given) return;
  if (auto told = call_.shared_.default_concerns.write()) call_.write_concern_ = *std::move(told);
}

Status CallChecks::check_fields() {
  FieldChecks checks(call_.name(), call_.row_.fields);
  bool first = call_.row_.target != Target::field;
  for (const value::Field& given : call_.body_.as_object()) {
    if (std::exchange(first, false)) continue;
    if (call_.row_.target == Target::field && &given == call_.body_.as_object().data()) {
      // Under the name of the row, also where the client wrote an alias.
      TRY([[maybe_unused]] const bool known,
          checks.look_at({std::string(call_.name()), given.value}));
      continue;
    }
    TRY(const bool known, checks.look_at(given));
    if (known || (call_.row_.flags & kAnyFields) != 0) continue;
    if (is_general_field(given.name)) continue;
    return checks.unknown(given.name);
  }
  return checks.end();
}

Status CallChecks::check_namespace() {
  TRY_STATUS(check_database_name(call_.database_));
  const Target target = call_.row_.target;
  if (target != Target::collection && target != Target::collection_or_one) return {};
  const Value& name = call_.target();
  if (target == Target::collection_or_one && name.is_number()) {
    if (name.to_double() == 1) return {};
    return error(ErrorCode::failed_to_parse,
                 "Invalid command format: the '{}' field must specify "
                 "a collection name or 1",
                 call_.name());
  }
  if (!name.is_string()) {
    return error(ErrorCode::invalid_namespace, "collection name has invalid type {}",
                 field_type_name(name));
  }
  call_.collection_ = name.as_string();
  return check_collection_name(call_.database_, call_.collection_);
}

Status CallChecks::enter(ClientSession& session) {
  call_.session_ = &session;
  const std::int64_t number = *call_.txn_number_;
  if (number < session.number()) {
    return error(ErrorCode::transaction_too_old,
                 "Cannot start transaction with number {} because a newer transaction with number "
                 "{} has already started on this session.",
                 number, session.number());
  }
  if (!call_.in_transaction_) {
    if (number == session.number()) return {};
    call_.shared_.sessions.abandon(session);
    session.begin_write(number);
    return {};
  }
  if (call_.starts_transaction_) return begin_transaction(session);
  if (number > session.number()) {
    return error(ErrorCode::no_such_transaction,
                 "Given transaction number {} does not match any in-progress transactions. The "
                 "active transaction number is {}",
                 number, session.number());
  }
  // What ends it says itself what it makes of its state.
  if ((call_.row_.flags & kEndsTransaction) != 0) return {};
  if (session.state() == TransactionState::committed) {
    return error(ErrorCode::transaction_committed,
                 "Transaction with {{ txnNumber: {} }} has been "
                 "committed.",
                 number);
  }
  if (session.transaction() == nullptr) {
    return error(ErrorCode::no_such_transaction,
                 "Transaction with {{ txnNumber: {} }} has been aborted.", number);
  }
  call_.context().transaction = session.transaction();
  call_.context().lock_wait.deadline_ns = call_.monotonic_ns() + kTransactionLockTime.count();
  return {};
}

Status CallChecks::begin_transaction(ClientSession& session) {
  const std::int64_t number = *call_.txn_number_;
  if (number == session.number()) {
    return error(ErrorCode::conflicting_operation_in_progress,
                 "Only a retry of the first command may begin transaction {} again: it is in "
                 "progress or has ended",
                 number);
  }
  call_.shared_.sessions.abandon(session);
  session.begin_transaction(number, begin_in_view_of_now(call_.engine()), call_.monotonic_ns());
  call_.context().transaction = session.transaction();
  call_.context().lock_wait.deadline_ns = call_.monotonic_ns() + kTransactionLockTime.count();
  return {};
}

}  // namespace octavo::mongodb
