#include "protocol/mongodb/command/statement_results.h"

#include <utility>

#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/client_sessions.h"

namespace octavo::mongodb {

using value::Value;

const Value* StatementResults::find(std::size_t statement) {
  if (!call_.is_retryable_write() || call_.session() == nullptr) return nullptr;
  const auto* const found = call_.session()->find_result(static_cast<std::int32_t>(statement));
  if (found == nullptr) return nullptr;
  retried_.push_back(statement);
  const auto& promise = call_.session()->promise();
  if (promise) call_.wrote(promise->first, promise->second);
  return found;
}

void StatementResults::keep(std::size_t statement, Value result, bool in_log) {
  if (!call_.is_retryable_write() || call_.session() == nullptr) return;
  call_.session()->keep_result(static_cast<std::int32_t>(statement), std::move(result), in_log);
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
