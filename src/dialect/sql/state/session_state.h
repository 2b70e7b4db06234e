#pragma once

// A session: its variables, and what statements leave behind for those that follow. One thread at a
// time.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "dialect/sql/function/session_facts.h"
#include "dialect/sql/state/settings.h"
#include "dialect/sql/state/transaction.h"
#include "dialect/sql/state/variable_values.h"
#include "dialect/sql/type/type.h"
#include "function/notes.h"
#include "value/value.h"

namespace octavo::sql {

struct UserValue {
  value::Value value;
  Type type;
};

class SessionState {
 public:
  explicit SessionState(const GlobalVariables& globals);

  // Everything as it was at the beginning, but for who it is.
  void reset();

  const Settings& settings() const { return settings_; }
  // Another one whenever they may have changed.
  std::uint64_t settings_revision() const { return settings_revision_; }

  // --- Variables ---
  value::Value get(const VariableRow& row) const;
  const VariableValues& values() const { return values_; }
  // A value that `checked_value` has made; the row is one that a session may set.
  void put(const VariableRow& row, value::Value value);

  // Case does not count. Null: it was never set.
  const UserValue* find_user_variable(std::string_view name) const;
  void set_user_variable(std::string_view name, UserValue variable);
  const std::map<std::string, UserValue, std::less<>>& user_variables() const { return user_; }

  // --- What a statement tells ---
  function::Notes& notes() { return notes_; }
  const function::Notes& notes() const { return notes_; }
  std::uint64_t error_count() const;
  // At the beginning of a statement that may tell something.
  void clear_notes();
  // sql_notes = OFF: what is told of the lowest level is dropped.
  void end_notes();

  // --- The time of the statement that runs ---
  void set_now(std::int64_t wall_ns) { now_ns = fixed_now_ns.value_or(wall_ns); }

  SessionFacts facts() const;

  std::optional<std::string> database;
  std::string user;          // as the client said: 'name@host'
  std::string current_user;  // as it was let in: 'name@%'
  std::string version;
  std::uint64_t connection_id = 0;
  std::uint64_t locks = 0;  // SessionFacts
  Transaction transaction;
  NextCharacteristics next_transaction;
  TransactionTracker tracker;

  std::uint64_t last_insert_id = 0;  // LAST_INSERT_ID()
  std::uint64_t found_rows = 0;
  std::int64_t row_count = -1;
  std::int64_t now_ns = 0;
  std::optional<std::int64_t> fixed_now_ns;  // SET timestamp = …

 private:
  const GlobalVariables& globals_;
  VariableValues values_;
  Settings settings_;
  std::uint64_t settings_revision_ = 0;
  std::map<std::string, UserValue, std::less<>> user_;  // by lower case name
  function::Notes notes_;
};

}  // namespace octavo::sql
