#include "protocol/mysql/language/running.h"

#include "base/clock.h"
#include "dialect/sql/error/error.h"

namespace octavo::mysql {
namespace {

// A job's text is for people.
constexpr std::size_t kShownBytes = 1'000;

}  // namespace

Running::Running(engine::Engine& engine, protocol::Statements& all, std::string_view user,
                 sql::SessionState& session)
    : engine_(engine), statement_(all, user, protocol::query_account(engine)) {
  context().one_version = true;
  function::EvalContext& evaluation = context().evaluation;
  evaluation.notes = &session.notes();
  session.set_now(evaluation.now_ns);
  evaluation.now_ns = session.now_ns;
  context().checks_references = session.settings().foreign_key_checks;
}

void Running::require_transaction() {
  if (context().transaction != nullptr) return;
  own_transaction_ = engine_.begin({});
  context().transaction = own_transaction_.get();
}

Status Running::commit_own() {
  if (own_transaction_ == nullptr) return {};
  context().leave_version();
  const auto own = std::exchange(own_transaction_, nullptr);
  const bool has_written = own->has_written();
  const Durability durability = own->durability();
  Result<Lsn> lsn = has_written ? own->commit(context()) : Result<Lsn>(Lsn());
  context().transaction = nullptr;
  if (!lsn) return std::unexpected(std::move(lsn).error());
  if (has_written) statement_.promise.add(*lsn, durability);
  return {};
}

void Running::leave_transaction() {
  context().leave_version();
  context().transaction = nullptr;
  own_transaction_.reset();
}

void Running::begin_waits(Nanoseconds most) {
  context().lock_wait = {.deadline_ns = system_clock().monotonic_ns() + most.count()};
}

void Running::list(std::string_view text) {
  if (std::exchange(listed_, true)) return;
  protocol::Job job;
  job.text = [shown = std::string(text.substr(0, kShownBytes))] { return shown; };
  statement_.list(std::move(job));
}

Error Running::told(Error error) const {
  const bool by_end = error.code == Code::cancelled && error.number == 0;
  if (by_end && statement_.end() == protocol::End::server) return sql::error<1053>().error();
  if (error.number == 0) {
    const bool changed = statement_.context().definition_changed && error.code == Code::conflict;
    if (changed) return sql::error<1412>().error();
    switch (statement_.context().lock_refusal) {
      case exec::LockRefusal::none: break;
      case exec::LockRefusal::timed_out: return sql::error<1205>().error();
      case exec::LockRefusal::not_free: return sql::error<3572>().error();
      case exec::LockRefusal::deadlock: return sql::error<1213>().error();
    }
  }
  return sql::with_number(std::move(error));
}

}  // namespace octavo::mysql
