#pragma once

// Checking passwords, the same for all protocols. A hash takes a millisecond, or a second where a
// user was given many iterations; it is computed on threads that do nothing else, so that neither
// I/O threads nor queries wait for it, and addresses take turns there. login_limiter.h says how
// often logins may fail: who has used that up waits a little and then is refused, and no password
// is looked at before.

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/cancel.h"
#include "base/condition.h"
#include "io/task.h"
#include "protocol/common/connection_table.h"
#include "protocol/common/fair_queue.h"
#include "protocol/common/login_limiter.h"

namespace octavo::protocol {

enum class LoginOutcome : std::uint8_t {
  right,
  wrong,
  refused,  // not looked at: too many have failed
  ended,    // not looked at: the connection or the server ends
};

// What the refusal says, in each protocol's form.
constexpr std::string_view kTooManyFailedLogins =
    "Too many failed logins from this address. Try again later.";

// What it takes to look at a password.
enum class LoginCost : std::uint8_t {
  little,  // some microseconds: done at once
  hash,
};

struct LoginAttempt {
  // `fits` says whether the password is right. It is called once at most, while `Logins::attempt`
  // is awaited; if that costs a hash, on another thread.
  LoginAttempt(const ConnectionInfo& connection, std::string_view name, LoginCost what_it_takes,
               std::function<bool()> fits)
      : protocol(connection.protocol),
        host(connection.peer.host),
        user(name),
        cost(what_it_takes),
        password_fits(std::move(fits)) {}

  std::string protocol;
  std::string host;
  std::string user;
  LoginCost cost;
  std::function<bool()> password_fits;
};

// Goes before the executors of those that ask: its threads wake them up.
class Logins {
 public:
  explicit Logins(LoginLimits limits = {}, std::size_t threads = default_threads());
  ~Logins();  // no attempt is under way
  Logins(const Logins&) = delete;
  Logins& operator=(const Logins&) = delete;

  // A quarter of the cores: what a flood of logins may take from everything else.
  static std::size_t default_threads();

  // On an executor. `over` ends all waits, but not a hash that has begun.
  io::Task<LoginOutcome> attempt(LoginAttempt attempt, CancelToken over);

 private:
  struct Job;

  io::Task<bool> wait_for_turn(const LoginOrigin& origin, std::int64_t give_up_ns,
                               const CancelToken& over);
  void work_loop();
  std::optional<LoginOutcome> look(const LoginAttempt& attempt, const LoginOrigin& origin);
  void tell(const LoginAttempt& attempt);

  LoginLimiter limiter_;
  std::mutex mutex_;
  Condition available_;
  FairQueue<Job*> queue_;
  bool stopping_ = false;
  std::int64_t next_line_ns_ = 0;  // when the log may get the next line
  std::uint64_t lines_left_out_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace octavo::protocol
