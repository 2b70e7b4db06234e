#pragma once

// How MongoDB says what went wrong: a code (`Error::number`), its name, and a text.
//
//   return mongodb::error(ErrorCode::bad_value, "unknown operator: {}", name);
//   return mongodb::error(16020, "Expression {} takes exactly {} arguments. …", …);
//
// The code of the layers below stays `user_error`; who maps an error of theirs uses `with_number`.

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"
#include "dialect/mongodb/error/code_rows.h"

namespace octavo::mongodb {

// "BadValue"; "Location16020" for a number without a name.
std::string code_name(std::uint32_t number);

template <class... Args>
std::unexpected<Error> error(std::uint32_t number, fmt::format_string<Args...> text,
                             Args&&... arguments) {
  return std::unexpected<Error>(Error{.code = Code::user_error,
                                      .what = fmt::format(text, std::forward<Args>(arguments)...),
                                      .number = number});
}
template <class... Args>
std::unexpected<Error> error(ErrorCode code, fmt::format_string<Args...> text,
                             Args&&... arguments) {
  return error(static_cast<std::uint32_t>(code), text, std::forward<Args>(arguments)...);
}

inline bool is(const Error& error, ErrorCode code) {
  return error.number == static_cast<std::uint32_t>(code);
}

// An error of the layers below, which has no number: with the one that MongoDB has for its code.
// One that has a number stays as it is.
Error with_number(Error error);

// The same error with a text before its own: "Invalid $project :: caused by :: …".
Error caused_by(std::string_view context, Error error);

}  // namespace octavo::mongodb
