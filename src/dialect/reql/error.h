#pragma once

// Errors of ReQL. Inside the evaluator an error is an `octavo::Error` whose code carries the kind
// (`kind_of` below is the one table); where it happened is noted once, by the innermost
// argument that saw it, in the query's `Trail` (term.h). At the edge both become a `ReqlError`.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace octavo::reql {

enum class ErrorKind : std::uint8_t {
  client,   // the query is not what a driver sends
  compile,  // the term tree is wrong whatever the data
  internal,
  resource_limit,
  query_logic,
  non_existence,
  op_failed,
  op_indeterminate,
  interrupted,  // the query was told to stop; its protocol says what that means
  user,
  permission,
};

// A step from a term to one of its arguments: position, or name of an optional argument.
using Frame = std::variant<std::int32_t, std::string>;
using Backtrace = std::vector<Frame>;

struct ReqlError {
  ErrorKind kind = ErrorKind::internal;
  std::string message;
  Backtrace backtrace;  // from the root of the query
};

// `missing_value` is NON_EXISTENCE (what `default` and `filter` swallow), `resource_exhausted`
// RESOURCE_LIMIT, `user_error` USER, `permission_denied` PERMISSION_ERROR, `indeterminate`
// and `timed_out` OP_INDETERMINATE (an effect may be there); names, conflicts and availability are
// OP_FAILED (there is none); `cancelled` is an interruption, OP_FAILED for whoever knows no more;
// everything that is wrong with the query itself is QUERY_LOGIC.
ErrorKind kind_of(Code code);

inline std::unexpected<Error> fail_logic(std::string message) {
  return fail(Code::invalid_argument, std::move(message));
}
inline std::unexpected<Error> fail_missing(std::string message) {
  return fail(Code::missing_value, std::move(message));
}
inline std::unexpected<Error> fail_resource(std::string message) {
  return fail(Code::resource_exhausted, std::move(message));
}

// Texts that several places and every Host share.
Error database_missing(std::string_view database);
Error database_exists(std::string_view database);
Error table_missing(std::string_view database, std::string_view table);
Error table_exists(std::string_view database, std::string_view table);
Error index_missing(std::string_view index, std::string_view database, std::string_view table);
Error index_not_ready(std::string_view index, std::string_view database, std::string_view table);
Error array_too_large(std::size_t limit);

}  // namespace octavo::reql
