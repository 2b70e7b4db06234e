#include "protocol/mongodb/command/scram_login.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/base64.h"
#include "base/crypto.h"
#include "catalog/sha1_credentials.h"
#include "dialect/mongodb/error/error.h"
#include "engine/login_credentials.h"
#include "protocol/common/logins.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/field.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

constexpr std::string_view kMechanisms[] = {kScramSha256, kScramSha1};

// Those of SHA-1. Whoever has none goes the way of a wrong password; what is made up for that comes
// of the server's secret alone, under a name that nobody has, and not of what the user has else.
catalog::FindCredentials find_sha1_credentials(const CommandShared& shared) {
  const auto& engine = shared.service.engine;
  const auto& credentials = shared.service.credentials;
  return [&engine, &credentials](const std::string& user) -> catalog::Credentials {
    const catalog::CatalogPtr state = engine.catalog();
    catalog::Credentials made_up = catalog::made_up_sha1_credentials(
        credentials.with_password(state, std::string("sha1\0", 5) + user));
    auto found = catalog::sha1_credentials(*state, user);
    if (found) return *std::move(found);
    return made_up;
  };
}

catalog::FindCredentials find_by(const CommandShared& shared, std::string_view mechanism) {
  return mechanism == kScramSha1 ? find_sha1_credentials(shared) : shared.passwords;
}

// Always the same: it does not tell who is there.
std::unexpected<Error> failed() {
  return error(ErrorCode::authentication_failed, "Authentication failed.");
}

std::optional<Bytes> message_of(const Value& payload) {
  if (payload.type() == Type::bytes) return Bytes(payload.as_bytes());
  if (payload.is_string()) return base64_decode(payload.as_string());
  return std::nullopt;
}

// In the form in which the client sends its own.
Value payload_like(const Value& sent, BytesView message) {
  return sent.is_string() ? text(base64_encode(message)) : Value::bytes(message);
}

std::vector<value::Field> step(std::int32_t id, bool done, Value payload) {
  std::vector<value::Field> fields;
  fields.push_back({"conversationId", Value::int32(id)});
  fields.push_back({"done", Value::boolean(done)});
  fields.push_back({"payload", std::move(payload)});
  return fields;
}

void become(Client& client, const std::string& user) {
  client.user = user;
  client.logged_in = true;
  client.login_database = client.scram->database;
}

}  // namespace

std::span<const std::string_view> login_mechanisms() { return kMechanisms; }

LoginStart login_start(const Value& command, std::string database) {
  LoginStart start{.mechanism = {}, .payload = {}, .database = std::move(database)};
  if (const Value* mechanism = command.find("mechanism");
      mechanism != nullptr && mechanism->is_string()) {
    start.mechanism = mechanism->as_string();
  }
  if (const Value* payload = command.find("payload")) start.payload = *payload;
  const Value* const options = command.find("options");
  const Value* const skip = options == nullptr ? nullptr : options->find("skipEmptyExchange");
  start.skip_empty_exchange = skip != nullptr && to_flag(*skip);
  return start;
}

Result<std::vector<value::Field>> begin_login(CommandShared& shared, Client& client,
                                              const LoginStart& start) {
  client.scram.reset();
  if (std::ranges::find(kMechanisms, start.mechanism) == std::end(kMechanisms)) {
    return error(ErrorCode::mechanism_unavailable,
                 "Received authentication for mechanism {} which is unknown or not enabled",
                 start.mechanism);
  }
  const auto message = message_of(start.payload);
  if (!message) return failed();
  ScramConversation conversation(protocol::ScramServer(find_by(shared, start.mechanism)));
  conversation.database = start.database;
  conversation.skip_empty_exchange = start.skip_empty_exchange;
  const auto answer = conversation.scram.first(*message);
  if (!answer) return failed();
  client.scram.emplace(std::move(conversation));
  return step(client.scram->id, false, payload_like(start.payload, *answer));
}

io::Task<Result<std::vector<value::Field>>> continue_login(CommandShared& shared, Client& client,
                                                           std::int64_t id, Value payload) {
  if (!client.scram || client.scram->id != id) {
    co_return error(ErrorCode::protocol_error, "No SASL session state found");
  }
  ScramConversation& conversation = *client.scram;
  if (conversation.proven) {
    become(client, conversation.scram.user());
    client.scram.reset();
    co_return step(static_cast<std::int32_t>(id), true, payload_like(payload, {}));
  }
  const auto message = message_of(payload);
  if (!message || !conversation.scram.proof(*message)) {
    client.scram.reset();
    co_return failed();
  }
  const bool is_sha1 = conversation.scram.credentials().stored_key.size() == kSha1Size;
  const std::string_view mechanism = is_sha1 ? kScramSha1 : kScramSha256;
  protocol::Login login(conversation.scram.user(), protocol::LoginCost::little,
                        conversation.scram.credentials(), find_by(shared, mechanism));
  login.fits = [&conversation] { return conversation.scram.proof_fits(); };
  const auto outcome = co_await shared.service.logins.log_in(client.connection, std::move(login));
  if (outcome != protocol::LoginOutcome::right) {
    client.scram.reset();
    const bool refused = outcome == protocol::LoginOutcome::refused;
    if (refused) {
      co_return error(ErrorCode::authentication_failed, "{}", protocol::kTooManyFailedLogins);
    }
    co_return failed();
  }
  auto reply = step(static_cast<std::int32_t>(id), conversation.skip_empty_exchange,
                    payload_like(payload, conversation.scram.last()));
  conversation.proven = true;
  if (conversation.skip_empty_exchange) {
    become(client, conversation.scram.user());
    client.scram.reset();
  }
  co_return reply;
}

}  // namespace octavo::mongodb
