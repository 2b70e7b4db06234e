#include "dialect/sql/function/loss_rule.h"

#include "dialect/sql/error/error.h"

namespace octavo::sql {
namespace {

// Of a value so much is shown.
constexpr std::size_t kShown = 128;

std::string_view shown(std::string_view text) {
  if (text.size() <= kShown) return text;
  std::size_t end = kShown;
  while (end > 0 && (text[end] & '\xc0') == '\x80') --end;
  return text.substr(0, end);
}

}  // namespace

OnLoss on_loss(const SessionFacts& session) {
  return session.strict_write ? OnLoss::fail : OnLoss::warn;
}

OnLoss on_division_by_zero(const SessionFacts& session) {
  return session.has(sql_mode::kErrorForDivisionByZero) ? on_loss(session) : OnLoss::nothing;
}

OnLoss loss_rule(const value::Value& constant) {
  const auto number = constant.is_number() ? constant.to_int64() : std::nullopt;
  if (!number || *number < 0 || *number > static_cast<std::int64_t>(OnLoss::fail)) {
    return OnLoss::warn;
  }
  return static_cast<OnLoss>(*number);
}

Status lose(const SingleCall& call, OnLoss rule, const Error& error) {
  if (rule == OnLoss::fail) return fail(error);
  if (rule == OnLoss::warn) warn(call.context, error);
  return {};
}

Error truncated(std::string_view kind, std::string_view text) {
  return error<1292>(kind, shown(text)).error();
}

Error incorrect(std::string_view kind, std::string_view text) {
  constexpr ErrorRow kRow{1292, "22007", "Incorrect %s value: '%s'"};
  const std::array<std::string_view, 2> arguments{kind, shown(text)};
  return make_error(kRow, arguments);
}

}  // namespace octavo::sql
