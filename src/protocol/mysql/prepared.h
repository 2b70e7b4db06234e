#pragma once

// The prepared statements of a client, by the number that it was given, and what it has sent for
// their next execution.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/mysql/parameters.h"
#include "protocol/mysql/service_counts.h"
#include "protocol/mysql/statements.h"

namespace octavo::mysql {

// Rows that the client fetches by and by.
struct Cursor {
  std::unique_ptr<Rows> rows;
  value::Batch batch;
  std::size_t next = 0;  // of the batch
  bool at_end = false;   // no batches follow
};

struct Prepared {
  std::string text;
  std::unique_ptr<PreparedStatement> statement;
  std::vector<ParameterType> types;  // of the last execution
  LongData long_data;
  std::size_t long_bytes = 0;
  std::optional<Error> fault;  // in what was sent: told at the execution
  std::unique_ptr<Cursor> cursor;
};

class PreparedStatements {
 public:
  explicit PreparedStatements(PreparedCount& all) : all_(all) {}
  ~PreparedStatements() { clear(); }
  PreparedStatements(const PreparedStatements&) = delete;
  PreparedStatements& operator=(const PreparedStatements&) = delete;

  // 0: there are too many.
  std::uint32_t add(std::string text, std::unique_ptr<PreparedStatement> statement);
  Prepared* find(std::uint32_t id);
  void close(std::uint32_t id);
  void clear();
  std::size_t held() const { return held_; }  // bytes, about

  // Further bytes of a parameter. `limit`: of all that one statement is sent.
  void append(Prepared& prepared, std::uint16_t parameter, BytesView piece, std::size_t limit);
  void forget_sent(Prepared& prepared);

 private:
  PreparedCount& all_;
  std::uint32_t last_id_ = 0;
  std::size_t held_ = 0;
  std::map<std::uint32_t, Prepared> by_id_;
};

}  // namespace octavo::mysql
