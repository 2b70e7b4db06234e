#include "protocol/redis/mailbox.h"

#include "keyspace/reply.h"

namespace octavo::redis {
namespace {

void deliver(Mailbox& mailbox, const Message& message) {
  if (mailbox.connection == nullptr) return;
  mailbox.connection->output().append(mailbox.protocol == 3 ? message.resp3 : message.resp2);
  mailbox.connection->start_flush();
}

}  // namespace

MessagePtr push_message(std::initializer_list<std::string_view> parts) {
  Message message;
  for (const int version : {2, 3}) {
    keyspace::Reply reply(version == 2 ? message.resp2 : message.resp3, version);
    reply.push_header(parts.size());
    for (const std::string_view part : parts) reply.bulk(part);
  }
  return std::make_shared<const Message>(std::move(message));
}

void Delivery::send() {
  for (auto& [executor, parcels] : by_executor_) {
    executor->post([batch = std::move(parcels)] {
      for (const auto& [mailbox, message] : batch) deliver(*mailbox, *message);
    });
  }
}

}  // namespace octavo::redis
