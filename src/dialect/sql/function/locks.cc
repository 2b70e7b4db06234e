// GET_LOCK and its kin.

#include "dialect/sql/function/named.h"
#include "dialect/sql/function/named_locks.h"
#include "value/utf8.h"

namespace octavo::sql {
namespace {

using value::Value;

// The last argument of each is the number of the session (named_locks.h).
enum Operation : std::uint16_t {
  kGetLock = operation_block::kMisc + 70,  // (name, seconds, session)
  kReleaseLock,                            // (name, session)
  kReleaseAllLocks,                        // (session)
  kIsFreeLock,                             // (name, session)
  kIsUsedLock,                             // (name, session)
};

constexpr std::size_t kMostCharacters = 64;

Result<SessionLocks*> session_at(Args args, std::size_t i) {
  TRY(const std::int64_t number, integer_at(args, i));
  SessionLocks* const session = SessionLocks::find(static_cast<std::uint64_t>(number));
  if (session == nullptr) return fail(Code::internal, "The session of a lock is gone.");
  return session;
}

// 3057 of a name that is none.
Result<std::string> name_at(Args args) {
  if (args[0].is_null()) return error<3057>("NULL");
  TRY(const std::string_view name, text_at(args, 0));
  const auto characters = std::ranges::count_if(
      name, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  if (name.empty() || static_cast<std::size_t>(characters) > kMostCharacters) {
    return error<3057>(name);
  }
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

Result<Value> get_lock(const SingleCall& call, Args args) {
  TRY(const std::string name, name_at(args));
  TRY(SessionLocks* const session, session_at(args, 2));
  double seconds = 0;
  if (!args[1].is_null()) {
    TRY(seconds, double_at(args, 1));
  }
  TRY(const bool taken, session->take(name, seconds, call.context));
  return integer(taken ? 1 : 0);
}

Result<Value> release_lock(const SingleCall&, Args args) {
  TRY(const std::string name, name_at(args));
  TRY(SessionLocks* const session, session_at(args, 1));
  const auto released = session->release(name);
  return released ? integer(*released ? 1 : 0) : Value();
}

Result<Value> release_all_locks(const SingleCall&, Args args) {
  TRY(SessionLocks* const session, session_at(args, 0));
  return Value::uint64(session->release_all());
}

Result<Value> is_free_lock(const SingleCall&, Args args) {
  TRY(const std::string name, name_at(args));
  TRY(const SessionLocks* const session, session_at(args, 1));
  return integer(session->holder(name) ? 0 : 1);
}

Result<Value> is_used_lock(const SingleCall&, Args args) {
  TRY(const std::string name, name_at(args));
  TRY(const SessionLocks* const session, session_at(args, 1));
  const auto holder = session->holder(name);
  return holder ? Value::uint64(*holder) : Value();
}

constexpr OperationRow impure(std::uint16_t number, std::string_view name, std::uint8_t least,
                              Result<Value> (*single)(const SingleCall&, Args)) {
  return {.number = number,
          .name = name,
          .least = least,
          .flags = operation_flag::kImpure,
          .single = single};
}

constexpr OperationRow kOperations[] = {
    impure(kGetLock, "sql.get_lock", 3, get_lock),
    impure(kReleaseLock, "sql.release_lock", 2, release_lock),
    impure(kReleaseAllLocks, "sql.release_all_locks", 1, release_all_locks),
    impure(kIsFreeLock, "sql.is_free_lock", 2, is_free_lock),
    impure(kIsUsedLock, "sql.is_used_lock", 2, is_used_lock),
};

// In a definition there is no session.
Result<Typed> of_session(CallBinder& call, Operation operation, Type type) {
  const std::uint64_t session = call.session().locks;
  if (session == 0) return call.not_supported();
  return call.make(operation, std::move(type), {Value::uint64(session)});
}

Result<Typed> bind_get_lock(CallBinder& call) {
  TRY_STATUS(call.to_text(0));
  TRY_STATUS(call.to_double(1));
  return of_session(call, kGetLock, with_null(big_integer(false, 1), true));
}
Result<Typed> bind_release_lock(CallBinder& call) {
  TRY_STATUS(call.to_text(0));
  return of_session(call, kReleaseLock, with_null(big_integer(false, 1), true));
}
Result<Typed> bind_release_all_locks(CallBinder& call) {
  return of_session(call, kReleaseAllLocks, never_null(big_integer(true, 21)));
}
Result<Typed> bind_is_free_lock(CallBinder& call) {
  TRY_STATUS(call.to_text(0));
  return of_session(call, kIsFreeLock, with_null(big_integer(false, 1), true));
}
Result<Typed> bind_is_used_lock(CallBinder& call) {
  TRY_STATUS(call.to_text(0));
  return of_session(call, kIsUsedLock, with_null(big_integer(true, 21), true));
}

constexpr NameRow kNames[] = {
    {"GET_LOCK", 2, 2, bind_get_lock},         {"IS_FREE_LOCK", 1, 1, bind_is_free_lock},
    {"IS_USED_LOCK", 1, 1, bind_is_used_lock}, {"RELEASE_ALL_LOCKS", 0, 0, bind_release_all_locks},
    {"RELEASE_LOCK", 1, 1, bind_release_lock},
};

}  // namespace

std::span<const OperationRow> lock_operations() { return kOperations; }
std::span<const NameRow> lock_names() { return kNames; }

}  // namespace octavo::sql
