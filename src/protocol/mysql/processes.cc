#include "protocol/mysql/processes.h"

#include <utility>

#include "base/clock.h"
#include "dialect/sql/error/error.h"
#include "protocol/common/connection_table.h"
#include "protocol/common/jobs.h"

namespace octavo::mysql {
namespace {

constexpr const char* kIdle = "Sleep";

// What the greeting has room for.
std::uint32_t number_of(const protocol::ConnectionInfo& info) {
  return static_cast<std::uint32_t>(std::to_underlying(info.id));
}

std::string account_of(const protocol::ConnectionInfo& info) { return info.attribute("user"); }

}  // namespace

Processes::Entry::Entry(Processes& all, protocol::ConnectionInfo& info, std::int64_t now_ns,
                        std::function<void(Kill)> end)
    : all_(all), info_(info), end_(std::move(end)), command_(kIdle), since_ns_(now_ns) {
  const MutexLock lock(all_.mutex_);
  all_.entries_[number_of(info_)] = this;
  ++all_.opened_;
  all_.most_ = std::max<std::uint64_t>(all_.most_, all_.entries_.size());
}

Processes::Counts Processes::counts() const {
  const MutexLock lock(mutex_);
  Counts counts{.opened = opened_, .most = most_};
  for (const auto& [number, entry] : entries_) {
    if (entry->command_.load(std::memory_order_relaxed) != kIdle) ++counts.running;
  }
  return counts;
}

Processes::Entry::~Entry() {
  const MutexLock lock(all_.mutex_);
  all_.entries_.erase(number_of(info_));
}

void Processes::Entry::begin(const char* command, std::int64_t now_ns) {
  command_.store(command, std::memory_order_relaxed);
  since_ns_.store(now_ns, std::memory_order_relaxed);
}

void Processes::Entry::set_text(std::string_view text) {
  const MutexLock lock(mutex_);
  text_ = text;
}

void Processes::Entry::end(std::int64_t now_ns) {
  begin(kIdle, now_ns);
  set_text({});
}

Process Processes::Entry::look(std::int64_t now_ns) const {
  constexpr std::int64_t kSecondNs = 1'000'000'000;
  const MutexLock lock(mutex_);
  return {.id = number_of(info_),
          .user = account_of(info_),
          .host = io::format_address(info_.peer),
          .database = info_.attribute("db"),
          .command = command_.load(std::memory_order_relaxed),
          .seconds = (now_ns - since_ns_.load(std::memory_order_relaxed)) / kSecondNs,
          .text = std::string(text_)};
}

std::vector<Process> Processes::list(std::string_view asking) const {
  const std::int64_t now_ns = system_clock().monotonic_ns();
  std::vector<Process> out;
  const MutexLock lock(mutex_);
  for (const auto& [number, entry] : entries_) {
    if (!protocol::may_see(access_, asking, account_of(entry->info_))) continue;
    out.push_back(entry->look(now_ns));
  }
  return out;
}

Status Processes::kill(const protocol::ConnectionInfo& asking, std::uint64_t id, Kill what) const {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return sql::error<1094>(std::to_string(id));
  Entry& entry = *found->second;
  if (id == number_of(asking)) {
    if (what == Kill::connection) entry.ended_itself_ = true;
    return sql::error<1317>();
  }
  if (!protocol::may_see(access_, account_of(asking), account_of(entry.info_))) {
    return sql::error<1095>(std::to_string(id));
  }
  entry.end_(what);
  return {};
}

}  // namespace octavo::mysql
