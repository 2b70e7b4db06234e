// SET in all its forms: values are computed first, then looked at, and then all of them assigned.

#include <utility>

#include "base/overloaded.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/state/words.h"
#include "protocol/mysql/language/expressions.h"
#include "protocol/mysql/language/run_statements.h"

namespace octavo::mysql {
namespace {

using sql::VariableRow;
using sql::VariableScope;
using value::Value;

// An assignment that was found right.
struct Assignment {
  const VariableRow* row = nullptr;  // null: of the user's variable
  bool global = false;
  Value value;
  std::string name;  // of the user's
  sql::UserValue kept;
};

// One that is said.
sql::IsolationLevel level_of(sql::Isolation said) {
  switch (said) {
    case sql::Isolation::read_uncommitted: return sql::IsolationLevel::read_uncommitted;
    case sql::Isolation::read_committed: return sql::IsolationLevel::read_committed;
    case sql::Isolation::serializable: return sql::IsolationLevel::serializable;
    case sql::Isolation::repeatable_read:
    case sql::Isolation::unsaid: break;
  }
  return sql::IsolationLevel::repeatable_read;
}

// The words ON, SYSTEM, utf8mb4 are values where an expression would take them for columns.
const sql::ColumnName* word_of(const sql::Expr& expression) {
  const auto* name = std::get_if<sql::ColumnName>(&expression.node);
  return name != nullptr && name->path.size() == 1 ? name : nullptr;
}

bool is_of_transactions(const VariableRow& row) {
  return row.name == "transaction_isolation" || row.name == "transaction_read_only";
}

class Setter {
 public:
  explicit Setter(Execution& execution) : execution_(execution), state_(execution.state()) {}

  // Values of expressions, in the order in which `needs` gave them.
  std::vector<sql::Expr> expressions;
  std::vector<sql::Constant> values;
  bool commits = false;  // once assigned: autocommit was switched on

  void needs(const sql::SetItem& item);
  Status look_at(const sql::SetItem& item);
  void assign();

 private:
  Status look_at(const sql::SetVariable& set);
  Status look_at(const sql::SetUserVariable& set);
  Status look_at(const sql::SetNames& set);
  Status look_at(const sql::SetTransaction& set);

  Status add(const VariableRow& row, bool global, const Value& given);
  Status add(std::string_view name, bool global, const Value& given) {
    return add(*sql::find_variable(name), global, given);
  }
  Status may_set(const VariableRow& row, bool global) const;
  Value fallback(const VariableRow& row, bool global) const {
    return global ? sql::fallback_of(row) : execution_.shared().globals.get(row);
  }
  Status add_to_next(const VariableRow& row, const Value& given);
  void tell(const VariableRow& row) const;

  Execution& execution_;
  sql::SessionState& state_;
  std::size_t next_ = 0;
  std::vector<Assignment> assignments_;
  sql::NextCharacteristics next_transaction_;
};

void Setter::needs(const sql::SetItem& item) {
  if (const auto* variable = std::get_if<sql::SetVariable>(&item)) {
    if (variable->value && word_of(*variable->value) == nullptr) {
      expressions.push_back(*variable->value);
    }
  }
  if (const auto* variable = std::get_if<sql::SetUserVariable>(&item)) {
    expressions.push_back(*variable->value);
  }
}

Status Setter::look_at(const sql::SetItem& item) {
  return std::visit(
      Overloaded{[this](const sql::SetVariable& set) { return look_at(set); },
                 [this](const sql::SetUserVariable& set) { return look_at(set); },
                 [this](const sql::SetNames& set) { return look_at(set); },
                 [this](const sql::SetTransaction& set) { return look_at(set); },
                 // Of a statement of its own.
                 [](const sql::Ref<sql::SetPassword>&) -> Status {
                   return sql::not_supported("SET PASSWORD with other settings");
                 },
                 [](const sql::RoleSet&) -> Status { return sql::not_supported("SET ROLE"); }},
      item);
}

Status Setter::may_set(const VariableRow& row, bool global) const {
  using namespace sql::variable_flag;
  if (row.has(kReadOnly)) return sql::error<1238>(row.name, "read only");
  if (global && !row.has(kGlobal)) return sql::error<1228>(row.name);
  if (!global && !row.has(kSession)) return sql::error<1229>(row.name);
  if (!global && row.has(kGlobalOnlySet)) return sql::error<1621>("SESSION", row.name);
  if (!global) return {};
  const engine::Access& access = execution_.engine().access();
  if (access.require(execution_.session().account(), catalog::Permission::config, {}, {})) {
    return {};
  }
  return sql::error<1227>("SUPER or SYSTEM_VARIABLES_ADMIN");
}

Status Setter::add(const VariableRow& row, bool global, const Value& given) {
  TRY_STATUS(may_set(row, global));
  const bool strict = (state_.settings().mode & sql::sql_mode::kStrictAllTables) != 0;
  const sql::GivenValue value{.value = given, .strict = strict};
  auto checked = sql::checked_value(row, value, state_.notes());
  if (!checked && global && row.has(sql::variable_flag::kFixed)) {
    // What it is already changes nothing.
    VariableRow any = row;
    any.flags = static_cast<std::uint16_t>(any.flags & ~sql::variable_flag::kFixed);
    auto same = sql::checked_value(any, value, state_.notes());
    if (same && *same == execution_.shared().globals.get(row)) checked = std::move(same);
  }
  if (!checked) return std::unexpected(std::move(checked).error());
  assignments_.push_back(
      {.row = &row, .global = global, .value = *std::move(checked), .name = {}, .kept = {}});
  return {};
}

Status Setter::look_at(const sql::SetVariable& set) {
  if (set.scope == VariableScope::persist || set.scope == VariableScope::persist_only) {
    return sql::not_supported("SET PERSIST");
  }
  const std::string name = sql::lower_case(set.name.back());
  const VariableRow* row = set.name.size() == 1 ? sql::find_variable(name) : nullptr;
  if (row == nullptr) return sql::error<1193>(name);
  const bool global = set.scope == VariableScope::global;
  if (!set.value) {
    if (row->set_live != nullptr) return add(*row, global, sql::fallback_of(*row));
    return add(*row, global, fallback(*row, global));
  }
  const sql::ColumnName* const word = word_of(*set.value);
  const Value given = word != nullptr ? Value::string(word->path.front()) : values[next_++].value;
  if (set.by_sign && set.scope == VariableScope::none && is_of_transactions(*row)) {
    return add_to_next(*row, given);
  }
  return add(*row, global, given);
}

// SET @@transaction_isolation = …: as SET TRANSACTION.
Status Setter::add_to_next(const VariableRow& row, const Value& given) {
  if (state_.transaction.open) return sql::error<1568>();
  TRY(const Value value, sql::checked_value(row, {.value = given, .strict = true}, state_.notes()));
  if (value.is_string()) {
    next_transaction_.isolation = sql::isolation_of_text(value.as_string());
  } else {
    next_transaction_.read_only = value.to_int64().value_or(0) != 0;
  }
  return {};
}

Status Setter::look_at(const sql::SetUserVariable& set) {
  TRY(auto kept, user_value(values[next_++], execution_));
  assignments_.push_back({.row = nullptr,
                          .global = false,
                          .value = {},
                          .name = std::string(set.name),
                          .kept = std::move(kept)});
  return {};
}

Status Setter::look_at(const sql::SetNames& set) {
  const sql::GlobalVariables& globals = execution_.shared().globals;
  const VariableRow& client = *sql::find_variable("character_set_client");
  const Value wanted = set.charset.empty() ? globals.get(client) : Value::string(set.charset);
  const value::Charset* charset = value::find_charset(wanted.as_string());
  if (charset == nullptr) return sql::error<1115>(wanted.as_string());
  const Value name = Value::string(charset->name);
  TRY_STATUS(add(client, false, name));
  if (!set.names) {
    // SET CHARACTER SET: texts of statements are of the database's set.
    TRY_STATUS(add("character_set_connection", false,
                   state_.get(*sql::find_variable("character_set_database"))));
    return add("character_set_results", false, name);
  }
  TRY_STATUS(add("character_set_connection", false, name));
  TRY_STATUS(add("character_set_results", false, name));
  if (set.collation.empty()) return {};
  const value::Collation* collation = value::find_collation(set.collation);
  if (collation == nullptr) return sql::error<1273>(set.collation);
  if (collation->charset != charset->id) return sql::error<1253>(set.collation, charset->name);
  return add("collation_connection", false, Value::string(collation->name));
}

Status Setter::look_at(const sql::SetTransaction& set) {
  const bool next = set.scope == VariableScope::none;
  const bool global = set.scope == VariableScope::global;
  if (next && state_.transaction.open) return sql::error<1568>();
  if (set.access != sql::AccessMode::unsaid) {
    const bool read_only = set.access == sql::AccessMode::read_only;
    if (next) {
      next_transaction_.read_only = read_only;
    } else {
      TRY_STATUS(add("transaction_read_only", global, Value::int64(read_only ? 1 : 0)));
    }
  }
  if (set.isolation == sql::Isolation::unsaid) return {};
  const sql::IsolationLevel level = level_of(set.isolation);
  if (!next) return add("transaction_isolation", global, Value::string(sql::isolation_text(level)));
  next_transaction_.isolation = level;
  return {};
}

// session_track_system_variables: a list of names, or all.
void Setter::tell(const VariableRow& row) const {
  std::string_view names = state_.values().text("session_track_system_variables");
  while (!names.empty()) {
    const std::size_t comma = names.find(',');
    const std::string_view name = sql::trimmed(names.substr(0, comma));
    names = comma == names.npos ? std::string_view() : names.substr(comma + 1);
    if (name != "*" && !sql::same_word(name, row.name)) continue;
    execution_.session().tell({.kind = StateChange::Kind::variable,
                               .name = std::string(row.name),
                               .value = sql::shown_text(row, state_.get(row))});
    return;
  }
}

void Setter::assign() {
  const bool before = state_.settings().autocommit;
  for (Assignment& one : assignments_) {
    if (one.row == nullptr) {
      state_.set_user_variable(one.name, std::move(one.kept));
    } else if (one.global) {
      if (one.row->name == "max_prepared_stmt_count") {
        execution_.shared().counts.prepared.set_most(
            static_cast<std::size_t>(one.value.to_int64().value_or(0)));
      }
      execution_.shared().globals.put(*one.row, std::move(one.value));
    } else {
      state_.put(*one.row, std::move(one.value));
      tell(*one.row);
    }
  }
  commits = !before && state_.settings().autocommit;
  sql::NextCharacteristics& next = state_.next_transaction;
  if (next_transaction_.isolation) next.isolation = next_transaction_.isolation;
  if (next_transaction_.read_only) next.read_only = next_transaction_.read_only;
  state_.row_count = 0;
}

// ALTER USER in older words.
Answered set_password(Execution& execution, const sql::SetPassword& set) {
  const sql::UserSpec spec{.account = set.account.value_or(sql::Account{.current = true}),
                           .authentication = set.authentication};
  const sql::CreateUser alter{.alter = true, .users = sql::List<sql::UserSpec>(&spec, 1)};
  const sql::Statement statement{.node = sql::Ref<sql::CreateUser>(&alter)};
  auto answer = co_await run_definition(execution, statement);
  const bool unknown = !answer && answer.error().number == 1396;
  if (unknown) co_return sql::error<1133>();
  co_return answer;
}

}  // namespace

Answered run_set(Execution& execution, const sql::Set& set) {
  if (set.items.size() == 1) {
    if (const auto* password = std::get_if<sql::Ref<sql::SetPassword>>(&set.items.front())) {
      auto answer = co_await set_password(execution, **password);
      co_return answer;
    }
  }
  Setter setter(execution);
  for (const sql::SetItem& item : set.items) setter.needs(item);
  auto values = co_await evaluate(execution, std::move(setter.expressions));
  if (!values) co_return std::unexpected(std::move(values).error());
  setter.values = *std::move(values);
  for (const sql::SetItem& item : set.items) CO_TRY_STATUS(setter.look_at(item));
  setter.assign();
  if (setter.commits) {
    const Status committed = co_await execution.session().transaction().commit(execution);
    if (!committed) co_return std::unexpected(committed.error());
  }
  Answer answer;
  answer.what = Done();
  co_return answer;
}

}  // namespace octavo::mysql
