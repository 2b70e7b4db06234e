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
}  // namespace octavo::protocol

namespace octavo::mysql {

// A result that is read once. Destroyed before its end it stops.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual std::span<const Column> columns() const = 0;
  // The next rows, of which there may be none; false: there are no further ones.
  virtual io::Task<Result<bool>> next(value::Batch& out) = 0;
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
  virtual io::Task<Result<PreparedAnswer>> prepare(std::string_view text) = 0;
  virtual io::Task<Status> use(std::string database) = 0;
  virtual io::Task<Result<std::vector<Field>>> fields(std::string table,
                                                            std::string pattern) = 0;

  // Another user from here on, or the same: everything that the client did to its session is
  // forgotten, an open transaction is rolled back.
  virtual io::Task<void> reset(const ClientResponse& client) = 0;
  virtual void allow_multi_statements(bool allow) = 0;

  virtual std::uint16_t status() const = 0;  // bits of ok.h
  virtual std::size_t warnings() const = 0;  // of the last statement
  // What has changed since this was asked last.
  virtual std::vector<StateChange> take_changes() = 0;
};

// A language, for all clients. Outlives them.
class Language {
 public:
  virtual ~Language() = default;
  // For a client that has logged in. `connection` outlives it.
  virtual std::unique_ptr<Statements> open(protocol::Connection& connection,
                                           const ClientResponse& client) = 0;
};

}  // namespace octavo::mysql
