#include "protocol/mysql/language/execution.h"

namespace octavo::mysql {

Execution::Execution(SqlSession& session, std::string_view text,
                     std::span<const sql::Constant> parameters)
    : session_(session),
      text_(text),
      parameters_(parameters),
      running_(std::make_unique<Running>(session.shared().service.engine, session.running(),
                                         session.account(), session.state())) {
  running_->context().transaction = session.transaction().open();
  running_->context().held_tables = session.locked_tables().hold();
  // It has begun just now.
  running_->context().lock_wait = {.deadline_ns = running_->statement().started_ns() +
                                                  session.state().settings().row_lock_time.count()};
}

void Execution::unlock_tables() {
  running_->context().held_tables = nullptr;
  session_.locked_tables().release();
}

void Execution::set_writes() {
  writes_ = true;
  running_->context().read_newest = true;
}

void Execution::wrote(const catalog::TableDefinition& table, const Lsn& lsn,
                      Durability durability) {
  if (running_->has_own_transaction()) return;  // its commit tells
  if (running_->context().transaction != nullptr) {
    session_.transaction().add_write(table);
  } else {
    running_->statement().promise.add(lsn, durability);
  }
}

}  // namespace octavo::mysql
