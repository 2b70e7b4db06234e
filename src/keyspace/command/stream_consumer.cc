#include "keyspace/command/stream_consumer.h"

#include <string>

namespace octavo::keyspace {

StreamValue::Consumer& consumer_of(CommandContext& context, StreamValue::Group& group,
                                   std::string_view key, std::string_view name) {
  StreamValue::Consumer* consumer = group.find_consumer(name);
  if (consumer == nullptr) {
    consumer = &group.consumers[std::string(name)];
    consumer->name = name;
    context.notify(EventClass::stream, "xgroup-createconsumer", key);
  }
  consumer->seen_ms = context.now_ms();
  return *consumer;
}

}  // namespace octavo::keyspace
