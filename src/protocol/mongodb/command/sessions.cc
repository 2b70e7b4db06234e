// Sessions of clients, as clients begin, keep and end them.

#include "base/random.h"
#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/client_sessions.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::size_t kIdBytes = 16;

// RFC 4122, version 4.
Bytes new_id() {
  Bytes id = secure_random_bytes(kIdBytes);
  id[6] = static_cast<char>((static_cast<unsigned char>(id[6]) & 0x0fU) | 0x40U);
  id[8] = static_cast<char>((static_cast<unsigned char>(id[8]) & 0x3fU) | 0x80U);
  return id;
}

Result<Reply> run_start(CommandCall& call) {
  const Bytes id = new_id();
  TRY_STATUS(call.shared().sessions.touch({.id = id, .user = call.user()}));
  Reply reply;
  reply.add("id", document({{"id", Value::uuid(id)}}))
      .add("timeoutMinutes", Value::int32(kSessionMinutes));
  return reply;
}

constexpr FieldRow kIdFields[] = {{"id", field::kBinary, FieldRule::required},
                                  {"uid", field::kBinary}};

Result<std::vector<SessionKey>> named_sessions(const CommandCall& call) {
  std::vector<SessionKey> keys;
  const std::string path = fmt::format("{0}.{0}", call.name());
  for (const Value& one : call.elements(call.name())) {
    if (!one.is_object()) return wrong_type(path, one, field::kObject);
    TRY_STATUS(check_fields(path, one.as_object(), kIdFields));
    constexpr std::uint8_t kUuidSubtype = 4;
    const Value& given = *one.find("id");
    if (given.type() != value::Type::uuid && given.bytes_subtype() != kUuidSubtype) {
      return error(ErrorCode::type_mismatch,
                   "BSON field '{}.id' is the wrong binData type, expected type 'UUID'", path);
    }
    const BytesView id = given.as_bytes();
    if (id.size() != kIdBytes) {
      return error(ErrorCode::invalid_uuid,
                   "uuid must be a 16-byte binary field with UUID (4) subtype");
    }
    keys.push_back({.id = std::string(id), .user = call.user()});
  }
  return keys;
}

Result<Reply> run_end(CommandCall& call) {
  TRY(const auto keys, named_sessions(call));
  for (const SessionKey& key : keys) call.shared().sessions.end(key);
  return Reply();
}

Result<Reply> run_refresh(CommandCall& call) {
  TRY(const auto keys, named_sessions(call));
  for (const SessionKey& key : keys) TRY_STATUS(call.shared().sessions.touch(key));
  return Reply();
}

// No names: all of the user's.
Result<Reply> run_kill(CommandCall& call) {
  TRY(const auto keys, named_sessions(call));
  if (keys.empty()) call.shared().sessions.end_all(&call.user());
  for (const SessionKey& key : keys) call.shared().sessions.end(key);
  return Reply();
}

constexpr FieldRow kUserFields[] = {{"user", field::kString, FieldRule::required},
                                    {"db", field::kString, FieldRule::required}};

// No names: everybody's.
Result<Reply> run_kill_all(CommandCall& call) {
  TRY_STATUS(call.engine().access().require(call.user(), catalog::Permission::config, {}, {}));
  const value::ArrayView users = call.elements(call.name());
  if (users.empty()) call.shared().sessions.end_all(nullptr);
  const std::string path = fmt::format("{0}.{0}", call.name());
  for (const Value& one : users) {
    if (one.is_null()) continue;
    if (!one.is_object()) return wrong_type(path, one, field::kObject);
    TRY_STATUS(check_fields(path, one.as_object(), kUserFields));
    const std::string name(one.find("user")->as_string());
    call.shared().sessions.end_all(&name);
  }
  return Reply();
}

constexpr FieldRow kPatternFields[] = {{"lsid", field::kObject},
                                       {"uid", field::kBinary},
                                       {"users", field::kArray},
                                       {"roles", field::kArray, FieldRule::ignored}};

Status end_by_pattern(CommandCall& call, const Value& pattern) {
  ClientSessions& sessions = call.shared().sessions;
  if (pattern.as_object().empty()) {
    sessions.end_all(nullptr);
    return {};
  }
  if (pattern.find("uid") != nullptr) {
    return error(ErrorCode::command_not_supported, "patterns with digests of users' names");
  }
  if (const Value* const lsid = pattern.find("lsid")) {
    const Value* const id = lsid->find("id");
    if (id == nullptr || field_type(*id) != field::kBinary) {
      return error(ErrorCode::bad_value, "a pattern with an lsid needs its id");
    }
    for (const SessionKey& key : sessions.list()) {
      if (key.id == id->as_bytes()) sessions.end(key);
    }
  }
  if (const Value* const users = pattern.find("users")) {
    for (const Value& one : users->as_array()) {
      if (!one.is_object())
        return wrong_type("KillAllSessionsByPattern.users", one, field::kObject);
      TRY_STATUS(check_fields("KillAllSessionsByPattern.users", one.as_object(), kUserFields));
      const std::string name(one.find("user")->as_string());
      sessions.end_all(&name);
    }
  }
  return {};
}

// No patterns: everybody's.
Result<Reply> run_kill_by_pattern(CommandCall& call) {
  TRY_STATUS(call.engine().access().require(call.user(), catalog::Permission::config, {}, {}));
  const value::ArrayView patterns = call.elements(call.name());
  if (patterns.empty()) call.shared().sessions.end_all(nullptr);
  const std::string path = fmt::format("{0}.{0}", call.name());
  for (const Value& pattern : patterns) {
    if (!pattern.is_object()) return wrong_type(path, pattern, field::kObject);
    TRY_STATUS(check_fields(path, pattern.as_object(), kPatternFields));
    TRY_STATUS(end_by_pattern(call, pattern));
  }
  return Reply();
}

constexpr FieldRow kPatternsFields[] = {
    {"killAllSessionsByPattern", field::kArray, FieldRule::required}};
constexpr FieldRow kEndFields[] = {{"endSessions", field::kArray, FieldRule::required}};
constexpr FieldRow kRefreshFields[] = {{"refreshSessions", field::kArray, FieldRule::required}};
constexpr FieldRow kKillFields[] = {{"killSessions", field::kArray, FieldRule::required}};
constexpr FieldRow kKillAllFields[] = {{"killAllSessions", field::kArray, FieldRule::required}};

constexpr CommandRow kRows[] = {
    {.name = "startSession", .flags = kHere, .run = run_start, .help = "Begins a session."},
    {.name = "endSessions",
     .target = Target::field,
     .flags = kStableApi | kHere,
     .fields = kEndFields,
     .run = run_end,
     .help = "Ends sessions of the client."},
    {.name = "refreshSessions",
     .target = Target::field,
     .flags = kStableApi | kHere,
     .fields = kRefreshFields,
     .run = run_refresh,
     .help = "Keeps sessions of the client."},
    {.name = "killSessions",
     .target = Target::field,
     .flags = kHere,
     .fields = kKillFields,
     .run = run_kill,
     .help = "Ends sessions of the user."},
    {.name = "killAllSessions",
     .target = Target::field,
     .flags = kHere,
     .fields = kKillAllFields,
     .run = run_kill_all,
     .help = "Ends sessions of users."},
    {.name = "killAllSessionsByPattern",
     .target = Target::field,
     .flags = kHere,
     .fields = kPatternsFields,
     .run = run_kill_by_pattern,
     .help = "Ends sessions, or those of users, by patterns."},
};

}  // namespace

std::span<const CommandRow> session_commands() { return kRows; }

}  // namespace octavo::mongodb
