#pragma once

// The echo, served, and its clients.

#include <memory>
#include <string>

#include "protocol/common/test_support.h"
#include "protocol/echo/protocol.h"
#include "protocol/echo/test_disk.h"

namespace octavo::echo {

using Client = protocol::TestClient;

class Echo : public protocol::ServedTest {
 protected:
  static constexpr const protocol::Protocol* kRows[] = {&kProtocol};

  Echo() : ServedTest(kRows) {}

  io::FileSystem& disk() override { return disk_; }

  std::unique_ptr<Client> connect(const std::string& port = "echo") {
    return ServedTest::connect(port);
  }
  std::unique_ptr<Client> log_in(const std::string& user) {
    auto client = connect();
    EXPECT_EQ(client->ask("LOGIN " + user + " " + std::string(kPassword)), "OK");
    return client;
  }

  GatedDisk disk_;
};

}  // namespace octavo::echo
