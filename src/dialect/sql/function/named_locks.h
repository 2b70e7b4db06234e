#pragma once

// Locks by name that sessions take for themselves (GET_LOCK). They lock nothing but the name, are
// of one server, and stay until they are let go or the session ends. Thread-safe.
//
// A plan names the session that it is of by a number, as it may be printed, and looked at when the
// session is gone: numbers of a process are never used twice.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "function/family.h"

namespace octavo::sql {

class SessionLocks;

// Of a server. Outlives its sessions.
class NamedLocks {
 public:
  NamedLocks();
  ~NamedLocks();
  NamedLocks(const NamedLocks&) = delete;
  NamedLocks& operator=(const NamedLocks&) = delete;

 private:
  friend class SessionLocks;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Of a session, which waits for one name at a time.
class SessionLocks {
 public:
  // `connection`: whom others are told that it is.
  SessionLocks(NamedLocks& all, std::uint64_t connection);
  ~SessionLocks();
  SessionLocks(const SessionLocks&) = delete;
  SessionLocks& operator=(const SessionLocks&) = delete;

  std::uint64_t number() const { return number_; }
  // Null: there is none of that number. It lives as long as statements of it run.
  static SessionLocks* find(std::uint64_t number);

  // Names have no case here. One that it has already it has once more. False: it was not free in
  // time; less than nothing is for ever. 3058: those whom it would wait for wait for it.
  Result<bool> take(const std::string& name, double seconds, function::EvalContext& context);
  // Nothing: nobody has it. False: another one has.
  std::optional<bool> release(const std::string& name);
  std::uint64_t release_all();  // how many, each as often as it was taken
  // The connection that has it.
  std::optional<std::uint64_t> holder(const std::string& name) const;

 private:
  friend class NamedLocks;
  NamedLocks::Impl& all_;
  const std::uint64_t connection_;
  const std::uint64_t number_;
};

}  // namespace octavo::sql
