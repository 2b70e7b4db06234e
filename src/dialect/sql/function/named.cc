#include "dialect/sql/function/named.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "dialect/sql/function/print.h"

namespace octavo::sql {

using value::Value;

Type session_text(const CallBinder& call, std::uint32_t characters) {
  return text_type(*call.session().collation, characters);
}

Type string_type(const Type& source, std::uint64_t characters) {
  const std::uint32_t width = width_of(characters);
  if (source.kind() == Kind::bytes) return never_null(bytes_type(width));
  return never_null(text_type(source.collation(), width, source.coercibility));
}

Result<Type> common_string(CallBinder& call, std::uint64_t characters, std::size_t first) {
  for (std::size_t i = first; i < call.size(); ++i) {
    if (call.type(i).kind() == Kind::bytes) return never_null(bytes_type(width_of(characters)));
  }
  TRY(const value::Collation* collation, call.to_common_collation(first));
  Type type = text_type(*collation, width_of(characters));
  type.coercibility = Coercibility::null;
  for (std::size_t i = first; i < call.size(); ++i) {
    type.coercibility = std::min(type.coercibility, call.type(i).coercibility);
  }
  return never_null(type);
}

Status to_plain_number(CallBinder& call, std::size_t i) {
  TRY_STATUS(call.to_number(i));
  return call.type(i).kind() == Kind::boolean ? call.to_integer(i) : Status();
}

std::unexpected<Error> out_of_range(const SingleCall& call, std::string_view kind) {
  return error<1690>(kind, print_call(call.call));
}

Result<Value> finite(const SingleCall& call, double number) {
  if (!std::isfinite(number)) return out_of_range(call, "DOUBLE");
  return Value::float64(number);
}

Value too_large(const SingleCall& call, std::string_view function, std::uint64_t most) {
  warn(call.context, error<1301>(function, std::to_string(most)).error());
  return {};
}

}  // namespace octavo::sql
