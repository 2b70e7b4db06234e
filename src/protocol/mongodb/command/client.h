#pragma once

// What commands know of the connection that they came over. On its thread, but for what is constant
// while a command runs.

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/common/connection.h"
#include "protocol/common/scram.h"
#include "value/value.h"

namespace octavo::mongodb {

// A conversation of SCRAM that has begun.
struct ScramConversation {
  explicit ScramConversation(protocol::ScramServer server) : scram(std::move(server)) {}
  protocol::ScramServer scram;
  std::int32_t id = 1;
  std::string database;
  bool skip_empty_exchange = false;
  bool proven = false;  // only the empty exchange is left
};

struct Client {
  explicit Client(protocol::Connection& given) : connection(given) {}

  protocol::Connection& connection;
  std::string user;        // whose rights count; empty: nobody has logged in, and it is asked for
  bool logged_in = false;  // by itself, and not for want of passwords
  std::string login_database;
  std::optional<ScramConversation> scram;
  value::Value metadata;  // what the driver says of itself; null: nothing
  std::string application;
};

}  // namespace octavo::mongodb
