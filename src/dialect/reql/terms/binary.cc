// Bytes. Drivers send literal bytes as a BINARY pseudotype; the term itself is called with a
// string.

#include "dialect/reql/error.h"
#include "dialect/reql/read/term.h"

namespace octavo::reql {
namespace {

Result<Val> binary(Env&, Args& args) {
  TRY(const Value datum, args.datum(0));
  if (datum.type() == Type::bytes) return Val(datum);
  if (!datum.is_string()) return args.at(0, type_error("STRING", datum));
  return Val(Value::bytes(datum.as_string()));
}

constexpr Term kTerms[] = {
    {155, "binary", 1, 1, {}, kScalar, binary},
};

}  // namespace

std::span<const Term> binary_terms() { return kTerms; }

}  // namespace octavo::reql
