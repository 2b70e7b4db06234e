#pragma once

// Response frames: token, size, JSON with keys in the order t, e, r, b, p, n.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "dialect/reql/error.h"
#include "value/account.h"
#include "value/value.h"

namespace octavo::rethinkdb {

class RowTexts;

enum class ResponseType : std::uint8_t {
  success_atom = 1,
  success_sequence = 2,
  success_partial = 3,
  wait_complete = 4,
  server_info = 5,
};

struct ResponseOptions {
  value::Account* account = nullptr;  // of the query: pays for the text while it is written
  std::span<const int> notes = {};
  bool show_notes = false;            // sequences carry `n`, even when it is empty
  std::optional<double> duration_ms;  // set for queries with profile: true
  RowTexts* row_texts = nullptr;      // for feeds
};

// Each appends one whole frame. A value that has no JSON form (r.minval) becomes an error response.
void put_response(std::int64_t token, ResponseType type, std::span<const value::Value> rows,
                  const ResponseOptions& options, Bytes& out);
void put_error(std::int64_t token, const reql::ReqlError& error, std::optional<double> duration_ms,
               Bytes& out);

// An error of ours that has no place in the query.
reql::ReqlError client_error(std::string message);

}  // namespace octavo::rethinkdb
