// How clients greet the server, and watch it: hello, and isMaster as it was called before.

#include <algorithm>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/bson_form.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/client.h"
#include "protocol/mongodb/command/scram_login.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

constexpr std::int64_t kNanosPerMilli = 1'000'000;
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr std::int64_t kTopologyCounter = 0;  // nothing of it ever changes in one run
constexpr std::int64_t kTerm = 1;

Value topology_version(const CommandShared& shared) {
  return document(
      {{"processId", shared.identity.process}, {"counter", Value::int64(kTopologyCounter)}});
}

Value last_write(LogTime time) {
  const Value place = document({{"ts", time.to_value()}, {"t", Value::int64(kTerm)}});
  const Value when = date(std::int64_t{time.seconds} * kNanosPerSecond);
  return document({{"opTime", place},
                   {"lastWriteDate", when},
                   {"majorityOpTime", place},
                   {"majorityWriteDate", when}});
}

// --- What the client says of itself ---

constexpr std::size_t kMaxMetadataBytes = 512;
constexpr std::size_t kMaxApplicationBytes = 128;

Status take_metadata(CommandCall& call) {
  Client& client = call.client();
  const Value* const metadata = call.find("client");
  if (metadata == nullptr) return {};
  if (!client.metadata.is_null()) {
    return error(ErrorCode::client_metadata_cannot_be_mutated,
                 "The client metadata document may only be sent in the first hello");
  }
  if (!metadata->is_object()) {
    return wrong_type(fmt::format("{}.client", call.name()), *metadata, field::kObject);
  }
  if (bson_size(*metadata) > kMaxMetadataBytes) {
    return error(185, "The client metadata document must be less then or equal to {} bytes",
                 kMaxMetadataBytes);
  }
  const Value* const application = metadata->find("application");
  const Value* const name = application == nullptr ? nullptr : application->find("name");
  if (name != nullptr && name->is_string()) {
    if (name->as_string().size() > kMaxApplicationBytes) {
      return error(184,
                   "The 'application.name' field must be less then or equal to {} bytes in "
                   "length",
                   kMaxApplicationBytes);
    }
    client.application = name->as_string();
    client.connection.info().set_attribute("name", client.application);
  }
  client.metadata = *metadata;
  return {};
}

// --- Waiting for a change of the topology ---

// Whether the client knows what there is, and waits for something else.
Result<bool> awaits_change(CommandCall& call) {
  const Value* const version = call.find("topologyVersion");
  const std::optional<std::int64_t> time = call.integer("maxAwaitTimeMS");
  if ((version != nullptr) != time.has_value()) {
    return error(31368, "A request with '{}' must include '{}'",
                 time ? "maxAwaitTimeMS" : "topologyVersion",
                 time ? "topologyVersion" : "maxAwaitTimeMS");
  }
  if (version == nullptr) return false;
  if (*time < 0) return error(31373, "maxAwaitTimeMS must be a non-negative integer");
  const Value* const process = version->find("processId");
  const Value* const counter = version->find("counter");
  if (process == nullptr || counter == nullptr || counter->type() != Type::int64) {
    return error(ErrorCode::type_mismatch,
                 "BSON field '{}.topologyVersion' has to have a processId and a counter",
                 call.name());
  }
  const bool same = value::compare(*process, call.shared().identity.process, value::Order::bson) ==
                    std::strong_ordering::equal;
  if (counter->as_int64() < 0) {
    return error(31372, "topologyVersion must have a non-negative counter");
  }
  if (same && counter->as_int64() > kTopologyCounter) {
    return error(31382,
                 "Received a topology version with counter: {} which is greater than the server "
                 "topology version counter: {}",
                 counter->as_int64(), kTopologyCounter);
  }
  return same;
}

// --- What it asks for beside ---

Status add_mechanisms(CommandCall& call, Reply& reply) {
  const Value* const asked = call.find("saslSupportedMechs");
  if (asked == nullptr) return {};
  if (asked->is_object()) {
    return error(ErrorCode::bad_value, "'saslSupportedMechs' has to name a user");
  }
  if (!asked->is_string()) {
    return wrong_type(fmt::format("{}.saslSupportedMechs", call.name()), *asked, field::kString);
  }
  if (asked->as_string().find('.') == std::string_view::npos) {
    return error(ErrorCode::bad_value, "UserName must contain a '.' separated database.user pair");
  }
  // The same for whoever is named: it does not tell who is there.
  std::vector<Value> mechanisms;
  for (const std::string_view mechanism : login_mechanisms()) mechanisms.push_back(text(mechanism));
  reply.add("saslSupportedMechs", Value::array(std::move(mechanisms)));
  return {};
}

// A login that begins with the greeting. One that fails is begun again by the client, who learns
// why then.
void add_login(CommandCall& call, Reply& reply) {
  const Value* const start = call.find("speculativeAuthenticate");
  if (start == nullptr || !start->is_object()) return;
  const Value* const database = start->find("db");
  const bool named = database != nullptr && database->is_string();
  auto begun = begin_login(call.shared(), call.client(),
                           login_start(*start, named ? std::string(database->as_string()) : ""));
  if (begun) reply.add("speculativeAuthenticate", Value::object(*std::move(begun)));
}

void add_compression(CommandCall& call, Reply& reply) {
  const std::vector<std::string_view>& known = call.shared().options.compressors;
  std::vector<Value> both;
  for (const Value& name : call.elements("compression")) {
    const bool shared =
        name.is_string() && std::ranges::find(known, name.as_string()) != known.end();
    if (shared) both.push_back(name);
  }
  if (!both.empty()) reply.add("compression", Value::array(std::move(both)));
}

// --- The reply ---

void add_set(CommandCall& call, std::string_view primary_field, Reply& reply) {
  CommandShared& shared = call.shared();
  const Value me = text(advertised_address(shared, call.client().connection));
  reply.add("hosts", Value::array({me}))
      .add("setName", text(shared.options.set_name))
      .add("setVersion", Value::int32(1))
      .add(primary_field, Value::boolean(true))
      .add("secondary", Value::boolean(false))
      .add("primary", me)
      .add("me", me)
      .add("electionId", shared.identity.election)
      .add("lastWrite", last_write(shared.clock.now()));
}

Reply greeting(CommandCall& call, std::string_view primary_field) {
  CommandShared& shared = call.shared();
  const auto id = std::to_underlying(call.client().connection.info().id);
  Reply reply;
  if (call.flag("helloOk")) reply.add("helloOk", Value::boolean(true));
  reply.add("topologyVersion", topology_version(shared));
  if (shared.is_replica_set()) {
    add_set(call, primary_field, reply);
  } else {
    reply.add(primary_field, Value::boolean(true));
  }
  reply.add("maxBsonObjectSize", Value::int32(kMaxBsonBytes))
      .add("maxMessageSizeBytes", Value::int32(kMaxMessageBytes))
      .add("maxWriteBatchSize", Value::int32(kMaxWriteBatch))
      .add("localTime", date(shared.service.clock.wall_ns()))
      .add("logicalSessionTimeoutMinutes", Value::int32(kSessionMinutes))
      .add("connectionId", int32(id))
      .add("minWireVersion", Value::int32(0))
      .add("maxWireVersion", Value::int32(kMaxWireVersion))
      .add("readOnly", Value::boolean(false));
  return reply;
}

Result<Reply> greet(CommandCall& call, std::string_view primary_field) {
  TRY(const bool waits, awaits_change(call));
  if (waits && !call.waits_are_over()) {
    const std::int64_t limit_ns = *call.integer("maxAwaitTimeMS") * kNanosPerMilli;
    const bool first = call.wait_until_ns() == 0;
    return call.wait(first ? call.monotonic_ns() + limit_ns : call.wait_until_ns());
  }
  TRY_STATUS(take_metadata(call));
  Reply reply = greeting(call, primary_field);
  add_compression(call, reply);
  TRY_STATUS(add_mechanisms(call, reply));
  add_login(call, reply);
  reply.more = waits && call.exhaust_allowed();
  return reply;
}

Result<Reply> run_hello(CommandCall& call) { return greet(call, "isWritablePrimary"); }
Result<Reply> run_is_master(CommandCall& call) { return greet(call, "ismaster"); }

constexpr FieldRow kFields[] = {
    {"maxAwaitTimeMS", field::kNumber},
    {"topologyVersion", field::kObject},
    {"compression", field::kArray},
    {"helloOk", field::kFlag},
};

constexpr CommandFlags kFlags = kBeforeLogin | kHere | kAnyFields | kOldGreeting;

constexpr CommandRow kRows[] = {
    {.name = "hello",
     .flags = kFlags | kStableApi,
     .fields = kFields,
     .run = run_hello,
     .help = "What the server is, and its place in its set."},
    {.name = "isMaster",
     .aliases = {"ismaster"},
     .flags = kFlags,
     .fields = kFields,
     .run = run_is_master,
     .help = "The same, in the words of old clients."},
};

}  // namespace

std::span<const CommandRow> hello_commands() { return kRows; }

}  // namespace octavo::mongodb
