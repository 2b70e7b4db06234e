#include "protocol/mongodb/command/statement_results.h"

#include <utility>

#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/client_sessions.h"

namespace octavo::mongodb {

using value::Value;

const Value* StatementResults::find(std::size_t statement) {
  if (!call_.is_retryable_write() || call_.session() == nullptr) return nullptr;
  const auto* const found = call_.session()->find_result(static_cast<std::int32_t>(statement));
  if (found != nullptr) retried_.push_back(statement);
  return found;
}

void StatementResults::keep(std::size_t statement, Value result) {
  if (!call_.is_retryable_write() || call_.session() == nullptr) return;
  call_.session()->keep_result(static_cast<std::int32_t>(statement), std::move(result));
}

void StatementResults::add_retried(Reply& reply) const {
  if (retried_.empty()) return;
  std::vector<Value> statements;
  for (const std::size_t statement : retried_) {
    statements.push_back(Value::int32(static_cast<std::int32_t>(statement)));
  }
  reply.add("retriedStmtIds", Value::array(std::move(statements)));
}

}  // namespace octavo::mongodb
