#include "protocol/mysql/language/definer.h"

#include <utility>

#include "catalog/reserved.h"
#include "dialect/sql/define/accounts.h"
#include "dialect/sql/define/context.h"
#include "dialect/sql/define/define.h"
#include "dialect/sql/error/error.h"
#include "protocol/common/durable.h"
#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/run_statements.h"
#include "protocol/mysql/language/violations.h"
#include "protocol/mysql/service_state.h"

namespace octavo::mysql {
namespace {

// What a definition is about, for those who may not make it.
struct Target {
  std::string_view command;
  const sql::Path* table = nullptr;
  std::string_view database = {};  // where it is about no table
};

Target target_of(const sql::Statement& statement) {
  if (const auto* create = std::get_if<sql::Ref<sql::CreateTable>>(&statement.node)) {
    return {"CREATE", &(*create)->table};
  }
  if (const auto* alter = std::get_if<sql::Ref<sql::AlterTable>>(&statement.node)) {
    return {"ALTER", &(*alter)->table};
  }
  if (const auto* index = std::get_if<sql::Ref<sql::CreateIndex>>(&statement.node)) {
    return {"INDEX", &(*index)->table};
  }
  if (const auto* index = std::get_if<sql::Ref<sql::DropIndex>>(&statement.node)) {
    return {"INDEX", &(*index)->table};
  }
  if (const auto* view = std::get_if<sql::Ref<sql::CreateView>>(&statement.node)) {
    return {"CREATE VIEW", &(*view)->view};
  }
  if (const auto* drop = std::get_if<sql::Ref<sql::DropTables>>(&statement.node)) {
    return {"DROP", &(*drop)->tables.front()};
  }
  if (const auto* truncate = std::get_if<sql::Ref<sql::TruncateTable>>(&statement.node)) {
    return {"DROP", &(*truncate)->table};
  }
  if (const auto* rename = std::get_if<sql::Ref<sql::RenameTables>>(&statement.node)) {
    return {"ALTER", &(*rename)->renames.front().from};
  }
  if (const auto* create = std::get_if<sql::Ref<sql::CreateDatabase>>(&statement.node)) {
    return {.command = "CREATE", .database = (*create)->database};
  }
  if (const auto* drop = std::get_if<sql::Ref<sql::DropDatabase>>(&statement.node)) {
    return {.command = "DROP", .database = (*drop)->database};
  }
  return {};
}

bool is_about_users(const sql::Statement& statement) {
  const auto is = [&]<class... Node>() {
    return (std::holds_alternative<sql::Ref<Node>>(statement.node) || ...);
  };
  return is.operator()<sql::CreateUser, sql::DropUser, sql::RenameUser, sql::CreateRole>();
}

// A database that is made or changed counts as a row, and one that goes as so many as it had
// tables.
std::uint64_t affected_by(const catalog::Changes& changes) {
  std::uint64_t tables = 0;
  bool dropped = false;
  for (const catalog::Change& change : changes) {
    if (std::holds_alternative<catalog::PutDatabase>(change)) return 1;
    if (std::holds_alternative<catalog::DropTable>(change)) ++tables;
    if (std::holds_alternative<catalog::DropDatabase>(change)) dropped = true;
  }
  return dropped ? tables : 0;
}

// Tables that nobody else sees are what the name means, unless a statement is about those that
// everybody sees.
bool is_about_all(const sql::Statement& statement) {
  const auto* create = std::get_if<sql::Ref<sql::CreateTable>>(&statement.node);
  if (create != nullptr) return !(*create)->temporary && (*create)->like.empty();
  const auto* drop = std::get_if<sql::Ref<sql::DropTables>>(&statement.node);
  if (drop != nullptr) return (*drop)->views;
  return std::holds_alternative<sql::Ref<sql::RenameTables>>(statement.node) ||
         std::holds_alternative<sql::Ref<sql::CreateView>>(statement.node) ||
         std::holds_alternative<sql::Ref<sql::Grant>>(statement.node);
}

// While definitions change, which is no part of it.
class OutOfTransaction {
 public:
  explicit OutOfTransaction(exec::QueryContext& context)
      : context_(context), transaction_(std::exchange(context.transaction, nullptr)) {}
  ~OutOfTransaction() { context_.transaction = transaction_; }
  OutOfTransaction(const OutOfTransaction&) = delete;
  OutOfTransaction& operator=(const OutOfTransaction&) = delete;

 private:
  exec::QueryContext& context_;
  exec::Transaction* transaction_;
};

}  // namespace

Definer::Definer(Execution& execution, const sql::Statement& statement,
                 const BoundDefinition& bound)
    : execution_(execution),
      statement_(statement),
      facts_(execution.state().facts()),
      context_{.session = facts_,
               .constants = execution.running().context().evaluation,
               .server_collation = *execution.state().settings().server,
               .notes = execution.state().notes(),
               .account_of = account_of,
               .view = bound.view,
               .selected = bound.selected} {}

bool Definer::sees_temporary() const {
  return !execution_.session().temporary().empty() && !is_about_all(statement_);
}

Result<catalog::Alteration> Definer::decide(const catalog::CatalogState& state) {
  context_.notes.clear();
  const catalog::CatalogPtr seen =
      sees_temporary() ? execution_.session().temporary().over(state) : nullptr;
  const catalog::CatalogState& definitions = seen == nullptr ? state : *seen;
  TRY_STATUS(may_know(definitions));
  TRY(catalog::Alteration alteration, sql::define(statement_, definitions, context_));
  TRY_STATUS(check_locks(definitions, alteration.changes));
  return alteration;
}

Status Definer::check_locks(const catalog::CatalogState& state,
                            const catalog::Changes& changes) const {
  const LockedTables& locked = execution_.session().locked_tables();
  for (const catalog::Change& change : changes) {
    const catalog::TableDefinition* table = nullptr;
    if (const auto* put = std::get_if<catalog::PutTable>(&change)) {
      table = state.find_table(put->table.id);
    } else if (const auto* drop = std::get_if<catalog::DropTable>(&change)) {
      table = state.find_table(drop->id);
    }
    if (table != nullptr) TRY_STATUS(locked.check_definition(*table));
  }
  return {};
}

Result<std::optional<Lsn>> Definer::run() {
  std::optional<catalog::Violation> violation;
  const auto decide_again = [&](const catalog::CatalogState& state) -> Result<catalog::Alteration> {
    TRY(last_, decide(state));
    return last_;
  };
  const catalog::CatalogPtr now = execution_.engine().catalog();
  TRY_STATUS(may_try());
  TRY(const auto first, decide(*now));
  if (first.changes.empty()) return std::nullopt;
  const OutOfTransaction out(execution_.running().context());
  auto lsn = execution_.engine().alter(decide_again, execution_.running().context(), violation);
  if (lsn) affected_ = affected_by(last_.changes);
  if (lsn) return *lsn;
  if (lsn.error().code == Code::permission_denied) return denied();
  if (violation) return broken(*violation);
  return std::unexpected(std::move(lsn).error());
}

bool Definer::may_write(TableId system_table) const {
  const engine::Access& access = execution_.engine().access();
  return access
      .require(execution_.session().account(), catalog::Permission::write, catalog::kSystemDatabase,
               system_table)
      .has_value();
}
// Who may not change users or grants does not learn who there is.
Status Definer::may_try() const {
  if (is_about_users(statement_) && !may_write(catalog::kUsers)) {
    return sql::error<1227>("CREATE USER");
  }
  // With the rights of somebody else: those may be more than the user has.
  const auto* view = std::get_if<sql::Ref<sql::CreateView>>(&statement_.node);
  const bool of_another = view != nullptr && (*view)->definer && !(*view)->definer->current;
  if (of_another && !may_write(catalog::kUsers)) {
    const sql::NamedAccount definer =
        sql::account_named(*(*view)->definer, *execution_.engine().catalog(), context_);
    if (definer.name != execution_.session().account()) {
      return sql::error<1227>("SUPER or SET_USER_ID");
    }
  }
  const auto* grant = std::get_if<sql::Ref<sql::Grant>>(&statement_.node);
  if (grant != nullptr && !may_write(catalog::kGrants)) return may_not_grant(**grant);
  return {};
}
std::unexpected<Error> Definer::may_not_grant(const sql::Grant& grant) const {
  const SqlSession& session = execution_.session();
  if (!grant.level || grant.level->any_database) {
    return sql::error<1045>(session.client_user(), session.client_host(), "YES");
  }
  if (!grant.level->any_object) {
    return sql::error<1142>(grant.revoke ? "REVOKE" : "GRANT", session.client_user(),
                            session.client_host(), grant.level->name);
  }
  const std::string used = execution_.state().database.value_or("");
  const std::string_view said = grant.level->database;
  return sql::error<1044>(session.client_user(), session.client_host(),
                          said.empty() ? std::string_view(used) : said);
}
// Of a table that is there: what is wrong with a statement about it tells what it is like. That
// all may be changed that has to, the engine asks when it is.
Status Definer::may_know(const catalog::CatalogState& state) const {
  const Target target = target_of(statement_);
  if (target.table != nullptr) {
    TRY(const auto named, sql::find_table(*target.table, state, context_));
    if (named.table != nullptr) {
      TRY_STATUS(may_define(execution_.session(), target.command, *named.table));
    }
    if (named.view != nullptr) {
      TRY_STATUS(may_define(execution_.session(), target.command, *named.view));
    }
  }
  const auto* create = std::get_if<sql::Ref<sql::CreateTable>>(&statement_.node);
  if (create == nullptr || (*create)->like.empty()) return {};
  TRY(const auto source, sql::find_table((*create)->like, state, context_));
  if (source.table == nullptr) return {};
  return may_use(execution_.session(), sql::TableUse::read, *source.table);
}
std::unexpected<Error> Definer::denied() const {
  const SqlSession& session = execution_.session();
  const Target target = target_of(statement_);
  if (is_about_users(statement_)) return sql::error<1227>("CREATE USER, GRANT OPTION");
  if (const auto* grant = std::get_if<sql::Ref<sql::Grant>>(&statement_.node)) {
    return may_not_grant(**grant);
  }
  if (target.table == nullptr) {
    return sql::error<1044>(session.client_user(), session.client_host(), target.database);
  }
  return sql::error<1142>(target.command, session.client_user(), session.client_host(),
                          target.table->back());
}
// What a row that is there does not keep of the new definition.
std::unexpected<Error> Definer::broken(const catalog::Violation& violation) const {
  for (const catalog::Change& change : last_.changes) {
    const auto* put = std::get_if<catalog::PutTable>(&change);
    if (put != nullptr && put->table.id == violation.table) {
      return std::unexpected(
          violation_error(put->table, violation, 1, *execution_.engine().catalog()));
    }
  }
  const auto table = execution_.engine().catalog()->share_table(violation.table);
  if (table == nullptr) return sql::error<1815>("a rule of a table that is gone is broken");
  return std::unexpected(violation_error(*table, violation, 1, *execution_.engine().catalog()));
}

}  // namespace octavo::mysql
