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

Message::Message(MemoryPool& pool, std::string for_resp2, std::string for_resp3)
    : resp2(std::move(for_resp2)), resp3(std::move(for_resp3)), pool_(pool) {
  pool_.force(bytes());
}

Message::~Message() { pool_.release(bytes()); }

MessagePtr push_message(MemoryPool& pool, std::initializer_list<std::string_view> parts) {
  std::string texts[2];
  for (const int version : {2, 3}) {
    keyspace::Reply reply(texts[version - 2], version);
    reply.push_header(parts.size());
    for (const std::string_view part : parts) reply.bulk(part);
  }
  return std::make_shared<const Message>(pool, std::move(texts[0]), std::move(texts[1]));
}

void Delivery::send() {
  for (auto& [executor, parcels] : by_executor_) {
    executor->post([batch = std::move(parcels)] {
      for (const auto& [mailbox, message] : batch) deliver(*mailbox, *message);
    });
  }
}

}  // namespace octavo::redis
