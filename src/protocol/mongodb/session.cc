#include "protocol/mongodb/session.h"

#include <utility>

#include "base/logging.h"
#include "catalog/model.h"
#include "dialect/mongodb/error/error.h"
#include "engine/administrator.h"
#include "protocol/common/handshake_deadline.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::size_t kKeptBytes = 64 * kKiB;  // buffers up to this are kept
// What a client may send that has to log in and has not.
constexpr std::size_t kMaxStrangerBytes = 64 * kKiB;
// What may wait for the end of the round, in which others' replies leave as well.
constexpr std::size_t kMaxUnsentBytes = 256 * kKiB;
constexpr std::string_view kCommandCollection = ".$cmd";
constexpr std::size_t kSignatureBytes = 20;

// Whether the reply is to be written by a worker. Compression takes much longer than writing.
bool is_large(const Reply& reply, const Request& request) {
  const std::size_t most = request.compressor == nullptr ? protocol::kMaxInlineReplyBytes
                                                         : protocol::kMaxInlineRequestBytes;
  std::size_t bytes = 0;
  for (const value::Field& field : reply.fields) {
    bytes += field.value.memory_bytes(most);
    if (bytes >= most) return true;
  }
  return false;
}

// Nobody signs it: who may give it back may write as well.
Value cluster_time(LogTime time) {
  std::vector<value::Field> signature;
  signature.push_back({"hash", Value::bytes(Bytes(kSignatureBytes, '\0'))});
  signature.push_back({"keyId", Value::int64(0)});
  std::vector<value::Field> fields;
  fields.push_back({"clusterTime", time.to_value()});
  fields.push_back({"signature", Value::object(std::move(signature))});
  return Value::object(std::move(fields));
}

Value labels_of(const std::vector<std::string>& labels) {
  std::vector<Value> values;
  values.reserve(labels.size());
  for (const std::string& label : labels) values.push_back(Value::string(label));
  return Value::array(std::move(values));
}

// Errors have no topologyVersion: drivers would take one that never changes for older than what
// they know, and pass over what the error says of the server.
void put_reply(const Reply& reply, std::optional<LogTime> time, ReplyFrame& frame) {
  if (!reply.error) {
    for (const value::Field& field : reply.fields) frame.add(field.name, field.value);
  }
  frame.add("ok", Value::float64(reply.error ? 0 : 1));
  if (reply.error) {
    const std::uint32_t number = reply.error->number;
    frame.add("errmsg", Value::string(reply.error->what));
    frame.add("code", Value::int32(static_cast<std::int32_t>(number)));
    frame.add("codeName", Value::string(code_name(number)));
    for (const value::Field& field : reply.fields) frame.add(field.name, field.value);
  }
  if (!reply.labels.empty()) frame.add("errorLabels", labels_of(reply.labels));
  if (time) {
    frame.add("$clusterTime", cluster_time(*time));
    frame.add("operationTime", time->to_value());
  }
  frame.end();
}

Reply failure(Error error) { return Reply::failure(with_number(std::move(error)), {}); }

}  // namespace

Session::Session(CommandShared& shared, protocol::Connection& connection)
    : shared_(shared),
      connection_(connection),
      dispatch_(shared.service.workers, connection),
      statements_(connection, shared.service.jobs, shared.service.workers),
      client_(connection) {}

io::Task<void> Session::serve() {
  // Connections that watch the server never log in, so that only their first words have a deadline.
  const protocol::HandshakeDeadline deadline(connection_, [this] { return greeted_; });
  bool go_on = true;
  while (go_on) {
    go_on = co_await serve_frames();
    if (go_on) go_on = co_await connection_.flush();
    if (go_on) go_on = co_await connection_.fill();
  }
}

// Every whole message that has come; false: the connection is to end.
io::Task<bool> Session::serve_frames() {
  for (;;) {
    const Frame frame = next_frame(connection_.input(), most_bytes());
    if (frame.state == Frame::State::more) co_return true;
    if (frame.state == Frame::State::bad) {
      log_problem(frame.problem);
      co_return false;
    }
    greeted_ = true;
    Result<Request> request = co_await parse(frame);
    if (!request) {
      log_problem(request.error().what);
      co_return false;
    }
    connection_.hold(unpacked_.capacity());
    co_await answer(*std::move(request));
    connection_.consume(frame.header.length);
    if (closing_) co_return false;
    if (unpacked_.capacity() > kKeptBytes) Bytes().swap(unpacked_);
    connection_.hold(unpacked_.capacity());
    if (connection_.unsent() >= kMaxUnsentBytes || connection_.blocked()) {
      const bool sent = co_await connection_.flush();
      if (!sent) co_return false;
    }
  }
}

// What a message may have.
std::size_t Session::most_bytes() { return user().empty() ? kMaxStrangerBytes : kMaxFrameBytes; }

io::Task<Result<Request>> Session::parse(const Frame& frame) {
  if (frame.plain_size() <= protocol::kMaxInlineRequestBytes) {
    co_return parse_request(frame, unpacked_);
  }
  auto job = [&]() -> Result<Request> {
    try {
      return parse_request(frame, unpacked_);
    } catch (const std::bad_alloc& failure) {
      return fail(value::out_of_memory(failure));
    }
  };
  Result<Request> parsed = co_await dispatch_.compute(std::move(job));
  co_return parsed;
}

void Session::log_problem(std::string_view problem) {
  log_warning("a MongoDB client was dropped: its message makes no sense",
              {{"client", io::format_address(connection_.info().peer)}, {"problem", problem}});
}

// Who asks, as of now: everybody is the administrator while that one has no password.
const std::string& Session::user() {
  if (!client_.logged_in) {
    const bool open = !engine::administrator_has_password(shared_.service.engine);
    client_.user = open ? catalog::kAdminName : std::string_view();
  }
  return client_.user;
}

io::Task<void> Session::answer(Request request) {
  connection_.info().commands.add(1);
  value::Account account = protocol::query_account(shared_.service.engine);
  Result<Route> route;
  auto body = co_await read(request, account);
  if (body) {
    route = find_route(request, *std::move(body));
  } else {
    route = std::unexpected(std::move(body).error());
  }
  if (!route) {
    if (!request.more_to_come) co_await send(request, failure(std::move(route).error()), false);
    co_return;
  }
  connection_.info().set_last_command(route->command->name.data());
  bool more = co_await answer_once(request, *route, std::move(account));
  while (more) {
    request.id = replies_;  // the next one answers this one
    const bool sent = co_await connection_.flush();
    if (!sent || connection_.draining()) {
      closing_ = true;
      co_return;
    }
    more = co_await answer_once(request, *route, protocol::query_account(shared_.service.engine));
  }
}

// True: further replies are to follow, to the same request.
io::Task<bool> Session::answer_once(const Request& request, const Route& route,
                                    value::Account account) {
  protocol::Statement statement(statements_, user(), std::move(account));
  CommandCall call(*route.command, route.database, route.body, shared_, client_, statement);
  const Reply reply = co_await perform(call, request);
  if (closing_ || request.more_to_come) co_return false;
  const bool more = reply.more && request.exhaust_allowed && !reply.error;
  co_await send(request, reply, more);
  co_return more && !closing_;
}

io::Task<Result<Value>> Session::read(const Request& request, value::Account& account) {
  const auto parse = [&request, &account]() -> Result<Value> {
    const value::Account::Use use(&account);
    try {
      return read_command(request);
    } catch (const std::bad_alloc& failure) {
      return fail(value::out_of_memory(failure));
    }
  };
  std::size_t size = request.body.size();
  for (const DocumentSequence& sequence : request.sequences) size += sequence.documents.size();
  if (size <= protocol::kMaxInlineRequestBytes) co_return parse();
  auto job = parse;
  Result<Value> parsed = co_await dispatch_.compute(std::move(job));
  co_return parsed;
}

Result<Session::Route> Session::find_route(const Request& request, Value body) {
  const value::ObjectView fields = body.as_object();
  const std::string_view name = fields.empty() ? std::string_view() : fields.front().name;
  Route route;
  route.command = find_command(name);
  if (request.opcode == Opcode::query) {
    const bool greets = route.command != nullptr && (route.command->flags & kOldGreeting) != 0;
    if (!greets || !request.collection.ends_with(kCommandCollection)) {
      return error(ErrorCode::unsupported_op_query_command,
                   "Unsupported OP_QUERY command: {}. The client driver may require an upgrade.",
                   name);
    }
    route.database =
        request.collection.substr(0, request.collection.size() - kCommandCollection.size());
  } else {
    const Value* const database = body.find("$db");
    if (database == nullptr) return error(40571, "OP_MSG requests require a $db argument");
    if (!database->is_string()) {
      return wrong_type("$db", *database, field::kString);
    }
    route.database = database->as_string();
  }
  if (route.command == nullptr) {
    return error(ErrorCode::command_not_found, "no such command: '{}'", name);
  }
  route.body = std::move(body);
  return route;
}

io::Task<void> Session::send(const Request& request, const Reply& reply, bool more) {
  const std::uint32_t id = ++replies_;
  std::optional<LogTime> time;
  if (shared_.is_replica_set()) time = shared_.clock.now();
  if (!is_large(reply, request)) {
    ReplyFrame frame(connection_.output(), request, id, more);
    put_reply(reply, time, frame);
  } else {
    auto job = [&]() -> Result<Bytes> {
      Bytes out;
      ReplyFrame frame(out, request, id, more);
      put_reply(reply, time, frame);
      return out;
    };
    Result<Bytes> encoded = co_await dispatch_.compute(std::move(job));
    if (!encoded) {
      closing_ = true;  // no worker takes it: the server stops
      co_return;
    }
    connection_.append(*std::move(encoded));
  }
  connection_.flush_soon();
}

}  // namespace octavo::mongodb
