#include "dialect/mongodb/error/error.h"

#include <algorithm>
#include <iterator>
#include <ranges>

namespace octavo::mongodb {
namespace {

static_assert(std::ranges::is_sorted(kCodeRows, {}, &CodeRow::code));

struct ForCode {
  Code code;
  ErrorCode number;
};

// What MongoDB says of errors that know nothing of it. A code that is not here is InternalError.
constexpr ForCode kForCodes[] = {
    {Code::not_found, ErrorCode::namespace_not_found},
    {Code::already_exists, ErrorCode::namespace_exists},
    {Code::conflict, ErrorCode::write_conflict},
    {Code::invalid_argument, ErrorCode::bad_value},
    {Code::type_mismatch, ErrorCode::type_mismatch},
    {Code::missing_value, ErrorCode::bad_value},
    {Code::out_of_range, ErrorCode::bad_value},
    {Code::permission_denied, ErrorCode::unauthorized},
    {Code::unauthenticated, ErrorCode::authentication_failed},
    {Code::resource_exhausted, ErrorCode::exceeded_memory_limit},
    {Code::cancelled, ErrorCode::interrupted},
    {Code::timed_out, ErrorCode::max_time_ms_expired},
    {Code::would_block, ErrorCode::lock_timeout},
    {Code::unavailable, ErrorCode::shutdown_in_progress},
    {Code::indeterminate, ErrorCode::write_concern_failed},
    {Code::corrupt, ErrorCode::internal_error},
    {Code::unsupported, ErrorCode::command_not_supported},
    {Code::user_error, ErrorCode::bad_value},
};

}  // namespace

std::string code_name(std::uint32_t number) {
  const auto* const row =
      std::ranges::lower_bound(kCodeRows, static_cast<ErrorCode>(number), {}, &CodeRow::code);
  if (row != std::end(kCodeRows) && static_cast<std::uint32_t>(row->code) == number) {
    return std::string(row->name);
  }
  return fmt::format("Location{}", number);
}

Error with_number(Error error) {
  if (error.number != 0) return error;
  const auto* const row = std::ranges::find(kForCodes, error.code, &ForCode::code);
  const ErrorCode number = row == std::end(kForCodes) ? ErrorCode::internal_error : row->number;
  error.number = static_cast<std::uint32_t>(number);
  return error;
}

Error caused_by(std::string_view context, Error error) {
  error.what = fmt::format("{} :: caused by :: {}", context, error.what);
  return error;
}

}  // namespace octavo::mongodb
