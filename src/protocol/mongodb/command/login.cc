// Who the client is: saslStart and what follows.

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/client.h"
#include "protocol/mongodb/command/roles.h"
#include "protocol/mongodb/command/scram_login.h"

namespace octavo::mongodb {
namespace {

using value::Value;

io::Task<Result<Reply>> start_login(CommandCall& call) {
  Reply reply;
  CO_TRY(reply.fields,
         begin_login(call.shared(), call.client(), login_start(call.body(), call.database())));
  co_return reply;
}

io::Task<Result<Reply>> go_on_with_login(CommandCall& call) {
  auto fields =
      co_await continue_login(call.shared(), call.client(),
                              call.integer("conversationId").value_or(0), *call.find("payload"));
  if (!fields) co_return std::unexpected(std::move(fields).error());
  Reply reply;
  reply.fields = *std::move(fields);
  co_return reply;
}

// X.509, and the first mechanism of all.
io::Task<Result<Reply>> authenticate(CommandCall& call) {
  static_cast<void>(call);
  co_return error(ErrorCode::authentication_failed, "Authentication failed.");
}

io::Task<Result<Reply>> log_out(CommandCall& call) {
  call.client().logged_in = false;
  call.client().connection.info().set_attribute("user", {});
  co_return Reply();
}

io::Task<Result<Reply>> tell_status(CommandCall& call) {
  const Client& client = call.client();
  std::vector<Value> users;
  std::vector<Value> roles;
  std::vector<Value> privileges;
  if (client.logged_in) {
    users.push_back(document({{"user", text(client.user)}, {"db", text(client.login_database)}}));
    roles = to_values(inherited_roles_of(*call.engine().catalog(), client.user));
    privileges = privileges_of(*call.engine().catalog(), client.user);
  }
  std::vector<value::Field> info;
  info.push_back({"authenticatedUsers", Value::array(std::move(users))});
  info.push_back({"authenticatedUserRoles", Value::array(std::move(roles))});
  if (call.flag("showPrivileges")) {
    info.push_back({"authenticatedUserPrivileges", Value::array(std::move(privileges))});
  }
  Reply reply;
  reply.add("authInfo", Value::object(std::move(info)));
  co_return reply;
}

constexpr FieldRow kStartFields[] = {
    {"mechanism", field::kString, FieldRule::required},
    {"payload", field::kBinary | field::kString, FieldRule::required},
    {"autoAuthorize", field::kFlag, FieldRule::ignored},
    {"options", field::kObject},
};
constexpr FieldRow kContinueFields[] = {
    {"conversationId", field::kNumber, FieldRule::required},
    {"payload", field::kBinary | field::kString, FieldRule::required},
};
constexpr FieldRow kAuthenticateFields[] = {{"mechanism", field::kString},
                                            {"user", field::kString},
                                            {"nonce", field::kString},
                                            {"key", field::kString}};
constexpr FieldRow kStatusFields[] = {{"showPrivileges", field::kFlag}};

constexpr CommandRow kRows[] = {
    {.name = "saslStart",
     .flags = kBeforeLogin | kStableApi | kSecret,
     .fields = kStartFields,
     .dialogue = start_login,
     .help = "Begins a login."},
    {.name = "saslContinue",
     .flags = kBeforeLogin | kStableApi | kSecret,
     .fields = kContinueFields,
     .dialogue = go_on_with_login,
     .help = "Goes on with a login."},
    {.name = "authenticate",
     .flags = kBeforeLogin | kStableApi | kSecret,
     .fields = kAuthenticateFields,
     .dialogue = authenticate,
     .help = "Logs in by a certificate, which is not supported."},
    {.name = "logout", .flags = kBeforeLogin, .dialogue = log_out, .help = "Undoes a login."},
    {.name = "connectionStatus",
     .flags = kBeforeLogin,
     .fields = kStatusFields,
     .dialogue = tell_status,
     .help = "Who has logged in, and what they may do."},
};

}  // namespace

std::span<const CommandRow> login_commands() { return kRows; }

}  // namespace octavo::mongodb
