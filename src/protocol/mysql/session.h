#pragma once

// The dialogue with one client: login, then a command at a time, each answered before the next one
// is looked at.

#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "io/remote_handle.h"
#include "io/task.h"
#include "protocol/common/connection.h"
#include "protocol/mysql/handshake.h"
#include "protocol/mysql/local_infile.h"
#include "protocol/mysql/prepared.h"
#include "protocol/mysql/row_encoder.h"
#include "protocol/mysql/service_state.h"
#include "protocol/mysql/transport.h"

namespace octavo::mysql {

class Session {
 public:
  Session(ServiceState& service, protocol::Connection& connection);

  io::Task<void> serve();

 private:
  struct Command;
  static const Command kCommands[];

  // --- session_login.cc ---
  io::Task<bool> log_in();
  HandshakeContext handshake_context() const;
  io::Task<bool> authenticate(Handshake& handshake, Handshake::Step step);
  io::Task<std::optional<Handshake::Checked>> check(const Handshake& handshake);
  io::Task<std::optional<Bytes>> public_key();
  io::Task<bool> begin();  // after a login: the client's database, and OK
  io::Task<void> change_user(BytesView rest);
  io::Task<void> reset_connection(BytesView rest);

  // --- session_commands.cc ---
  io::Task<void> serve_commands();
  io::Task<void> answer();
  io::Task<void> quit(BytesView rest);
  io::Task<void> use(BytesView rest);
  io::Task<void> list_fields(BytesView rest);
  io::Task<void> refuse(BytesView rest);
  io::Task<void> refuse_log(BytesView rest);
  io::Task<void> tell_statistics(BytesView rest);
  io::Task<void> list_processes(BytesView rest);
  io::Task<void> kill(BytesView rest);
  io::Task<void> debug(BytesView rest);
  io::Task<void> ping(BytesView rest);
  io::Task<void> set_option(BytesView rest);

  // --- session_query.cc ---
  io::Task<void> query(BytesView rest);
  // False: an error was the answer, and no further result follows.
  io::Task<bool> reply(Answer answer, RowForm form, bool more);
  io::Task<bool> send_rows(Rows& rows, RowForm form, bool more);
  io::Task<bool> load_file(FileRows& rows, bool more);

  // --- session_prepared.cc ---
  io::Task<void> prepare(BytesView rest);
  io::Task<void> execute(BytesView rest);
  void open_cursor(Prepared& prepared, std::unique_ptr<Rows> rows);
  io::Task<void> fetch(BytesView rest);
  io::Task<void> send_long_data(BytesView rest);
  io::Task<void> close_statement(BytesView rest);
  io::Task<void> reset_statement(BytesView rest);

  bool has(Capabilities flag) const { return (client_.capabilities & flag) != 0; }
  Ending ending(std::uint16_t further = 0);  // with what has changed
  Ending standing() const;                   // without
  void say_ok(const Done& done, bool more = false);
  void say_end(std::uint16_t further = 0);
  void say_columns(std::span<const Column> columns);
  void say(const Error& error) { transport_.tell_error(error); }
  void say(std::unexpected<Error> error) { say(error.error()); }
  void settle();
  void set_patience();
  void on_kill(Kill what);

  ServiceState& service_;
  protocol::Connection& connection_;
  Transport transport_;
  Bytes command_;
  Bytes payload_;  // of further packets that belong to it
  ClientResponse client_;
  std::unique_ptr<Statements> statements_;
  PreparedStatements prepared_;
  bool running_ = false;  // a command
  bool closing_ = false;
  std::optional<Processes::Entry> process_;  // once it has logged in
  const io::Reachable<Session> reachable_;
};

}  // namespace octavo::mysql
