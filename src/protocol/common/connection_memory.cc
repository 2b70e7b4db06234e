#include "protocol/common/connection_memory.h"

#include <algorithm>

#include "base/limits.h"
#include "base/logging.h"
#include "protocol/common/ended.h"

namespace octavo::protocol {
namespace {

constexpr double kSecondNs = 1e9;
// Who has only begun is taken for one that moves a MiB in this time.
constexpr double kFirstSeconds = 0.01;
// This part of the pool connections may have though others have used up the memory of the process,
// or messages and commands on their way the pool: to end a connection gives back what it holds.
constexpr std::size_t kOwnShare = 4;

}  // namespace

double burden(const Holding& holding) {
  const double moved_mib =
      1.0 + static_cast<double>(holding.window_bytes) / static_cast<double>(kMiB);
  const double pace = static_cast<double>(holding.window_ns) / kSecondNs / moved_mib;
  const double idle = static_cast<double>(holding.idle_ns) / kSecondNs;
  return static_cast<double>(holding.bytes) * (idle + pace + kFirstSeconds);
}

ConnectionMemory::ConnectionMemory(MemoryPool& pool, ConnectionTable& table, Clock& clock)
    : pool_(pool), table_(table), clock_(clock), ended_(ended_counter(Ended::memory)) {}

bool ConnectionMemory::take(ConnectionInfo& holder, std::size_t bytes) {
  if (!pool_.reserve(bytes) && !take_of_reserve(holder, bytes) && !make_room(holder, bytes)) {
    return false;
  }
  holder.held.set(holder.held.get() + bytes);
  held_.fetch_add(bytes, std::memory_order_relaxed);
  return true;
}

// Pools can be above their limits, by what is forced. Whoever asks for little is not to blame.
bool ConnectionMemory::take_of_reserve(ConnectionInfo& holder, std::size_t bytes) {
  MemoryPool* const reserve = pool_.reserve_pool();
  if (reserve == nullptr || holder.held.get() + bytes > kLittleBytes) return false;
  if (!reserve->reserve(bytes)) return false;
  holder.held_of_reserve += bytes;
  return true;
}

void ConnectionMemory::give_back(ConnectionInfo& holder, std::size_t bytes) {
  const std::size_t of_reserve = std::min(bytes, holder.held_of_reserve);
  if (of_reserve > 0) {
    pool_.reserve_pool()->release(of_reserve);
    holder.held_of_reserve -= of_reserve;
  }
  pool_.release(bytes - of_reserve);
  held_.fetch_sub(bytes, std::memory_order_relaxed);
  holder.held.set(holder.held.get() - bytes);
}

void ConnectionMemory::leave(ConnectionInfo& holder) {
  if (const std::size_t all = holder.held.get(); all > 0) give_back(holder, all);
  const MutexLock lock(mutex_);
  coming_back_ -= std::exchange(holder.comes_back, 0);
}

double ConnectionMemory::burden_of(const ConnectionInfo& info, std::size_t more) const {
  const std::int64_t now_ns = clock_.monotonic_ns();
  const auto since = [now_ns](const Tally& time) {
    return std::max<std::int64_t>(now_ns - static_cast<std::int64_t>(time.get()), 0);
  };
  // Who holds nothing yet has just begun.
  const bool begun = info.held.get() > 0;
  return burden({.bytes = info.held.get() + more,
                 .idle_ns = begun ? since(info.last_move_ns) : 0,
                 .window_ns = begun ? since(info.pace_since_ns) : 0,
                 .window_bytes = begun ? info.pace_bytes.get() : 0});
}

std::shared_ptr<ConnectionInfo> ConnectionMemory::worst_but(const ConnectionInfo& holder,
                                                            double& its_burden) const {
  std::shared_ptr<ConnectionInfo> worst;
  table_.visit([&](const std::shared_ptr<ConnectionInfo>& info) {
    if (info.get() == &holder || info->comes_back > 0) return;
    if (info->held.get() <= kLittleBytes) return;  // its end would help nobody
    const double burden = burden_of(*info);
    if (burden <= its_burden) return;
    its_burden = burden;
    worst = info;
  });
  return worst;
}

// Somebody else's backlog is ended for `holder`, unless that is the worst itself.
bool ConnectionMemory::make_room(ConnectionInfo& holder, std::size_t bytes) {
  const MutexLock lock(mutex_);
  const std::size_t used = pool_.used();
  const bool own_limit = used + bytes > pool_.limit();
  const std::size_t in_all = held_.load(std::memory_order_relaxed) + bytes;
  const std::size_t share = pool_.limit() / kOwnShare;
  const std::size_t missing = std::min(own_limit ? used + bytes - pool_.limit() : bytes,
                                       in_all > share ? in_all - share : 0);
  while (coming_back_ < missing) {
    double its_burden = burden_of(holder, bytes);
    const auto worst = worst_but(holder, its_burden);
    if (worst == nullptr) {
      report(holder, holder.held.get() + bytes);
      return false;
    }
    worst->comes_back = worst->held.get();
    coming_back_ += worst->comes_back;
    report(*worst, worst->comes_back);
    worst->kill();
  }
  pool_.force(bytes);
  return true;
}

void ConnectionMemory::report(const ConnectionInfo& info, std::size_t bytes) {
  ended_.add();
  const std::int64_t since_ns = static_cast<std::int64_t>(info.last_move_ns.get());
  const std::int64_t idle_ns = info.held.get() == 0 ? 0 : clock_.monotonic_ns() - since_ns;
  log_warning("connection ended: the memory of connections is used up",
              {{"protocol", info.protocol},
               {"peer", io::format_address(info.peer)},
               {"user", info.attribute("user")},
               {"name", info.attribute("name")},
               {"held_bytes", bytes},
               {"unread_requests_bytes", info.input_buffered.get()},
               {"unsent_bytes", info.output_buffered.get()},
               {"still_for_ms", idle_ns / 1'000'000},
               {"all_connections_bytes", pool_.used()},
               {"limit_bytes", pool_.limit()},
               {"setting", "memory"}});
}

}  // namespace octavo::protocol
