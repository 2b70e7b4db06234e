#pragma once

// The dialogue with one client: a line at a time, each answered before the next is looked at.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/scope.h"
#include "io/task.h"
#include "protocol/common/connection.h"
#include "protocol/common/dispatch.h"
#include "protocol/common/engine_feed.h"
#include "protocol/common/jobs.h"
#include "protocol/common/logins.h"
#include "protocol/common/request_login.h"
#include "protocol/common/scram.h"
#include "protocol/common/statement.h"
#include "protocol/echo/service_state.h"

namespace octavo::echo {

class Session {
 public:
  Session(const ServiceState& service, protocol::Connection& connection);

  io::Task<void> serve();

 private:
  struct Command;
  static const Command kCommands[];

  io::Task<void> talk();
  io::Task<void> answer(std::string_view line);
  io::Task<void> offer_tls(std::string_view rest);
  io::Task<void> log_in(std::string_view rest);
  io::Task<void> scram(std::string_view message);
  io::Task<void> put(std::string_view rest);
  io::Task<void> feed(std::string_view name);
  io::Task<void> deliver();
  io::Task<void> stop_feed(std::string_view rest);
  io::Task<void> work(std::string_view rest);
  io::Task<void> jobs(std::string_view rest);
  io::Task<void> kill(std::string_view id);
  io::Task<void> show(std::string_view rest);

  void end_login(protocol::LoginOutcome outcome, std::string_view user, std::string_view greeting);
  void say(std::string_view line);
  void say(const Status& status);  // OK, or what is wrong
  void say_end(std::string_view what, protocol::End end, const Status& status);

  const ServiceState& service_;
  protocol::Connection& connection_;
  protocol::Dispatch dispatch_;
  protocol::Statements statements_;
  std::optional<protocol::PushedFeed> feed_;
  io::Scope scope_;  // of the feed's delivery
  const catalog::FindCredentials passwords_of_;
  protocol::RequestLogin passwords_;
  std::optional<protocol::ScramServer> scram_;  // which awaits the client's last message
  std::string user_;                            // empty: nobody yet
  bool tls_follows_ = false;                    // the line was a request for it
};

}  // namespace octavo::echo
