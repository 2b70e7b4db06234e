#pragma once

// The one error type of the house. Expected failure is a value (`Result<T>`), a programming
// error is an `ASSERT`, and exceptions are caught at foreign boundaries only.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace octavo {

// A closed set of meanings. Each protocol maps them to its own error numbers in one table.
enum class Code : unsigned char {
  not_found,           // the named thing does not exist
  already_exists,      // the named thing exists
  conflict,            // lost a race with another transaction; a retry may succeed
  invalid_argument,    // the request itself is wrong, whatever the data
  type_mismatch,       // a value has the wrong type for the operation
  missing_value,       // a field, row or element that the expression needs is absent
  out_of_range,        // a number, index or size is outside its documented bounds
  permission_denied,   // the user is known and may not do this
  unauthenticated,     // the user is not known, or the password is wrong
  resource_exhausted,  // memory, disk, queue or a named limit is used up
  cancelled,           // the client or an administrator ended the query
  timed_out,           // the deadline passed
  would_block,         // the caller asked not to wait, and the answer needs a wait
  unavailable,         // shutting down, loading, or the log cannot take writes; nothing was changed
  indeterminate,       // a change may have happened, wholly or in part, or may still happen
  corrupt,             // stored bytes fail their checks
  unsupported,         // a feature that is not there
  user_error,          // raised by the query itself, e.g. r.error()
  internal,            // a bug of ours that was contained
};

std::string_view code_name(Code code);

struct [[nodiscard]] Error {
  Code code = Code::internal;
  std::string what;
  // A dialect's own, where it tells errors apart by number (MySQL's 1064, MongoDB's 11000); 0: it
  // has none.
  std::uint32_t number = 0;
};

// A value, or why there is none. A class of its own and no alias, because libstdc++ 12 does not
// mark `std::expected` [[nodiscard]]: an error that nobody looks at must not compile.
template <class T, class E>
class [[nodiscard]] Expected : public std::expected<T, E> {
 public:
  using std::expected<T, E>::expected;
  Expected() = default;
};

template <class T>
using Result = Expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> fail(Code code, std::string what) {
  return std::unexpected<Error>(Error{code, std::move(what)});
}
inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>(std::move(error)); }

// What ended a write after some of its rows were committed: no error that promises that nothing was
// changed.
Error partly_done(const Error& reason);

}  // namespace octavo

#define OCTAVO_CONCAT_INNER(a, b) a##b
#define OCTAVO_CONCAT(a, b) OCTAVO_CONCAT_INNER(a, b)

// `TRY(auto rows, read_rows(key));` declares `rows`, or returns the error to the caller.
// For a `Status`: `TRY_STATUS(flush());`.
#define OCTAVO_TRY(ret, tmp, decl, ...)                  \
  auto tmp = (__VA_ARGS__);                              \
  if (!tmp) ret std::unexpected(std::move(tmp).error()); \
  decl = *std::move(tmp)
#define TRY(decl, ...) OCTAVO_TRY(return, OCTAVO_CONCAT(try_tmp_, __LINE__), decl, __VA_ARGS__)
#define CO_TRY(decl, ...) \
  OCTAVO_TRY(co_return, OCTAVO_CONCAT(try_tmp_, __LINE__), decl, __VA_ARGS__)

#define OCTAVO_TRY_STATUS(ret, tmp, ...)                   \
  do {                                                     \
    auto tmp = (__VA_ARGS__);                              \
    if (!tmp) ret std::unexpected(std::move(tmp).error()); \
  } while (false)
#define TRY_STATUS(...) OCTAVO_TRY_STATUS(return, OCTAVO_CONCAT(try_tmp_, __LINE__), __VA_ARGS__)
#define CO_TRY_STATUS(...) \
  OCTAVO_TRY_STATUS(co_return, OCTAVO_CONCAT(try_tmp_, __LINE__), __VA_ARGS__)
