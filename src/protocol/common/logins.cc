#include "protocol/common/logins.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "base/logging.h"
#include "base/metrics.h"
#include "base/thread.h"
#include "engine/engine.h"
#include "engine/login_credentials.h"
#include "io/event.h"
#include "io/sleep.h"
#include "protocol/common/connection.h"

namespace octavo::protocol {
namespace {

constexpr std::size_t kCoresPerThread = 4;
// However many addresses there are to tell of.
constexpr std::int64_t kBetweenLinesNs = 1'000'000'000;

constexpr MetricRow kFailed{"octavo_logins_failed_total",
                            "Logins with a wrong password or an unknown user."};
constexpr MetricRow kRefused{
    "octavo_logins_refused_total",
    "Logins refused after too many failures, without checking the password."};

Counter& failed_total() {
  static Counter& counter = process_metrics().counter(kFailed);
  return counter;
}
Counter& refused_total() {
  static Counter& counter = process_metrics().counter(kRefused);
  return counter;
}

std::int64_t now_ns() { return system_clock().monotonic_ns(); }

}  // namespace

LoginCost cost_of(const catalog::Credentials& credentials) {
  return credentials.iterations > 1 ? LoginCost::hash : LoginCost::little;
}

catalog::FindCredentials find_credentials(const engine::Engine& engine,
                                          const engine::LoginCredentials& credentials) {
  return [&engine, &credentials](const std::string& user) {
    return credentials.of(engine.catalog(), user);
  };
}

catalog::FindCredentials find_passwords(const engine::Engine& engine,
                                        const engine::LoginCredentials& credentials) {
  return [&engine, &credentials](const std::string& user) {
    return credentials.with_password(engine.catalog(), user);
  };
}

Login::Login(std::string_view name, LoginCost what_it_takes, catalog::Credentials compared_with,
             catalog::FindCredentials find)
    : user(name),
      cost(what_it_takes),
      unchanged([name = user, compared = std::move(compared_with), find = std::move(find)] {
        return find(name) == compared;
      }) {}

// In the frame of `log_in`, like all that it refers to.
struct Logins::Attempt {
  const ConnectionInfo& connection;
  const Login& login;
  LoginOrigin origin;
  CancelToken over;
};

// In the frame of the coroutine that waits for it.
struct Logins::Job {
  const Attempt& attempt;
  std::optional<LoginOutcome> outcome;  // none: its turn is not yet
  std::exception_ptr failure;
  io::Event done;
};

std::size_t Logins::default_threads() {
  return std::max<std::size_t>(1, std::thread::hardware_concurrency() / kCoresPerThread);
}

Logins::Logins(LoginLimits limits, std::size_t threads) : limiter_(limits) {
  failed_total();  // shown from the start
  refused_total();
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work_loop(); });
}

Logins::~Logins() {
  {
    const MutexLock lock(mutex_);
    ASSERT(queue_.empty());
    stopping_ = true;
  }
  available_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

io::Task<LoginOutcome> Logins::log_in(Connection& connection, Login login) {
  const ConnectionInfo& info = connection.info();
  const Attempt one{info, login, LoginOrigin(info.peer.host, login.user), connection.drain_token()};
  const LoginOutcome outcome = co_await attempt(one);
  if (outcome != LoginOutcome::right) co_return outcome;
  if (!login.unchanged()) co_return LoginOutcome::wrong;
  connection.info().set_attribute("user", login.user);
  co_return LoginOutcome::right;
}

io::Task<LoginOutcome> Logins::attempt(const Attempt& attempt) {
  const std::int64_t give_up_ns = now_ns() + limiter_.limits().patience.count();
  for (;;) {
    const bool turn = co_await wait_for_turn(attempt.origin, give_up_ns, attempt.over);
    if (attempt.over.cancelled()) co_return LoginOutcome::ended;
    if (!turn) {
      refused_total().add();
      co_return LoginOutcome::refused;
    }
    if (attempt.login.cost == LoginCost::little) {
      if (const auto outcome = look(attempt)) co_return *outcome;
      continue;
    }
    Job job{attempt, {}, {}, {}};
    {
      const MutexLock lock(mutex_);
      queue_.push(attempt.origin.address, &job);
    }
    available_.notify_one();
    co_await job.done.wait();
    if (job.failure) std::rethrow_exception(job.failure);
    if (job.outcome) co_return *job.outcome;
  }
}

// False when it takes too long. Where too many of the address wait already its turn does not come,
// but it is not answered sooner either: refusing is work as well.
io::Task<bool> Logins::wait_for_turn(const LoginOrigin& origin, std::int64_t give_up_ns,
                                     const CancelToken& over) {
  Nanoseconds delay = limiter_.delay(origin, now_ns());
  if (delay.count() == 0) co_return true;
  Nanoseconds patience(give_up_ns - now_ns());
  if (!limiter_.enter(origin)) {
    [[maybe_unused]] const bool slept = co_await io::sleep_for(patience, over);
    co_return false;
  }
  while (delay.count() > 0 && patience.count() > 0) {
    const bool slept = co_await io::sleep_for(std::min(delay, patience), over);
    if (!slept) break;
    delay = limiter_.delay(origin, now_ns());
    patience = Nanoseconds(give_up_ns - now_ns());
  }
  limiter_.leave(origin);
  co_return delay.count() == 0;
}

void Logins::work_loop() {
  begin_thread("login", ThreadPriority::lowest);
  MutexLock lock(mutex_);
  for (;;) {
    while (!stopping_ && queue_.empty()) available_.wait(mutex_);
    if (stopping_) return;
    Job& job = *queue_.pop();
    lock.unlock();
    if (job.attempt.over.cancelled()) {
      job.outcome = LoginOutcome::ended;
    } else {
      try {
        job.outcome = look(job.attempt);
      } catch (const std::exception&) {
        job.failure = std::current_exception();  // out of memory: that connection's affair
      }
    }
    job.done.set();  // gone from here on
    lock.lock();
  }
}

// Nothing when its turn is not yet: those that were let in together may all fail, so that the limit
// is asked here again, where they come one after the other.
std::optional<LoginOutcome> Logins::look(const Attempt& attempt) {
  if (limiter_.delay(attempt.origin, now_ns()).count() > 0) return std::nullopt;
  if (attempt.login.fits()) return LoginOutcome::right;
  failed_total().add();
  if (limiter_.failed(attempt.origin, now_ns())) tell(attempt);
  return LoginOutcome::wrong;
}

void Logins::tell(const Attempt& attempt) {
  std::uint64_t left_out = 0;
  {
    const MutexLock lock(mutex_);
    if (now_ns() < next_line_ns_) {
      ++lines_left_out_;
      return;
    }
    next_line_ns_ = now_ns() + kBetweenLinesNs;
    left_out = std::exchange(lines_left_out_, 0);
  }
  log_warning("many failed logins",
              {{"address", attempt.connection.peer.host},
               {"user", attempt.login.user.substr(0, kMaxNameBytes)},
               {"protocol", attempt.connection.protocol},
               {"others_left_out", left_out},
               {"text",
                "Further logins from this address wait or are refused. Give the client the right "
                "password, or block its access to the port."}});
}

}  // namespace octavo::protocol
