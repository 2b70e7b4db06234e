#include "dialect/reql/messages.h"

#include <fmt/format.h>

#include "dialect/reql/error.h"
#include "dialect/reql/read/term.h"

namespace octavo::reql {

std::string print_arity(const Term& term) {
  if (term.min_args == term.max_args) {
    return fmt::format("{} argument{}", term.min_args, term.min_args == 1 ? "" : "s");
  }
  if (term.max_args < 0) return fmt::format("{} or more arguments", term.min_args);
  return fmt::format("between {} and {} arguments", term.min_args, term.max_args);
}

std::unexpected<Error> missing_attribute(std::string_view name, const Value& object) {
  return fail_missing(fmt::format("No attribute `{}` in object:\n{}", name, print(object)));
}

}  // namespace octavo::reql
