#include "protocol/mongodb/transfer/remote.h"

#include <fmt/format.h>
#include <mongoc/mongoc.h>

#include <utility>

#include "base/assert.h"
#include "protocol/mongodb/bson/bson.h"

namespace octavo::mongodb::transfer {
namespace {

using value::Value;

// What is read goes through memory in pieces of this many documents, or 16 MiB.
constexpr std::int32_t kReadBatch = 5000;

// The driver's own state of the process.
struct DriverLibrary {
  DriverLibrary() {
    mongoc_init();
    mongoc_log_set_handler(nullptr, nullptr);  // its errors come back from its calls
  }
  ~DriverLibrary() { mongoc_cleanup(); }
  DriverLibrary(const DriverLibrary&) = delete;
  DriverLibrary& operator=(const DriverLibrary&) = delete;
};

void use_library() { static const DriverLibrary library; }

// A document of ours as the driver takes it. It is only looked at.
class DriverDocument {
 public:
  explicit DriverDocument(BytesView bytes) { view(bytes); }
  explicit DriverDocument(const Value& document) {
    write_bson(document, bytes_);
    view(bytes_);
  }
  DriverDocument(const DriverDocument&) = delete;
  DriverDocument& operator=(const DriverDocument&) = delete;
  const bson_t* get() const { return &document_; }

 private:
  void view(BytesView bytes) {
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    ASSERT(bson_init_static(&document_, data, bytes.size()));
  }

  Bytes bytes_;
  bson_t document_{};
};

// One that the driver makes.
class DriverReply {
 public:
  DriverReply() = default;
  ~DriverReply() {
    if (made_) bson_destroy(&document_);
  }
  DriverReply(const DriverReply&) = delete;
  DriverReply& operator=(const DriverReply&) = delete;
  bson_t* out() {
    made_ = true;
    return &document_;
  }
  bson_t* get() { return &document_; }

 private:
  bson_t document_{};
  bool made_ = false;
};

BytesView view_of(const bson_t& document) {
  return {reinterpret_cast<const char*>(bson_get_data(&document)), document.len};
}

// Why a call failed: the server's own reasons, a login, or that it is not there.
Error driver_error(const std::string& server, const bson_error_t& failure) {
  if (failure.domain == MONGOC_ERROR_SERVER || failure.domain == MONGOC_ERROR_WRITE_CONCERN) {
    return {.code = Code::user_error,
            .what = fmt::format("{}: {}", server, failure.message),
            .number = failure.code};
  }
  const bool login =
      failure.domain == MONGOC_ERROR_CLIENT && failure.code == MONGOC_ERROR_CLIENT_AUTHENTICATE;
  if (login || failure.domain == MONGOC_ERROR_SASL || failure.domain == MONGOC_ERROR_SCRAM) {
    return {.code = Code::unauthenticated,
            .what = fmt::format("{}: the login failed: {}", server, failure.message)};
  }
  if (failure.domain == MONGOC_ERROR_STREAM || failure.domain == MONGOC_ERROR_SERVER_SELECTION) {
    return {.code = Code::unavailable,
            .what = fmt::format("{} cannot be reached: {}", server, failure.message)};
  }
  return {.code = Code::internal, .what = fmt::format("{}: {}", server, failure.message)};
}

std::string hosts_of(const mongoc_uri_t* uri) {
  std::string out;
  if (const char* const service = mongoc_uri_get_srv_hostname(uri)) return service;
  for (const mongoc_host_list_t* host = mongoc_uri_get_hosts(uri); host != nullptr;
       host = host->next) {
    out += fmt::format("{}{}", out.empty() ? "" : ",", host->host_and_port);
  }
  return out;
}

Value read_options(const ReadOptions& options) {
  std::vector<value::Field> fields{{"batchSize", Value::int32(kReadBatch)}};
  if (!options.sort.is_null()) fields.push_back({"sort", options.sort});
  if (options.since) {
    fields.push_back({"readConcern", Value::object({{"level", Value::string("majority")}})});
  }
  return Value::object(std::move(fields));
}

}  // namespace

void DriverDelete::operator()(_mongoc_change_stream_t* changes) const {
  mongoc_change_stream_destroy(changes);
}
void DriverDelete::operator()(_mongoc_client_session_t* session) const {
  mongoc_client_session_destroy(session);
}
void DriverDelete::operator()(_mongoc_client_t* client) const { mongoc_client_destroy(client); }
void DriverDelete::operator()(_mongoc_collection_t* collection) const {
  mongoc_collection_destroy(collection);
}
void DriverDelete::operator()(_mongoc_cursor_t* cursor) const { mongoc_cursor_destroy(cursor); }

Result<std::optional<BytesView>> RemoteRows::next() {
  const bson_t* document = nullptr;
  if (mongoc_cursor_next(cursor_.get(), &document)) return view_of(*document);
  bson_error_t failure;
  if (mongoc_cursor_error(cursor_.get(), &failure)) return fail(driver_error(server_, failure));
  return std::nullopt;
}

Result<std::optional<Value>> RemoteChanges::next() {
  const bson_t* document = nullptr;
  if (mongoc_change_stream_next(changes_.get(), &document)) {
    TRY(Value event, read_bson(view_of(*document)));
    return event;
  }
  bson_error_t failure;
  const bson_t* reply = nullptr;
  if (mongoc_change_stream_error_document(changes_.get(), &failure, &reply)) {
    return fail(driver_error(server_, failure));
  }
  return std::nullopt;
}

Value RemoteChanges::token() const {
  const bson_t* const token = mongoc_change_stream_get_resume_token(changes_.get());
  if (token == nullptr) return {};
  auto read = read_bson(view_of(*token));
  return read ? *std::move(read) : Value();
}

Result<std::unique_ptr<Remote>> Remote::open(const std::string& uri, std::string_view role) {
  use_library();
  bson_error_t failure;
  const std::unique_ptr<mongoc_uri_t, void (*)(mongoc_uri_t*)> parsed(
      mongoc_uri_new_with_error(uri.c_str(), &failure), &mongoc_uri_destroy);
  if (parsed == nullptr) {
    return fail(Code::invalid_argument, fmt::format("{}: no MongoDB URI: {}; allowed: "
                                                    "mongodb://HOST:PORT/?OPTIONS or "
                                                    "mongodb+srv://HOST/?OPTIONS",
                                                    role, failure.message));
  }
  Driven<mongoc_client_t> client(mongoc_client_new_from_uri(parsed.get()));
  if (client == nullptr) {
    return fail(Code::invalid_argument, fmt::format("{}: the URI has no server", role));
  }
  mongoc_client_set_error_api(client.get(), MONGOC_ERROR_API_VERSION_2);
  mongoc_client_set_appname(client.get(), "octavo import");
  std::string hosts = hosts_of(parsed.get());
  std::string name = fmt::format("{} ({})", role, hosts);
  return std::unique_ptr<Remote>(new Remote(std::move(client), std::move(name), std::move(hosts)));
}

Result<Value> Remote::run(std::string_view database, BytesView command) {
  const DriverDocument given(command);
  const std::string name(database);
  DriverReply reply;
  bson_error_t failure;
  const bool done = mongoc_client_command_simple(client_.get(), name.c_str(), given.get(), nullptr,
                                                 reply.out(), &failure);
  if (!done) return fail(driver_error(name_, failure));
  return read_bson(view_of(*reply.get()));
}

RemoteRows Remote::read(const std::string& database, const std::string& collection,
                        const ReadOptions& options) {
  RemoteRows rows;
  rows.server_ = name_;
  rows.collection_.reset(
      mongoc_client_get_collection(client_.get(), database.c_str(), collection.c_str()));
  DriverReply with;
  const DriverDocument given(read_options(options));
  bson_copy_to(given.get(), with.out());
  bson_error_t failure;
  // Without sessions (a server that stands alone and is old) there is no such time either.
  if (options.since) {
    rows.session_.reset(mongoc_client_start_session(client_.get(), nullptr, &failure));
  }
  if (rows.session_ != nullptr) {
    mongoc_client_session_advance_operation_time(rows.session_.get(), options.since->seconds,
                                                 options.since->increment);
    mongoc_client_session_append(rows.session_.get(), with.get(), &failure);
  }
  const DriverDocument filter(options.filter);
  rows.cursor_.reset(
      mongoc_collection_find_with_opts(rows.collection_.get(), filter.get(), with.get(), nullptr));
  return rows;
}

RemoteChanges Remote::watch(const Value& options) {
  const DriverDocument pipeline(Value::object({}));
  const DriverDocument given(options);
  RemoteChanges changes;
  changes.server_ = name_;
  changes.changes_.reset(mongoc_client_watch(client_.get(), pipeline.get(), given.get()));
  return changes;
}

}  // namespace octavo::mongodb::transfer
