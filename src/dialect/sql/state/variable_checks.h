#pragma once

// What single rows of variables do with a value (variable_rows.cc), and the faces that some have of
// each other.

#include "dialect/sql/state/variable_row.h"

namespace octavo::sql {

// VariableRow::check
Result<value::Value> check_mode(const VariableRow& row, value::Value given);
Result<value::Value> check_zone(const VariableRow& row, value::Value given);
Result<value::Value> check_collation(const VariableRow& row, value::Value given);
Result<value::Value> check_charset(const VariableRow& row, value::Value given);

// Of the character sets that are those of a collation's variable.
value::Value connection_charset(const VariableValues& values);
void set_connection_charset(VariableValues& values, const value::Value& value);
value::Value server_charset(const VariableValues& values);
void set_server_charset(VariableValues& values, const value::Value& value);
value::Value database_charset(const VariableValues& values);
void set_database_charset(VariableValues& values, const value::Value& value);

// Counters of a session.
value::Value read_errors(const SessionState& session);
value::Value read_warnings(const SessionState& session);
value::Value read_last_insert_id(const SessionState& session);
void set_last_insert_id(SessionState& session, const value::Value& value);
value::Value read_timestamp(const SessionState& session);
void set_timestamp(SessionState& session, const value::Value& value);
value::Value read_connection_id(const SessionState& session);

}  // namespace octavo::sql
