#include "protocol/redis/state/pubsub.h"

#include <algorithm>

#include "keyspace/type/glob.h"

namespace octavo::redis {

bool PubSub::subscribe(ChannelKind kind, std::string_view name, const MailboxPtr& mailbox) {
  const MutexLock lock(mutex_);
  auto& mailboxes = listeners(kind)[std::string(name)];
  if (std::ranges::find(mailboxes, mailbox) != mailboxes.end()) return false;
  mailboxes.push_back(mailbox);
  subscriptions_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

bool PubSub::unsubscribe(ChannelKind kind, std::string_view name, const MailboxPtr& mailbox) {
  const MutexLock lock(mutex_);
  const auto it = listeners(kind).find(std::string(name));
  if (it == listeners(kind).end()) return false;
  const bool found = std::erase(it->second, mailbox) > 0;
  if (it->second.empty()) listeners(kind).erase(it);
  if (found) subscriptions_.fetch_sub(1, std::memory_order_relaxed);
  return found;
}

std::size_t PubSub::publish(std::string_view channel, std::string_view message, bool shard) {
  return publish(channel, message, shard, keyspace::kNoDatabases);
}

void PubSub::publish_event(unsigned db, std::string_view channel, std::string_view message) {
  publish(channel, message, false, keyspace::database_bit(db));
}

std::size_t PubSub::publish(std::string_view channel, std::string_view message, bool shard,
                            keyspace::DatabaseSet about) {
  if (idle()) return 0;
  Delivery delivery;
  std::size_t receivers = 0;
  const auto deliver = [&](const std::vector<MailboxPtr>& mailboxes, const MessagePtr& parcel) {
    for (const auto& mailbox : mailboxes) {
      if ((about & ~mailbox->readable.load(std::memory_order_relaxed)) != 0) continue;
      delivery.add(mailbox, parcel);
      ++receivers;
    }
  };
  const MutexLock lock(mutex_);
  const auto kind = shard ? ChannelKind::shard : ChannelKind::channel;
  if (const auto it = listeners(kind).find(std::string(channel)); it != listeners(kind).end()) {
    const std::string_view name = shard ? "smessage" : "message";
    deliver(it->second, push_message(pool_, {name, channel, message}));
  }
  if (!shard) {
    for (const auto& [pattern, mailboxes] : listeners(ChannelKind::pattern)) {
      if (!keyspace::glob_matches(pattern, channel)) continue;
      deliver(mailboxes, push_message(pool_, {"pmessage", pattern, channel, message}));
    }
  }
  // Under the lock, so that two publishers cannot reach one subscriber in two orders.
  delivery.send();
  return receivers;
}

std::vector<std::string> PubSub::channels(ChannelKind kind, std::string_view pattern) const {
  const MutexLock lock(mutex_);
  std::vector<std::string> out;
  for (const auto& [name, mailboxes] : listeners(kind)) {
    if (pattern.empty() || keyspace::glob_matches(pattern, name)) out.push_back(name);
  }
  return out;
}

std::size_t PubSub::subscribers(ChannelKind kind, std::string_view name) const {
  const MutexLock lock(mutex_);
  const auto it = listeners(kind).find(std::string(name));
  return it == listeners(kind).end() ? 0 : it->second.size();
}

std::size_t PubSub::receivers(std::string_view channel, bool shard) const {
  std::size_t count = subscribers(shard ? ChannelKind::shard : ChannelKind::channel, channel);
  if (shard) return count;
  const MutexLock lock(mutex_);
  for (const auto& [pattern, mailboxes] : listeners(ChannelKind::pattern)) {
    if (keyspace::glob_matches(pattern, channel)) count += mailboxes.size();
  }
  return count;
}

std::size_t PubSub::pattern_count() const {
  const MutexLock lock(mutex_);
  return listeners(ChannelKind::pattern).size();
}

}  // namespace octavo::redis
