#include "protocol/common/connection_table.h"

#include <algorithm>

namespace octavo::protocol {
namespace {

auto find_key(auto& attributes, std::string_view key) {
  return std::ranges::find_if(attributes, [key](const auto& entry) { return entry.first == key; });
}

}  // namespace

void ConnectionInfo::set_attribute(std::string_view key, std::string_view value) {
  const MutexLock lock(mutex_);
  const auto entry = find_key(attributes_, key);
  if (value.empty()) {
    if (entry != attributes_.end()) attributes_.erase(entry);
  } else if (entry != attributes_.end()) {
    entry->second = value;
  } else {
    attributes_.emplace_back(key, value);
  }
}

std::string ConnectionInfo::attribute(std::string_view key) const {
  const MutexLock lock(mutex_);
  const auto entry = find_key(attributes_, key);
  return entry == attributes_.end() ? std::string() : entry->second;
}

std::vector<std::pair<std::string, std::string>> ConnectionInfo::attributes() const {
  const MutexLock lock(mutex_);
  return attributes_;
}

bool ConnectionInfo::kill() {
  // Under the mutex, so that the connection cannot go while the action runs.
  const MutexLock lock(mutex_);
  if (!killer_) return false;
  killer_();
  return true;
}

void ConnectionInfo::set_killer(std::function<void()> killer) {
  const MutexLock lock(mutex_);
  killer_ = std::move(killer);
}

ConnectionId ConnectionTable::next_id() noexcept {
  return ConnectionId{last_id_.fetch_add(1, std::memory_order_relaxed) + 1};
}

void ConnectionTable::add(std::shared_ptr<ConnectionInfo> info) {
  const auto id = static_cast<std::uint64_t>(info->id);
  const MutexLock lock(mutex_);
  connections_.insert_or_assign(id, std::move(info));
}

void ConnectionTable::remove(ConnectionId id) {
  const MutexLock lock(mutex_);
  connections_.erase(static_cast<std::uint64_t>(id));
}

std::shared_ptr<ConnectionInfo> ConnectionTable::find(ConnectionId id) const {
  const MutexLock lock(mutex_);
  const auto entry = connections_.find(static_cast<std::uint64_t>(id));
  return entry == connections_.end() ? nullptr : entry->second;
}

std::vector<std::shared_ptr<ConnectionInfo>> ConnectionTable::list() const {
  std::vector<std::shared_ptr<ConnectionInfo>> all;
  {
    const MutexLock lock(mutex_);
    all.reserve(connections_.size());
    for (const auto& [id, info] : connections_) all.push_back(info);
  }
  std::ranges::sort(all, {}, [](const auto& info) { return info->id; });
  return all;
}

std::size_t ConnectionTable::size() const {
  const MutexLock lock(mutex_);
  return connections_.size();
}

std::size_t ConnectionTable::count(std::string_view protocol) const {
  const MutexLock lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(
      connections_, [protocol](const auto& entry) { return entry.second->protocol == protocol; }));
}

bool ConnectionTable::kill(ConnectionId id) {
  const std::shared_ptr<ConnectionInfo> info = find(id);
  return info != nullptr && info->kill();
}

}  // namespace octavo::protocol
