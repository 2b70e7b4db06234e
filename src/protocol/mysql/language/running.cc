#include "protocol/mysql/language/running.h"

#include "dialect/sql/error/error.h"

namespace octavo::mysql {
namespace {

// A job's text is for people.
constexpr std::size_t kShownBytes = 1'000;

}  // namespace

Running::Running(engine::Engine& engine, protocol::Statements& all, std::string_view user,
                 sql::SessionState& session)
    : statement_(all, user, protocol::query_account(engine)) {
  function::EvalContext& evaluation = context().evaluation;
  evaluation.notes = &session.notes();
  session.set_now(evaluation.now_ns);
  evaluation.now_ns = session.now_ns;
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
  return sql::with_number(std::move(error));
}

}  // namespace octavo::mysql
