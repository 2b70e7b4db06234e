#pragma once

// Results of the statements of a retryable write, kept with the client's session and in the log: a
// statement that was done already is not done again, its result is given once more (drivers'
// specification "Retryable Writes").

#include <cstddef>
#include <vector>

#include "protocol/mongodb/command/reply.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

class StatementResults {
 public:
  explicit StatementResults(CommandCall& call) : call_(call) {}

  // What the statement gave before; null: it has not been done, or is none that is retried.
  const value::Value* find(std::size_t statement);
  // `in_log`: the record of what it has written has it (`retry_token`).
  void keep(std::size_t statement, value::Value result, bool in_log);
  // `retriedStmtIds`, where there are some.
  void add_retried(Reply& reply) const;

 private:
  CommandCall& call_;
  std::vector<std::size_t> retried_;
};

}  // namespace octavo::mongodb
