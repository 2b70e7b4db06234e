#pragma once

// What the log keeps of a retryable write: the results of its statements, in the record of the
// statements themselves (base/retry_token.h). So a retry after a restart finds them as well.

#include <cstddef>
#include <span>

#include "base/result.h"
#include "base/retry_token.h"
#include "engine/engine.h"
#include "value/value.h"

namespace octavo::mongodb {

class ClientSession;
class CommandCall;

// Of one statement of a call that is a retryable write.
Result<RetryToken> retry_token(const CommandCall& call, std::size_t statement,
                               const value::Value& result);
// Of statements that have the same result: their numbers, ascending.
Result<RetryToken> retry_token(const CommandCall& call, std::span<const std::size_t> statements,
                               const value::Value& result);
// Of the commit of the session's transaction.
RetryToken commit_token(const ClientSession& session);

// Gives a session what the log knows of it. May read from the disk.
Status recall_session(engine::Engine& engine, ClientSession& session);

}  // namespace octavo::mongodb
