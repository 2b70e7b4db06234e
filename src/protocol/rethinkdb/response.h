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
  bool is_array = false;              // the values are elements of one, which is an array
};

// A frame that is written while its values are made.
class Response {
 public:
  // Begins it at the end of `out`.
  Response(std::int64_t token, ResponseType type, const ResponseOptions& options, Bytes& out);
  // False: a value that has no JSON form (r.minval), or for whose text there is no memory, has made
  // it an error response, and that is all of it.
  bool add(std::span<const value::Value> values);
  void end(std::optional<double> duration_ms);

 private:
  std::int64_t token_;
  ResponseOptions options_;
  Bytes& out_;
  value::Charge charge_;  // of the text
  std::size_t start_;
  bool any_ = false;
};

// Each appends one whole frame.
void put_response(std::int64_t token, ResponseType type, std::span<const value::Value> rows,
                  const ResponseOptions& options, Bytes& out);
void put_error(std::int64_t token, const reql::ReqlError& error, std::optional<double> duration_ms,
               Bytes& out);

// An error of ours that has no place in the query.
reql::ReqlError client_error(std::string message);

}  // namespace octavo::rethinkdb
