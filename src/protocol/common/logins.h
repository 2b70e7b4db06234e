#pragma once

// Checking passwords, the same for all protocols. A hash takes a millisecond, or a second where a
// user was given many iterations; it is computed on threads that do nothing else, so that neither
// I/O threads nor queries wait for it, and addresses take turns there. login_limiter.h says how
// often logins may fail: who has used that up waits a little and then is refused, and no password
// is looked at before.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/cancel.h"
#include "base/condition.h"
#include "base/mutex.h"
#include "catalog/model.h"
#include "catalog/scram.h"
#include "io/task.h"
#include "protocol/common/fair_queue.h"
#include "protocol/common/login_limiter.h"

namespace octavo::engine {
class Engine;
class LoginCredentials;
}  // namespace octavo::engine

namespace octavo::protocol {

class Connection;

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

LoginCost cost_of(const catalog::Credentials& credentials);  // of comparing a password with them

// What the definitions say about users whenever it is asked. Both arguments outlive it.
catalog::FindCredentials find_credentials(const engine::Engine& engine,
                                          const engine::LoginCredentials& credentials);
// The same for protocols over which a user without a password cannot log in.
catalog::FindCredentials find_passwords(const engine::Engine& engine,
                                        const engine::LoginCredentials& credentials);

// One look at a password. It is compared with credentials that were read before and may be others
// by the time the hash is computed.
struct Login {
  Login(std::string_view name, LoginCost what_it_takes) : user(name), cost(what_it_takes) {}
  // What `find` said was compared with, and has to be what it says then.
  Login(std::string_view name, LoginCost what_it_takes, catalog::Credentials compared_with,
        catalog::FindCredentials find);

  std::string user;  // what the client says
  LoginCost cost;
  // Whether the password is right. Called once at most, while `Logins::log_in` is awaited; if that
  // costs a hash, on another thread.
  std::function<bool()> fits;
  // After that, on the connection's thread: whether what it was compared with still holds.
  std::function<bool()> unchanged;
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

  // On the connection's executor. `right`: the connection shows the user from here on. Its end and
  // a drain end all waits, but not a hash that has begun.
  io::Task<LoginOutcome> log_in(Connection& connection, Login login);

 private:
  struct Attempt;
  struct Job;

  io::Task<LoginOutcome> attempt(const Attempt& attempt);
  io::Task<bool> wait_for_turn(const LoginOrigin& origin, std::int64_t give_up_ns,
                               const CancelToken& over);
  void work_loop();
  std::optional<LoginOutcome> look(const Attempt& attempt);
  void tell(const Attempt& attempt);

  LoginLimiter limiter_;
  Mutex mutex_;
  Condition available_;
  FairQueue<Job*> queue_ OCTAVO_GUARDED_BY(mutex_);
  bool stopping_ OCTAVO_GUARDED_BY(mutex_) = false;
  // When the log may get the next line.
  std::int64_t next_line_ns_ OCTAVO_GUARDED_BY(mutex_) = 0;
  std::uint64_t lines_left_out_ OCTAVO_GUARDED_BY(mutex_) = 0;
  std::vector<std::thread> threads_;
};

}  // namespace octavo::protocol
