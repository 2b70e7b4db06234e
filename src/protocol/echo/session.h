#pragma once

// The dialogue with one client: a line at a time, each answered before the next is looked at.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/task.h"
#include "protocol/common/connection.h"
#include "protocol/common/logins.h"
#include "protocol/common/request_login.h"
#include "protocol/common/scram.h"
#include "protocol/echo/service_state.h"

namespace octavo::echo {

class Session {
 public:
  Session(ServiceState& service, protocol::Connection& connection);

  io::Task<void> serve();

 private:
  struct Command;
  static const Command kCommands[];

  io::Task<void> answer(std::string_view line);
  io::Task<void> log_in(std::string_view rest);
  io::Task<void> scram(std::string_view message);
  io::Task<void> put(std::string_view rest);

  catalog::FindCredentials credentials() const;
  void end_login(protocol::LoginOutcome outcome, std::string_view user, std::string_view greeting);
  void say(std::string_view line);
  void say(const Status& status);  // OK, or what is wrong

  ServiceState& service_;
  protocol::Connection& connection_;
  protocol::RequestLogin passwords_;
  std::optional<protocol::ScramServer> scram_;  // which awaits the client's last message
  std::string user_;                            // empty: nobody yet
};

}  // namespace octavo::echo
