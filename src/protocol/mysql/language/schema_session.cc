// Variables and counters, as performance_schema has them.

#include "base/clock.h"
#include "dialect/sql/convert/value.h"
#include "protocol/common/connection_table.h"
#include "protocol/mysql/language/schema_fill.h"
#include "protocol/mysql/language/sql_session.h"
#include "protocol/mysql/processes.h"

namespace octavo::mysql::schema {
namespace {

using sql::variable_flag::kGlobal;
using sql::variable_flag::kSession;

void add_variable(const sql::VariableRow& row, const value::Value& value, SchemaRows& rows) {
  rows.add({text_cell(row.name), text_cell(sql::shown_text(row, value))});
}

}  // namespace

// With those that only the server has, as MySQL shows them.
Status fill_session_variables(const SchemaContext& context, SchemaRows& rows) {
  for (const sql::VariableRow& row : sql::variable_rows()) {
    const bool own = row.has(kSession);
    add_variable(row,
                 own ? context.session.state().get(row) : context.session.shared().globals.get(row),
                 rows);
  }
  return {};
}

Status fill_global_variables(const SchemaContext& context, SchemaRows& rows) {
  for (const sql::VariableRow& row : sql::variable_rows()) {
    if (row.has(kGlobal)) add_variable(row, context.session.shared().globals.get(row), rows);
  }
  return {};
}

namespace {

// What MySQL counts and is counted here as well: of the client, or of the server.
Status fill_status(const SchemaContext& context, SchemaRows& rows, bool global) {
  SqlSession& session = context.session;
  const LanguageState& shared = session.shared();
  const protocol::ServiceContext& service = shared.service;
  const protocol::ConnectionInfo& info = session.connection().info();
  const auto add = [&rows](std::string_view name, std::uint64_t number) {
    rows.add({text_cell(name), text_cell(std::to_string(number))});
  };
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t up_ns = service.clock.monotonic_ns() - shared.started_ns;
  const std::uint64_t questions = shared.counts.questions.load(std::memory_order_relaxed);
  const Processes::Counts processes = shared.processes.counts();
  if (!global) {
    add("Bytes_received", info.bytes_in.get());
    add("Bytes_sent", info.bytes_out.get());
  }
  const CommandCounts& commands = global ? shared.commands : session.commands;
  for (std::size_t i = 0; i < command_names().size(); ++i) {
    add("Com_" + std::string(command_names()[i]), commands.of(i));
  }
  add("Connections", processes.opened);
  add("Max_used_connections", processes.most);
  add("Prepared_stmt_count", shared.counts.prepared.count());
  add("Queries", questions);
  add("Questions", global ? questions : info.commands.get());
  rows.add({text_cell("Ssl_cipher"), text_cell(info.tls ? "TLS" : "")});
  add("Threads_connected", service.connections.count(info.protocol));
  add("Threads_running", processes.running);
  add("Uptime", static_cast<std::uint64_t>(up_ns / kSecond));
  return {};
}

}  // namespace

Status fill_session_status(const SchemaContext& context, SchemaRows& rows) {
  return fill_status(context, rows, false);
}

Status fill_global_status(const SchemaContext& context, SchemaRows& rows) {
  return fill_status(context, rows, true);
}

Status fill_user_variables(const SchemaContext& context, SchemaRows& rows) {
  const sql::SessionState& state = context.session.state();
  for (const auto& [name, variable] : state.user_variables()) {
    const value::Value& value = variable.value;
    rows.add({number_cell(state.connection_id), text_cell(name),
              value.is_null() ? no_cell() : text_cell(sql::plain_text(value))});
  }
  return {};
}

}  // namespace octavo::mysql::schema
