// Definitions: decided on the newest state of the catalog, and committed for the user.

#include <utility>

#include "catalog/reserved.h"
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

// On a worker.
class Definer {
 public:
  Definer(Execution& execution, const sql::Statement& statement)
      : execution_(execution),
        statement_(statement),
        facts_(execution.state().facts()),
        context_{.session = facts_,
                 .constants = execution.running().context().evaluation,
                 .server_collation = *execution.state().settings().server,
                 .notes = execution.state().notes(),
                 .account_of = account_of} {}

  // Where it was committed; nothing: there was nothing to do.
  Result<std::optional<Lsn>> run() {
    catalog::Alteration last;
    std::optional<catalog::Violation> violation;
    const auto decide = [&](const catalog::CatalogState& state) -> Result<catalog::Alteration> {
      context_.notes.clear();
      TRY_STATUS(may_know(state));
      TRY(last, sql::define(statement_, state, context_));
      return last;
    };
    const catalog::CatalogPtr now = execution_.engine().catalog();
    TRY_STATUS(may_try());
    TRY(const auto first, decide(*now));
    if (first.changes.empty()) return std::nullopt;
    auto lsn = execution_.engine().alter(decide, execution_.running().context(), violation);
    if (lsn) affected_ = affected_by(last.changes);
    if (lsn) return *lsn;
    if (lsn.error().code == Code::permission_denied) return denied();
    if (violation) return broken(*violation, last);
    return std::unexpected(std::move(lsn).error());
  }

  std::uint64_t affected() const { return affected_; }

 private:
  bool may_write(TableId system_table) const {
    const engine::Access& access = execution_.engine().access();
    return access
        .require(execution_.session().account(), catalog::Permission::write,
                 catalog::kSystemDatabase, system_table)
        .has_value();
  }
  // Who may not change users or grants does not learn who there is.
  Status may_try() const {
    if (is_about_users(statement_) && !may_write(catalog::kUsers)) {
      return sql::error<1227>("CREATE USER");
    }
    const auto* grant = std::get_if<sql::Ref<sql::Grant>>(&statement_.node);
    if (grant != nullptr && !may_write(catalog::kGrants)) return may_not_grant(**grant);
    return {};
  }
  std::unexpected<Error> may_not_grant(const sql::Grant& grant) const {
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
  Status may_know(const catalog::CatalogState& state) const {
    const Target target = target_of(statement_);
    if (target.table != nullptr) {
      TRY(const auto named, sql::find_table(*target.table, state, context_));
      if (named.table != nullptr) {
        TRY_STATUS(may_define(execution_.session(), target.command, *named.table));
      }
    }
    const auto* create = std::get_if<sql::Ref<sql::CreateTable>>(&statement_.node);
    if (create == nullptr || (*create)->like.empty()) return {};
    TRY(const auto source, sql::find_table((*create)->like, state, context_));
    if (source.table == nullptr) return {};
    return may_use(execution_.session(), sql::TableUse::read, *source.table);
  }
  // A database that is made or changed counts as a row, and one that goes as so many as it had
  // tables.
  static std::uint64_t affected_by(const catalog::Changes& changes) {
    std::uint64_t tables = 0;
    bool dropped = false;
    for (const catalog::Change& change : changes) {
      if (std::holds_alternative<catalog::PutDatabase>(change)) return 1;
      if (std::holds_alternative<catalog::DropTable>(change)) ++tables;
      if (std::holds_alternative<catalog::DropDatabase>(change)) dropped = true;
    }
    return dropped ? tables : 0;
  }
  std::unexpected<Error> denied() const {
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
  std::unexpected<Error> broken(const catalog::Violation& violation,
                                const catalog::Alteration& alteration) const {
    for (const catalog::Change& change : alteration.changes) {
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

  Execution& execution_;
  const sql::Statement& statement_;
  const sql::SessionFacts facts_;
  sql::DefineContext context_;
  std::uint64_t affected_ = 0;
};

}  // namespace

Answered run_definition(Execution& execution, const sql::Statement& statement) {
  execution.running().begin_waits(execution.state().settings().table_lock_time);
  Definer definer(execution, statement);
  auto work = [&definer] { return definer.run(); };
  const auto defined = co_await execution.on_worker(std::move(work));
  if (!defined) co_return std::unexpected(defined.error());
  if (*defined) {
    protocol::Statement& running = execution.running().statement();
    running.promise.add(**defined, Durability::disk);
    const Status durable = co_await protocol::wait_durable(execution.engine(), running.promise);
    if (!durable) co_return std::unexpected(durable.error());
  }
  sql::SessionState& state = execution.state();
  const bool drops = std::holds_alternative<sql::Ref<sql::DropDatabase>>(statement.node);
  if (drops && state.database &&
      execution.engine().catalog()->find_database(*state.database) == nullptr) {
    execution.session().set_database({});
  }
  state.row_count = 0;
  Answer answer;
  answer.what = Done{.affected = definer.affected(), .insert_id = 0, .info = {}};
  co_return answer;
}

}  // namespace octavo::mysql
