#pragma once

// What an operation does about what it loses: a constant of its call.

#include <cstdint>

#include "dialect/sql/function/operation.h"
#include "dialect/sql/function/session_facts.h"

namespace octavo::sql {

enum class OnLoss : std::uint8_t { nothing, warn, fail };

// Of the statement: in strict mode a write fails where a query warns.
OnLoss on_loss(const SessionFacts& session);
// Of a division by zero, which the modes may not mind.
OnLoss on_division_by_zero(const SessionFacts& session);

inline value::Value constant_of(OnLoss rule) {
  return value::Value::int64(static_cast<std::int64_t>(rule));
}
OnLoss loss_rule(const value::Value& constant);

// Tells of it by the rule.
Status lose(const SingleCall& call, OnLoss rule, const Error& error);

// 1292: "Truncated incorrect DOUBLE value: 'abc'", and "Incorrect datetime value: 'abc'" for what
// has nothing in it that could be read.
Error truncated(std::string_view kind, std::string_view text);
Error incorrect(std::string_view kind, std::string_view text);

}  // namespace octavo::sql
