#include "protocol/redis/notifier.h"

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

// Nobody listens to the keyspace until an event may reach somebody.
TEST(NotifierTest, ObservesOnlyWhileAChannelIsAskedFor) {
  keyspace::Keyspace keyspace;
  engine::KeyspaceChanges changes(keyspace);
  MemoryPool memory("memory", kMiB);
  PubSub pubsub(memory);
  KeyspaceNotifier notifier(changes, pubsub);
  notifier.set_flags(*parse_event_flags("A"));
  EXPECT_EQ(keyspace.observer(), nullptr);
  notifier.set_flags(*parse_event_flags("Ex"));
  EXPECT_EQ(keyspace.observer(), &changes);
  notifier.set_flags(0);
  changes.begin_record({}, 0, {});  // where an end of observation takes effect
  EXPECT_EQ(keyspace.observer(), nullptr);
}

}  // namespace
}  // namespace octavo::redis
