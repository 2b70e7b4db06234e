#pragma once

// Conversions of bound expressions from one type to another: the folder's own, beside what
// operators.h and call_binder.h offer. Each returns the expression as it is where nothing has to be
// done. `shown`: as CAST is written ("unsigned"); empty: nobody wrote it.

#include <string_view>
#include <vector>

#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/session_facts.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

Typed make_call(std::uint16_t operation, std::vector<Typed> arguments, Type type,
                std::vector<value::Value> constants = {});

// A TIMESTAMP as what the session's clock shows; all else as it is.
Typed as_local(Typed operand, const CallContext& context);
// What counts as a number: x'41' is one, ENUM and SET are theirs.
Typed as_number_source(Typed operand, const CallContext& context);

Typed as_double(Typed operand, const CallContext& context, std::string_view shown = {});
Typed as_integer(Typed operand, bool is_unsigned, const CallContext& context,
                 std::string_view shown = {});
Typed as_decimal(Typed operand, int precision, int scale, const CallContext& context,
                 std::string_view shown = {});
// To an integer, decimal or double, by what it is.
Typed as_number(Typed operand, const CallContext& context);
Typed as_text(Typed operand, const CallContext& context);
Typed as_string(Typed operand, const CallContext& context);
Typed as_bytes(Typed operand, const CallContext& context);
Typed as_date(Typed operand, const CallContext& context, std::string_view shown = {});
// `precision`: negative: as many digits of the second as it has.
Typed as_time(Typed operand, int precision, const CallContext& context,
              std::string_view shown = {});
Typed as_datetime(Typed operand, int precision, const CallContext& context,
                  std::string_view shown = {});
Typed as_year(Typed operand, const CallContext& context, std::string_view shown = {});
Typed as_json(Typed operand, const CallContext& context);
Typed as_truth(Typed operand, const CallContext& context);

// The value, where the expression is constant and neither fails nor warns.
const value::Value* fold_in_place(Typed& operand, const CallContext& context);

// The day of the statement in the session's zone.
std::int64_t today(const SessionFacts& session);

}  // namespace octavo::sql
