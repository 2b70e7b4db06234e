#pragma once

// What the protocol asks of the language. The language knows no packets, and the protocol no
// statement: this is all that they say to each other. Everything here is called on the connection's
// thread, one call at a time; what takes long is awaited, and ends soon once the connection's token
// is cancelled.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "dialect/sql/error/error.h"
#include "io/task.h"
#include "protocol/mysql/capabilities.h"
#include "protocol/mysql/column.h"
#include "protocol/mysql/greeting.h"
#include "protocol/mysql/ok.h"
#include "protocol/mysql/parameters.h"
#include "protocol/mysql/tracking.h"
#include "value/batch.h"

namespace octavo::protocol {
class Connection;
struct ServiceContext;
}  // namespace octavo::protocol

namespace octavo::mysql {

class Processes;
struct ServiceCounts;

// A result that is read once. Destroyed before its end it stops.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual std::span<const Column> columns() const = 0;
  // The next rows, of which there may be none; false: there are no further ones.
  virtual io::Task<Result<bool>> next(value::Batch& out) = 0;
  // Before other statements run while there are rows left (a cursor): what those do does not change
  // them.
  virtual io::Task<Status> detach() { co_return Status(); }
};

// Rows that the client has in a file. Destroyed before `finish` they are forgotten.
class FileRows {
 public:
  virtual ~FileRows() = default;
  virtual std::string_view name() const = 0;
  virtual io::Task<Status> take(Bytes piece) = 0;
  virtual io::Task<Result<Done>> finish() = 0;
};

struct Answer {
  std::variant<Done, std::unique_ptr<Rows>, std::unique_ptr<FileRows>> what;
  // How much of the text that was: the rest is the next statement. All of it: it was the last.
  std::size_t taken = std::string_view::npos;
};

class PreparedStatement {
 public:
  virtual ~PreparedStatement() = default;
  virtual std::span<const Column> parameters() const = 0;
  virtual std::span<const Column> columns() const = 0;  // of its result; none: it has no rows
  // As many as there are, and behind them the attributes of the query.
  virtual io::Task<Result<Answer>> execute(std::vector<Parameter> parameters) = 0;
};

// What is left of a text that was prepared.
struct PreparedAnswer {
  std::unique_ptr<PreparedStatement> statement;
};

struct Field {
  Column column;
  std::optional<std::string> fallback;
};

// Of one client.
class Statements {
 public:
  virtual ~Statements() = default;

  // The first statement of `text`. It may read the text until the answer is gone.
  virtual io::Task<Result<Answer>> run(std::string_view text,
                                       std::vector<Parameter> attributes) = 0;
  // It may read the text until the call returns.
  virtual io::Task<Result<PreparedAnswer>> prepare(std::string_view text) = 0;
  virtual io::Task<Status> use(std::string database) = 0;
  virtual io::Task<Result<std::vector<Field>>> fields(std::string table, std::string pattern) = 0;

  // COM_RESET_CONNECTION: everything that the client did to its session is forgotten, but for the
  // database in use; an open transaction is rolled back.
  virtual io::Task<void> reset() = 0;
  // COM_CHANGE_USER: the same, and another account, or the same one, from here on; no database is
  // in use.
  virtual io::Task<void> become(const ClientResponse& client) = 0;
  virtual void allow_multi_statements(bool allow) = 0;
  // What the client waits for ends with 1317: a call that is awaited, or the rows or the file of
  // its answer that are being read. Called only meanwhile.
  virtual void kill() = 0;

  virtual std::uint16_t status() const = 0;  // bits of ok.h
  virtual std::size_t warnings() const = 0;  // of the last statement
  // What has changed since this was asked last.
  virtual std::vector<StateChange> take_changes() = 0;
  // How long the client may be silent between two commands. 0: for ever.
  virtual Nanoseconds wait_timeout() const = 0;
};

// A language, for all clients. Outlives them.
class Language {
 public:
  virtual ~Language() = default;
  // For a client that has logged in: as the account that is the attribute "user" of the
  // connection's info, which changes before `become`. The language says there as "db" which
  // database is in use. `connection` outlives it.
  virtual std::unique_ptr<Statements> open(protocol::Connection& connection,
                                           const ClientResponse& client) = 0;
};

// What a language is made with. What this refers to outlives it.
struct LanguageContext {
  const protocol::ServiceContext& service;
  Processes& processes;
  ServiceCounts& counts;
  std::size_t max_packet;  // bytes: max_allowed_packet
  bool local_infile;
};

using MakeLanguage = std::unique_ptr<Language> (*)(const LanguageContext& context);

}  // namespace octavo::mysql
