#include "protocol/mongodb/command/retry_record.h"

#include <limits>
#include <string_view>
#include <utility>

#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/client_sessions.h"
#include "value/document.h"

namespace octavo::mongodb {
namespace {

using value::Value;

// A commit stands behind all statements that there can be.
constexpr std::uint32_t kCommit = std::numeric_limits<std::uint32_t>::max();

// Names of sessions are those of all protocols. The id has 16 bytes, so that the user's name needs
// no end.
Bytes session_name(const SessionKey& key) {
  constexpr std::string_view kProtocol = "mongodb/";
  Bytes name(kProtocol);
  return name.append(key.id).append(key.user);
}

RetryToken token_of(const SessionKey& key, std::int64_t number) {
  RetryToken token;
  token.session = session_name(key);
  token.number = static_cast<std::uint64_t>(number);
  return token;
}

}  // namespace

Result<RetryToken> retry_token(const CommandCall& call, std::size_t statement,
                               const Value& result) {
  return retry_token(call, std::span(&statement, 1), result);
}

Result<RetryToken> retry_token(const CommandCall& call, std::span<const std::size_t> statements,
                               const Value& result) {
  RetryToken token = token_of(*call.session_key(), *call.txn_number());
  Bytes outcome;
  TRY_STATUS(value::encode_document(result, outcome));
  for (const std::size_t statement : statements) {
    auto& runs = token.statements;
    if (!runs.empty() && runs.back().end() == statement) {
      ++runs.back().count;
    } else {
      runs.push_back({static_cast<std::uint32_t>(statement), 1, outcome});
    }
  }
  return token;
}

RetryToken commit_token(const ClientSession& session) {
  RetryToken token = token_of(session.key(), session.number());
  token.statements.push_back({kCommit, 1, {}});
  return token;
}

Status recall_session(engine::Engine& engine, ClientSession& session) {
  ClientSession::Past past;
  TRY(const auto known, engine.retried(session_name(session.key())));
  if (known) past.number = static_cast<std::int64_t>(known->number);
  for (std::size_t i = 0; known && i < known->statements.size(); ++i) {
    const DoneStatements& done = known->statements[i];
    past.committed |= done.first == kCommit;
    if (done.first == kCommit) continue;
    TRY(const Value result, value::decode_document(done.outcome));
    for (std::uint64_t statement = done.first; statement < done.end(); ++statement) {
      past.results.emplace(static_cast<std::int32_t>(statement), result);
    }
  }
  session.recall(std::move(past));
  return {};
}

}  // namespace octavo::mongodb
