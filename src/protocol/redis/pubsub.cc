#include "protocol/redis/pubsub.h"

#include <algorithm>
#include <map>

#include "keyspace/glob.h"
#include "keyspace/reply.h"

namespace octavo::redis {
namespace {

// A message in both forms, made once for all who get it.
struct Message {
  std::string resp2;
  std::string resp3;

  Message(std::initializer_list<std::string_view> parts) {
    for (const int version : {2, 3}) {
      std::string& out = version == 2 ? resp2 : resp3;
      keyspace::Reply reply(out, version);
      reply.push_header(parts.size());
      for (const std::string_view part : parts) reply.bulk(part);
    }
  }
};
using MessagePtr = std::shared_ptr<const Message>;

void deliver(Mailbox& mailbox, const Message& message) {
  if (mailbox.connection == nullptr) return;
  mailbox.connection->output().append(mailbox.protocol == 3 ? message.resp3 : message.resp2);
  mailbox.connection->start_flush();
}

// One job for each I/O thread, whatever the number of subscribers on it.
class Delivery {
 public:
  void add(const MailboxPtr& mailbox, const MessagePtr& message) {
    by_executor_[&mailbox->executor].emplace_back(mailbox, message);
  }
  void send() {
    for (auto& [executor, parcels] : by_executor_) {
      executor->post([batch = std::move(parcels)] {
        for (const auto& [mailbox, message] : batch) deliver(*mailbox, *message);
      });
    }
  }

 private:
  std::map<io::Executor*, std::vector<std::pair<MailboxPtr, MessagePtr>>> by_executor_;
};

}  // namespace

bool PubSub::subscribe(ChannelKind kind, std::string_view name, const MailboxPtr& mailbox) {
  const std::scoped_lock lock(mutex_);
  auto& mailboxes = listeners(kind)[std::string(name)];
  if (std::ranges::find(mailboxes, mailbox) != mailboxes.end()) return false;
  mailboxes.push_back(mailbox);
  return true;
}

bool PubSub::unsubscribe(ChannelKind kind, std::string_view name, const MailboxPtr& mailbox) {
  const std::scoped_lock lock(mutex_);
  const auto it = listeners(kind).find(std::string(name));
  if (it == listeners(kind).end()) return false;
  const bool found = std::erase(it->second, mailbox) > 0;
  if (it->second.empty()) listeners(kind).erase(it);
  return found;
}

std::size_t PubSub::publish(std::string_view channel, std::string_view message, bool shard) {
  Delivery delivery;
  std::size_t receivers = 0;
  const std::scoped_lock lock(mutex_);
  const auto kind = shard ? ChannelKind::shard : ChannelKind::channel;
  if (const auto it = listeners(kind).find(std::string(channel)); it != listeners(kind).end()) {
    const std::string_view name = shard ? "smessage" : "message";
    const auto parcel = std::make_shared<const Message>(
        std::initializer_list<std::string_view>{name, channel, message});
    for (const auto& mailbox : it->second) delivery.add(mailbox, parcel);
    receivers += it->second.size();
  }
  if (!shard) {
    for (const auto& [pattern, mailboxes] : listeners(ChannelKind::pattern)) {
      if (!keyspace::glob_matches(pattern, channel)) continue;
      const auto parcel = std::make_shared<const Message>(
          std::initializer_list<std::string_view>{"pmessage", pattern, channel, message});
      for (const auto& mailbox : mailboxes) delivery.add(mailbox, parcel);
      receivers += mailboxes.size();
    }
  }
  // Under the lock, so that two publishers cannot reach one subscriber in two orders.
  delivery.send();
  return receivers;
}

std::vector<std::string> PubSub::channels(ChannelKind kind, std::string_view pattern) const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> out;
  for (const auto& [name, mailboxes] : listeners(kind)) {
    if (pattern.empty() || keyspace::glob_matches(pattern, name)) out.push_back(name);
  }
  return out;
}

std::size_t PubSub::subscribers(ChannelKind kind, std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  const auto it = listeners(kind).find(std::string(name));
  return it == listeners(kind).end() ? 0 : it->second.size();
}

std::size_t PubSub::pattern_count() const {
  const std::scoped_lock lock(mutex_);
  return listeners(ChannelKind::pattern).size();
}

}  // namespace octavo::redis
