// Variables and counters, as performance_schema has them.

#include "base/clock.h"
#include "dialect/sql/convert/value.h"
#include "protocol/common/connection_table.h"
#include "protocol/mysql/language/schema_fill.h"
#include "protocol/mysql/language/sql_session.h"

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

// What MySQL counts and is counted here as well.
Status fill_status(const SchemaContext& context, SchemaRows& rows) {
  const protocol::ServiceContext& service = context.session.shared().service;
  const protocol::ConnectionInfo& info = context.session.connection().info();
  const auto add = [&rows](std::string_view name, std::uint64_t number) {
    rows.add({text_cell(name), text_cell(std::to_string(number))});
  };
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t up_ns = service.clock.monotonic_ns() - context.session.shared().started_ns;
  add("Bytes_received", info.bytes_in.get());
  add("Bytes_sent", info.bytes_out.get());
  add("Questions", info.commands.get());
  rows.add({text_cell("Ssl_cipher"), text_cell(info.tls ? "TLS" : "")});
  const std::uint64_t threads = service.connections.count(info.protocol);
  add("Threads_connected", threads);
  add("Threads_running", 1);
  add("Uptime", static_cast<std::uint64_t>(up_ns / kSecond));
  return {};
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
