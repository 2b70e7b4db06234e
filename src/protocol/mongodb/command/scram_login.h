#pragma once

// Logins by SASL: the conversation of SCRAM as the commands carry it. On the connection's thread.

#include <span>
#include <string_view>

#include "base/result.h"
#include "io/task.h"
#include "protocol/mongodb/command/client.h"
#include "protocol/mongodb/command/shared.h"
#include "value/value.h"

namespace octavo::mongodb {

inline constexpr std::string_view kScramSha256 = "SCRAM-SHA-256";
inline constexpr std::string_view kScramSha1 = "SCRAM-SHA-1";  // catalog/sha1_credentials.h
// Those that there are; not every user has credentials for the second one.
std::span<const std::string_view> login_mechanisms();

// What saslStart says, whether by itself or within a greeting.
struct LoginStart {
  std::string_view mechanism;
  value::Value payload;  // bytes, or a string in base 64
  std::string database;  // where the user is to be found; all are in one place here
  bool skip_empty_exchange = false;
};
LoginStart login_start(const value::Value& command, std::string database);

// The fields of the reply: conversationId, done, payload. A conversation before it is forgotten.
// 334: no such mechanism; 18.
Result<std::vector<value::Field>> begin_login(CommandShared& shared, Client& client,
                                              const LoginStart& start);
// saslContinue: the proof, or the empty message behind it. 17: there is no such conversation; 18.
io::Task<Result<std::vector<value::Field>>> continue_login(CommandShared& shared, Client& client,
                                                           std::int64_t id, value::Value payload);

}  // namespace octavo::mongodb
