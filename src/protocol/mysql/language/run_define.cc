// Definitions: decided on the newest state of the catalog, and committed for the user.

#include <utility>

#include "dialect/sql/define/define.h"
#include "dialect/sql/error/error.h"
#include "protocol/common/durable.h"
#include "protocol/mysql/language/run_statements.h"
#include "protocol/mysql/language/violations.h"

namespace octavo::mysql {
namespace {

// What a definition is about, for those who may not make it.
struct Target {
  std::string_view command, database, table;  // of a database the table is empty
};

Target of_table(std::string_view command, const sql::Path& path) {
  return {.command = command, .database = {}, .table = path.back()};
}

Target target_of(const sql::Statement& statement) {
  if (const auto* create = std::get_if<sql::Ref<sql::CreateTable>>(&statement.node)) {
    return of_table("CREATE", (*create)->table);
  }
  if (const auto* alter = std::get_if<sql::Ref<sql::AlterTable>>(&statement.node)) {
    return of_table("ALTER", (*alter)->table);
  }
  if (const auto* index = std::get_if<sql::Ref<sql::CreateIndex>>(&statement.node)) {
    return of_table("INDEX", (*index)->table);
  }
  if (const auto* index = std::get_if<sql::Ref<sql::DropIndex>>(&statement.node)) {
    return of_table("INDEX", (*index)->table);
  }
  if (const auto* drop = std::get_if<sql::Ref<sql::DropTables>>(&statement.node)) {
    return of_table("DROP", (*drop)->tables.front());
  }
  if (const auto* truncate = std::get_if<sql::Ref<sql::TruncateTable>>(&statement.node)) {
    return of_table("DROP", (*truncate)->table);
  }
  if (const auto* rename = std::get_if<sql::Ref<sql::RenameTables>>(&statement.node)) {
    return of_table("ALTER", (*rename)->renames.front().from);
  }
  if (const auto* create = std::get_if<sql::Ref<sql::CreateDatabase>>(&statement.node)) {
    return {.command = "CREATE", .database = (*create)->database, .table = {}};
  }
  if (const auto* drop = std::get_if<sql::Ref<sql::DropDatabase>>(&statement.node)) {
    return {.command = "DROP", .database = (*drop)->database, .table = {}};
  }
  return {};
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
                 .notes = execution.state().notes()} {}

  // Where it was committed; nothing: there was nothing to do.
  Result<std::optional<Lsn>> run() {
    catalog::Alteration last;
    std::optional<catalog::Violation> violation;
    const auto decide = [&](const catalog::CatalogState& state) -> Result<catalog::Alteration> {
      context_.notes.clear();
      TRY(last, sql::define(statement_, state, context_));
      return last;
    };
    TRY(const auto first, decide(*execution_.engine().catalog()));
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
    if (target.table.empty()) {
      return sql::error<1044>(session.client_user(), session.client_host(), target.database);
    }
    return sql::error<1142>(target.command, session.client_user(), session.client_host(),
                            target.table);
  }
  // What a row that is there does not keep of the new definition.
  std::unexpected<Error> broken(const catalog::Violation& violation,
                                const catalog::Alteration& alteration) const {
    for (const catalog::Change& change : alteration.changes) {
      const auto* put = std::get_if<catalog::PutTable>(&change);
      if (put != nullptr && put->table.id == violation.table) {
        return std::unexpected(violation_error(put->table, violation, 1));
      }
    }
    const auto table = execution_.engine().catalog()->share_table(violation.table);
    if (table == nullptr) return sql::error<1815>("a rule of a table that is gone is broken");
    return std::unexpected(violation_error(*table, violation, 1));
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
