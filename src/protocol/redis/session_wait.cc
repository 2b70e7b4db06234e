// Waiting for keys: BLPOP and the like.

#include <algorithm>

#include "io/executor.h"
#include "keyspace/blocking.h"
#include "protocol/redis/session.h"

namespace octavo::redis {
namespace {

// A hundred years; more would not fit a clock that counts nanoseconds.
constexpr std::int64_t kLongestWaitMs = 100LL * 365 * 24 * 3600 * 1000;
// For those that were told to try. They only write, so it is much less; nobody is held up for more.
constexpr Nanoseconds kLongestTry = std::chrono::seconds(1);

}  // namespace

// The batch's last call found nothing: it is tried again, for the key that has something, until it
// gets that or the wait ends in another way.
io::Task<void> Session::wait_for_keys() {
  const std::vector<std::string> own_args = batch_.waiting_args();
  const std::vector<std::string_view> args(own_args.begin(), own_args.end());
  keyspace::BlockingCall call = keyspace::blocking_call(*blocking_spec_, db_, args);
  const auto client = std::make_shared<BlockedClient>();
  client->connection = id();
  client->session = this;
  client->keys = std::move(call.keys);
  client->takes = call.takes;
  waiting_ = client;
  connection_.info().set_attribute("flags", flags());
  const std::int64_t limit_ns = std::min(call.timeout_ms, kLongestWaitMs) * 1'000'000;
  const std::int64_t until_ns = limit_ns > 0 ? connection_.executor().now_ns() + limit_ns : 0;
  // Replies of the calls before leave now. A client that does not read them is not in line yet:
  // nobody shall wait for it.
  co_await connection_.flush();
  connection_.settle();
  service_.blocked.add(client);
  const bool timed_out = co_await try_keys(client, args, until_ns);
  // Whatever ended the wait: what this client leaves behind goes to the next.
  service_.blocked.remove(client);
  waiting_ = nullptr;
  connection_.info().set_attribute("flags", flags());
  Status verdict = submission_->status;
  const bool took = verdict && !batch_.blocked();
  if (took) verdict = co_await protocol::wait_durable(service_.engine, promise());
  if (!verdict) {
    replies_.clear();
    reply().error(write_refused(verdict.error()));
  } else if (std::string why = took ? "" : denial(*blocking_spec_, db_, args); !why.empty()) {
    reply().error(why);
  } else if (!took) {
    end_wait(*client, timed_out);
  }
  take_replies();
}

// Who waited for what the batch has brought takes it before this client hears that it is there.
io::Task<void> Session::let_waiters_try() {
  const TriesPtr tries = service_.blocked.take_tries(this);
  if (tries != nullptr) (void)co_await tries->over.wait(kLongestTry, connection_.token());
}

// True when the time was over first.
io::Task<bool> Session::try_keys(BlockedClientPtr client, std::span<const std::string_view> args,
                                 std::int64_t until_ns) {
  // Nobody may take an element for a client that has gone. One that has only ended its side is
  // taken for gone as well, as Redis does: while it waits the two look alike.
  protocol::Connection::PeerWatch peer(connection_);
  const CancelToken over = peer.over();
  // Whoever loses the right to it while waiting is woken.
  const auto allowed = [&] {
    const AclUser* const rules = acl();
    return caller_.may(*blocking_spec_, db_, args) &&
           (rules == nullptr || rules->judge(*blocking_spec_, *blocking_spec_, args).denied ==
                                    AclUser::Denied::nothing);
  };
  if (!allowed()) client->woken.ring();
  const auto left = [until_ns] {
    if (until_ns == 0) return Nanoseconds(0);
    const std::int64_t now_ns = io::Executor::current().now_ns();
    return Nanoseconds(std::max<std::int64_t>(until_ns - now_ns, 1));
  };
  std::vector<std::string> own_args;
  std::vector<std::string_view> views;
  const auto late = [until_ns] {
    return until_ns != 0 && io::Executor::current().now_ns() >= until_ns;
  };
  using protocol::Woken;
  Woken woken = co_await client->woken.wait(left(), over);
  while (woken == Woken::rung && !late() && allowed() &&
         service_.blocked.end_of(*client) == WaitEnd::none) {
    const auto key = service_.blocked.ready_key(*client);
    if (key && peer.is_over()) break;
    if (key) {
      own_args = keyspace::arguments_for_key(*blocking_spec_, args, client->keys[*key].key);
      views.assign(own_args.begin(), own_args.end());
      batch_.clear();
      batch_.add(*blocking_spec_, db_, views);
      co_await submit();
      if (!submission_->status || !batch_.blocked()) break;
      service_.blocked.tried(client);
      mailbox_->let_invalidations_go();
    }
    woken = co_await client->woken.wait(left(), over);
  }
  co_return late();
}

void Session::fail_wait(std::string_view error) {
  reply().error(error);
  note_error(error);
  const auto lock = service_.engine.keyspace().keyspace().lock();
  service_.command_stats.failed(*blocking_spec_);
}

void Session::end_wait(const BlockedClient& client, bool timed_out) {
  switch (service_.blocked.end_of(client)) {
    case WaitEnd::unblocked: return reply().null_array();
    case WaitEnd::unblocked_with_error:
      return fail_wait("UNBLOCKED client unblocked via CLIENT UNBLOCK");
    case WaitEnd::key_gone: return fail_wait("UNBLOCKED the stream key no longer exists");
    case WaitEnd::group_gone:
      return fail_wait("NOGROUP the consumer group this client was blocked on no longer exists");
    case WaitEnd::none: break;
  }
  // Else the client has gone, or the server is stopping.
  timed_out ? reply().null_array() : close_after_reply();
}

}  // namespace octavo::redis
