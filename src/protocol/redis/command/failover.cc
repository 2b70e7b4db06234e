#include "protocol/redis/command/failover.h"

#include <algorithm>
#include <optional>

#include "keyspace/arguments.h"
#include "protocol/redis/session.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::Reply;

constexpr std::int64_t kLongestWaitMs = 100LL * 365 * 24 * 3600 * 1000;

struct FailoverArguments {
  Handover order;
  bool aborts = false;
};

std::optional<FailoverArguments> failover_arguments(Args args, Reply& reply) {
  FailoverArguments out;
  bool timed = false;
  for (std::size_t i = 1; i < args.size(); ++i) {
    const auto is = [&](std::string_view word) { return keyspace::is_word(args[i], word); };
    if (is("timeout") && i + 1 < args.size() && !timed) {
      const auto timeout_ms = keyspace::integer_argument(args[++i], reply);
      if (!timeout_ms) return std::nullopt;
      if (*timeout_ms <= 0) {
        reply.error("ERR FAILOVER timeout must be greater than 0");
        return std::nullopt;
      }
      out.order.timeout_ns = std::min(*timeout_ms, kLongestWaitMs) * 1'000'000;
      timed = true;
    } else if (is("to") && i + 2 < args.size() && out.order.host.empty()) {
      const auto port = keyspace::integer_argument(args[i + 2], reply);
      if (!port) return std::nullopt;
      out.order.host = args[i + 1];
      out.order.port = static_cast<std::uint16_t>(*port);
      i += 2;
    } else if (is("force") && !out.order.force) {
      out.order.force = true;
    } else if (is("abort") && args.size() == 2) {
      out.aborts = true;
    } else {
      reply.syntax_error();
      return std::nullopt;
    }
  }
  return out;
}

// Why it cannot begin; empty: it can.
std::string_view failover_refusal(const ServiceState& service, const Handover& order) {
  if (service.link.state().handover != HandoverPhase::none) {
    return "ERR FAILOVER already in progress.";
  }
  if (service.link.is_on()) return "ERR FAILOVER is not valid when server is a replica.";
  const auto replicas = service.source.replicas();
  if (replicas.empty()) return "ERR FAILOVER requires connected replicas.";
  if (order.force && (order.timeout_ns == 0 || order.host.empty())) {
    return "ERR FAILOVER with force option requires both a timeout and target HOST and IP to be "
           "set.";
  }
  if (order.host.empty()) return {};
  const auto target = std::ranges::find_if(replicas, [&](const ReplicaPtr& one) {
    return one->host == order.host && one->port == order.port;
  });
  if (target == replicas.end()) return "ERR FAILOVER target HOST and PORT is not a replica.";
  const bool is_online = (*target)->phase.load() == ReplicaPhase::online;
  return is_online ? std::string_view() : "ERR FAILOVER target replica is not online.";
}

}  // namespace

io::Task<void> failover(Session& session, std::vector<std::string> own_args) {
  ServiceState& service = session.service();
  auto reply = session.reply();
  if (service.cluster != nullptr) {
    reply.error("ERR FAILOVER not allowed in cluster mode.");
    co_return;
  }
  const std::vector<std::string_view> args(own_args.begin(), own_args.end());
  const auto asked = failover_arguments(args, reply);
  if (!asked) co_return;
  const std::string_view refusal =
      asked->aborts ? std::string_view() : failover_refusal(service, asked->order);
  if (!refusal.empty()) {
    reply.error(refusal);
    co_return;
  }
  bool done = false;
  auto work = [&]() -> Status {
    TRY(done, asked->aborts ? service.link.abort_handover()
                            : service.link.hand_over(asked->order, service.pause));
    return {};
  };
  const Status ran = co_await session.long_calls().run(protocol::Weight::urgent, work);
  if (!ran) {
    session.reply().error(write_refused(ran.error()));
  } else if (done) {
    session.reply().ok();
  } else {
    session.reply().error(asked->aborts ? "ERR No failover in progress."
                                        : "ERR FAILOVER already in progress.");
  }
}

}  // namespace octavo::redis
