#include "dialect/reql/error.h"

#include <fmt/format.h>

#include <utility>

namespace octavo::reql {

ErrorKind kind_of(Code code) {
  switch (code) {
    case Code::missing_value: return ErrorKind::non_existence;
    case Code::resource_exhausted: return ErrorKind::resource_limit;
    case Code::user_error: return ErrorKind::user;
    case Code::permission_denied:
    case Code::unauthenticated: return ErrorKind::permission;
    case Code::not_found:
    case Code::already_exists:
    case Code::conflict:
    case Code::would_block:
    case Code::unavailable: return ErrorKind::op_failed;
    case Code::cancelled: return ErrorKind::interrupted;
    case Code::timed_out:
    case Code::indeterminate: return ErrorKind::op_indeterminate;
    case Code::corrupt:
    case Code::internal: return ErrorKind::internal;
    case Code::invalid_argument:
    case Code::type_mismatch:
    case Code::out_of_range:
    case Code::unsupported: return ErrorKind::query_logic;
  }
  std::unreachable();
}

Error database_missing(std::string_view database) {
  return {Code::not_found, fmt::format("Database `{}` does not exist.", database)};
}

Error database_exists(std::string_view database) {
  return {Code::already_exists, fmt::format("Database `{}` already exists.", database)};
}

Error table_missing(std::string_view database, std::string_view table) {
  return {Code::not_found, fmt::format("Table `{}.{}` does not exist.", database, table)};
}

Error table_exists(std::string_view database, std::string_view table) {
  return {Code::already_exists, fmt::format("Table `{}.{}` already exists.", database, table)};
}

Error index_missing(std::string_view index, std::string_view database, std::string_view table) {
  return {Code::not_found,
          fmt::format("Index `{}` was not found on table `{}.{}`.", index, database, table)};
}

Error index_not_ready(std::string_view index, std::string_view database, std::string_view table) {
  return {Code::unavailable,
          fmt::format("Index `{}` on table `{}.{}` was accessed before its construction was "
                      "finished.",
                      index, database, table)};
}

Error array_too_large(std::size_t limit) {
  return {Code::resource_exhausted,
          fmt::format("Array over size limit `{}`.  To raise the number of allowed elements, "
                      "modify the `array_limit` option to `.run` (not available in the Data "
                      "Explorer), or use an index.",
                      limit)};
}

}  // namespace octavo::reql
