#include "protocol/common/connection_table.h"

#include <gtest/gtest.h>

#include <thread>

namespace octavo::protocol {
namespace {

std::shared_ptr<ConnectionInfo> make(ConnectionTable& table, const char* protocol) {
  auto info = std::make_shared<ConnectionInfo>(table.next_id(), protocol, io::SocketAddress(),
                                               io::SocketAddress(), false, 0);
  table.add(info);
  return info;
}

TEST(ConnectionTable, ListsById) {
  ConnectionTable table;
  const auto first = make(table, "redis");
  const auto second = make(table, "rethinkdb");
  const auto third = make(table, "redis");
  EXPECT_EQ(table.size(), 3U);
  EXPECT_EQ(table.count("redis"), 2U);
  EXPECT_EQ(table.list(), (std::vector{first, second, third}));
  table.remove(second->id);
  EXPECT_EQ(table.find(second->id), nullptr);
  EXPECT_EQ(table.find(third->id), third);
}

TEST(ConnectionTable, KillsThroughTheInstalledAction) {
  ConnectionTable table;
  const auto info = make(table, "redis");
  EXPECT_FALSE(table.kill(info->id));
  int kills = 0;
  info->set_killer([&] { ++kills; });
  EXPECT_TRUE(table.kill(info->id));
  EXPECT_FALSE(table.kill(ConnectionId{999}));
  info->set_killer(nullptr);
  EXPECT_FALSE(info->kill());
  EXPECT_EQ(kills, 1);
}

TEST(ConnectionInfo, KeepsAttributes) {
  ConnectionTable table;
  const auto info = make(table, "redis");
  info->set_attribute("user", "alice");
  info->set_attribute("db", "3");
  info->set_attribute("user", "bob");
  EXPECT_EQ(info->attribute("user"), "bob");
  EXPECT_EQ(info->attribute("name"), "");
  info->set_attribute("user", "");
  EXPECT_EQ(info->attributes().size(), 1U);
}

TEST(ConnectionTable, IsSharedByThreads) {
  ConnectionTable table;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        const auto info = make(table, "redis");
        info->bytes_in.add(1);
        info->set_attribute("name", "n");
        for (const auto& other : table.list()) (void)other->attribute("name");
        table.remove(info->id);
        if (table.list().size() > 4) std::this_thread::yield();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(table.size(), 0U);
}

}  // namespace
}  // namespace octavo::protocol
