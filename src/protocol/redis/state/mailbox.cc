#include "protocol/redis/state/mailbox.h"

#include "base/assert.h"
#include "keyspace/reply.h"

namespace octavo::redis {
namespace {

// After so long the others of the thread have their turn.
constexpr std::int64_t kTurnNs = 500'000;
// So much may wait while they do.
constexpr std::size_t kMaxWaitingBytes = 4 * kMiB;

}  // namespace

void Mailbox::deliver(const MessagePtr& message) {
  if (connection == nullptr) return;
  if (message->is_invalidation()) {
    if (protocol == 2 && (!subscribed || message->head(2).empty())) return;
    if (holding_) {
      held_.push_back(message);
      return;
    }
  }
  connection->output().append(message->head(protocol));
  if (!message->rest().empty()) connection->append_shared(message, message->rest());
  connection->start_flush();
}

void Mailbox::deliver_held() {
  holding_ = false;
  for (const MessagePtr& message : std::exchange(held_, {})) deliver(message);
}

Message::Message(MemoryPool& pool, std::string text)
    : text_(std::move(text)), head_bytes_(1), invalidation_(false), pool_(pool) {
  ASSERT(!text_.empty());
  pool_.force(bytes());
}

Message::Message(MemoryPool& pool, std::string text, std::size_t head_bytes,
                 std::string_view resp2_head)
    : text_(std::move(text)),
      head_bytes_(head_bytes),
      resp2_head_(resp2_head),
      invalidation_(true),
      pool_(pool) {
  pool_.force(bytes());
}

Message::~Message() { pool_.release(bytes()); }

MessagePtr push_message(MemoryPool& pool, std::initializer_list<std::string_view> parts) {
  std::string text;
  keyspace::Reply reply(text, 3);
  reply.push_header(parts.size());
  for (const std::string_view part : parts) reply.bulk(part);
  return std::make_shared<const Message>(pool, std::move(text));
}

void DeliveryLine::post(Batch batch) {
  executor_.post([self = shared_from_this(), posted = std::move(batch)]() mutable {
    self->take(std::move(posted));
  });
}

void DeliveryLine::take(Batch batch) {
  waiting_bytes_ += batch.bytes;
  waiting_.push_back(std::move(batch));
  if (waiting_bytes_ > kMaxWaitingBytes) {
    go_on();
  } else {
    ask_for_turn();
  }
}

void DeliveryLine::ask_for_turn() {
  if (std::exchange(in_line_, true)) return;
  turns_.in_turn(protocol::Delivery::push, [self = shared_from_this()] {
    self->in_line_ = false;
    self->go_on();
  });
}

void DeliveryLine::go_on() {
  const std::int64_t started_ns = executor_.clock().monotonic_ns();
  while (!waiting_.empty()) {
    Batch& batch = waiting_.front();
    while (next_ < batch.parcels.size()) {
      const auto& [mailbox, message] = batch.parcels[next_++];
      mailbox->deliver(message);
      if (!may_rest(started_ns)) continue;
      return ask_for_turn();
    }
    waiting_bytes_ -= batch.bytes;
    waiting_.pop_front();
    next_ = 0;
  }
}

bool DeliveryLine::may_rest(std::int64_t since_ns) const {
  return waiting_bytes_ <= kMaxWaitingBytes &&
         executor_.clock().monotonic_ns() - since_ns >= kTurnNs;
}

void Delivery::add(const MailboxPtr& mailbox, const MessagePtr& message) {
  DeliveryLine::Batch& batch = by_line_[mailbox->line.get()];
  if (batch.parcels.empty() || batch.parcels.back().second != message) {
    batch.bytes += message->bytes();
  }
  batch.parcels.emplace_back(mailbox, message);
}

void Delivery::send() {
  for (auto& [line, batch] : by_line_) line->post(std::move(batch));
  by_line_.clear();
}

}  // namespace octavo::redis
