#pragma once

// A server over the network, by mongo-c-driver: addresses, TLS, logins and the choice of the
// primary are its work.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/mongodb/transfer/commands.h"
#include "value/value.h"

struct _mongoc_change_stream_t;
struct _mongoc_client_session_t;
struct _mongoc_client_t;
struct _mongoc_collection_t;
struct _mongoc_cursor_t;

namespace octavo::mongodb::transfer {

struct DriverDelete {
  void operator()(_mongoc_change_stream_t* changes) const;
  void operator()(_mongoc_client_session_t* session) const;
  void operator()(_mongoc_client_t* client) const;
  void operator()(_mongoc_collection_t* collection) const;
  void operator()(_mongoc_cursor_t* cursor) const;
};
template <class T>
using Driven = std::unique_ptr<T, DriverDelete>;

// The documents of a collection. Goes before its server.
class RemoteRows {
 public:
  // Good until the next call; nothing: there are no more.
  Result<std::optional<BytesView>> next();

 private:
  friend class Remote;
  std::string server_;
  Driven<_mongoc_client_session_t> session_;
  Driven<_mongoc_collection_t> collection_;
  Driven<_mongoc_cursor_t> cursor_;
};

// The changes of all databases. Goes before its server.
class RemoteChanges {
 public:
  // Nothing: none has come for as long as the options say.
  Result<std::optional<value::Value>> next();
  // Where it stands: behind the last event, or further, where nothing has happened. Null: nowhere
  // yet.
  value::Value token() const;

 private:
  friend class Remote;
  std::string server_;
  Driven<_mongoc_change_stream_t> changes_;
};

// A place in the source's time: its `operationTime`.
struct SourceTime {
  std::uint32_t seconds = 0;
  std::uint32_t increment = 0;

  friend auto operator<=>(const SourceTime&, const SourceTime&) = default;
};

struct ReadOptions {
  value::Value filter = value::Value::object({});
  value::Value sort;  // null: as the server likes
  // Reads what a majority has, as of this time at least. Nothing: what the server has.
  std::optional<SourceTime> since = {};
};

class Remote final : public Commands {
 public:
  // Does not connect yet. `role`: "the source", for messages. `invalid_argument`: no URI.
  static Result<std::unique_ptr<Remote>> open(const std::string& uri, std::string_view role);

  using Commands::run;
  Result<value::Value> run(std::string_view database, BytesView command) override;
  const std::string& name() const override { return name_; }
  // Its addresses as the URI has them, "db1:27017,db2:27017": no names or passwords.
  const std::string& hosts() const { return hosts_; }

  RemoteRows read(const std::string& database, const std::string& collection,
                  const ReadOptions& options);
  // `options`: of a change stream (resumeAfter, fullDocument, …), and maxAwaitTimeMS.
  RemoteChanges watch(const value::Value& options);

 private:
  Remote(Driven<_mongoc_client_t> client, std::string name, std::string hosts)
      : name_(std::move(name)), hosts_(std::move(hosts)), client_(std::move(client)) {}

  const std::string name_;
  const std::string hosts_;
  const Driven<_mongoc_client_t> client_;
};

}  // namespace octavo::mongodb::transfer
