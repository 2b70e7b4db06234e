#include "protocol/redis/state/notifier.h"

#include <gtest/gtest.h>

#include <string>

#include "keyspace/keyspace.h"

namespace octavo::redis {
namespace {

TEST(NotifierTest, LettersAsRedisShowsThem) {
  const auto shown = [](std::string_view letters) {
    return event_flags_text(parse_event_flags(letters).value());
  };
  EXPECT_EQ(shown(""), "");
  EXPECT_EQ(shown("KEA"), "AKE");
  EXPECT_EQ(shown("gxE"), "gxE");
  EXPECT_EQ(shown("Eg$lshzxetd"), "AE");
  EXPECT_EQ(shown("mK"), "Km");
  EXPECT_FALSE(parse_event_flags("Kq"));
  EXPECT_FALSE(parse_event_flags("K "));
}

class CountingObservers final : public keyspace::Observers {
 public:
  int listeners = 0;
  void add_listener(keyspace::KeyspaceObserver&) override { ++listeners; }
  void remove_listener(keyspace::KeyspaceObserver&) override { --listeners; }
  void add_listener_locked(keyspace::KeyspaceObserver&) override { ++listeners; }
  void remove_listener_locked(keyspace::KeyspaceObserver&) override { --listeners; }
};

// Nobody listens to the keyspace until an event may reach somebody.
TEST(NotifierTest, ObservesOnlyWhileAChannelIsAskedFor) {
  CountingObservers observers;
  MemoryPool memory("memory", kMiB);
  PubSub pubsub(memory);
  KeyspaceNotifier notifier(observers, pubsub);
  notifier.set_flags(*parse_event_flags("A"));
  EXPECT_EQ(observers.listeners, 0);
  notifier.set_flags(*parse_event_flags("Ex"));
  EXPECT_EQ(observers.listeners, 1);
  notifier.set_flags(0);
  EXPECT_EQ(observers.listeners, 0);
}

}  // namespace
}  // namespace octavo::redis
