#pragma once

// The dialogue with one client: a request at a time, each answered before the next is looked at.
// Everything here is on the connection's thread, except what is handed to workers.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "io/remote_handle.h"
#include "io/task.h"
#include "protocol/common/connection.h"
#include "protocol/common/dispatch.h"
#include "protocol/common/statement.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/checks.h"
#include "protocol/mongodb/command/client.h"
#include "protocol/mongodb/command/client_sessions.h"
#include "protocol/mongodb/command/shared.h"
#include "protocol/mongodb/frame.h"

namespace octavo::mongodb {

class Session {
 public:
  // Both outlive it.
  Session(CommandShared& shared, protocol::Connection& connection);

  // Before `serve`: it is this user's, without a login. For connections within the process.
  void trust(std::string_view user) {
    client_.user = user;
    client_.logged_in = true;
  }

  io::Task<void> serve();

 private:
  // What a request asks for.
  struct Route {
    const CommandRow* command = nullptr;
    std::string database;
    value::Value body;
  };

  // --- session.cc: requests and replies. ---
  io::Task<bool> serve_frames();
  std::size_t most_bytes();
  io::Task<Result<Request>> parse(const Frame& frame);
  io::Task<void> answer(Request request);
  io::Task<bool> answer_once(const Request& request, const Route& route, value::Account account);
  io::Task<Result<value::Value>> read(const Request& request, value::Account& account);
  Result<Route> find_route(const Request& request, value::Value body);
  io::Task<void> send(const Request& request, const Reply& reply, bool more);
  void log_problem(std::string_view problem);
  const std::string& user();

  // --- session_run.cc: from a command to its reply. ---
  io::Task<Reply> perform(CommandCall& call, const Request& request);
  io::Task<Reply> perform_checked(CommandCall& call, CallChecks& checks);
  Status admit(const CommandCall& call) const;
  io::Task<Status> recall(CommandCall& call, ClientSession& session);
  io::Task<Result<Reply>> execute(CommandCall& call);
  io::Task<Result<Reply>> run_once(CommandCall& call);
  io::Task<void> wait(CommandCall& call, std::int64_t until_ns);
  io::Task<void> keep_promise(CommandCall& call, Reply& reply);
  void list(CommandCall& call);
  io::Task<Status> wait_durable(CommandCall& call, bool& timed_out);

  CommandShared& shared_;
  protocol::Connection& connection_;
  protocol::Dispatch dispatch_;
  protocol::Statements statements_;
  Client client_;
  Bytes unpacked_;  // the request that is answered, where it came compressed
  std::uint32_t replies_ = 0;
  bool greeted_ = false;  // a whole message has come
  bool closing_ = false;
};

}  // namespace octavo::mongodb
