// FAILOVER, on the link's thread: wait until one that follows has everything, become its replica,
// and ask it to be the master.

#include <algorithm>

#include "base/logging.h"
#include "io/sleep.h"
#include "protocol/redis/replica_link.h"

namespace octavo::redis {
namespace {

constexpr std::chrono::milliseconds kLook{20};
constexpr std::int64_t kLongestPauseNs = 10LL * 365 * 24 * 3600 * 1'000'000'000;

bool is_over(std::int64_t until_ns) {
  return until_ns != 0 && system_clock().monotonic_ns() >= until_ns;
}

bool is_wanted(const Handover& order, const Replica& replica) {
  return order.host.empty() || (order.host == replica.host && order.port == replica.port);
}

}  // namespace

Result<bool> ReplicaLink::hand_over(Handover order, Pause& writers) {
  const MutexLock lock(mutex_);
  if (stopped_) return fail(Code::unavailable, "the server is stopping");
  if (is_on() || state_.handover != HandoverPhase::none) return false;
  end();  // of one that has come to nothing
  writers_ = &writers;
  state_.handover = HandoverPhase::waiting;
  state_.handover_refused = false;
  writers.begin(Pause::Mode::write, system_clock().monotonic_ns() + kLongestPauseNs);
  open_thread();
  scope_->spawn(hand_over_to(std::move(order), scope_->token()));
  return true;
}

Result<bool> ReplicaLink::abort_handover() {
  const MutexLock lock(mutex_);
  if (state_.handover == HandoverPhase::none) return false;
  if (!end()) {  // it has just taken place, or come to nothing
    if (is_on() && !stopped_) start();
    return false;
  }
  log_info("the handover was given up");
  if (!is_on()) return true;
  if (Status led = lead(); !led) {
    if (!stopped_) start();
    return fail(std::move(led).error());
  }
  show_as_master();
  return true;
}

io::Task<void> ReplicaLink::hand_over_to(Handover order, CancelToken token) {
  const std::int64_t until_ns =
      order.timeout_ns == 0 ? 0 : system_clock().monotonic_ns() + order.timeout_ns;
  source_.ask();
  const ReplicaPtr target = co_await wait_for_replica(order, until_ns, token);
  if (token.cancelled() || state_.stopping) co_return;
  if (target == nullptr && !order.force) {
    co_return take_back("no replica has come up with this server in time");
  }
  Origin next;
  next.host = target == nullptr ? order.host : target->host;
  next.port = target == nullptr ? order.port : target->port;
  if (const Status stepped = step_down(next); !stepped) co_return take_back(stepped.error().what);
  state_.set_origin(next);
  state_.set_error({});
  state_.down_since_ns = system_clock().monotonic_ns();
  state_.phase = LinkPhase::connect;
  // Writes of other protocols were not held up so far: the last of them has to come there as well.
  while (target != nullptr && target->acknowledged < next.offset && !is_over(until_ns)) {
    (void)co_await io::sleep_for(kLook, token);
    if (token.cancelled() || state_.stopping) co_return;
  }
  if (target != nullptr && target->acknowledged < next.offset && !order.force) {
    co_return take_back("the replica has not come up with this server in time");
  }
  state_.handover = HandoverPhase::asking;
  log_info("this server hands over", {{"to", next.host}, {"port", next.port}});
  co_await run(token);
}

// Null: there is none, and no time any more.
io::Task<ReplicaPtr> ReplicaLink::wait_for_replica(const Handover& order, std::int64_t until_ns,
                                                   CancelToken token) {
  while (!token.cancelled() && !state_.stopping) {
    const std::uint64_t end = source_.extent().end;
    for (const ReplicaPtr& one : source_.replicas()) {
      const bool has_all = one->phase == ReplicaPhase::online && one->acknowledged >= end;
      if (has_all && is_wanted(order, *one)) co_return one;
    }
    if (is_over(until_ns)) break;
    (void)co_await io::sleep_for(kLook, token);
  }
  co_return nullptr;
}

// It came to nothing: this server is the master as before.
void ReplicaLink::take_back(std::string_view reason) {
  log_warning("the handover has failed", {{"reason", reason}});
  if (engine_.keyspace().keyspace().is_copy()) {
    if (const Status led = lead(); !led) {
      log_warning("this server stays a replica", {{"reason", led.error().what}});
    } else {
      show_as_master();
    }
  }
  state_.handover = HandoverPhase::none;
  writers_->end();
}

}  // namespace octavo::redis
