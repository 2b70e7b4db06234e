#include "dialect/sql/error/error.h"

#include "base/assert.h"

namespace octavo::sql {
namespace {

static_assert(std::ranges::is_sorted(kErrorRows, {}, &ErrorRow::number));
static_assert(std::ranges::all_of(kErrorRows,
                                  [](const ErrorRow& row) { return row.state.size() == 5; }));

struct CodeRow {
  Code code;
  std::uint16_t number;
  bool keeps_text;  // its own, which says more than the row's
};

constexpr CodeRow kCodes[] = {
    {Code::not_found, 1105, true},       {Code::already_exists, 1105, true},
    {Code::conflict, 1213, false},       {Code::invalid_argument, 1105, true},
    {Code::type_mismatch, 1105, true},   {Code::missing_value, 1105, true},
    {Code::out_of_range, 1690, true},    {Code::permission_denied, 1227, true},
    {Code::unauthenticated, 1045, true}, {Code::resource_exhausted, 1038, true},
    {Code::cancelled, 1317, false},      {Code::timed_out, 3024, false},
    {Code::would_block, 3572, false},    {Code::unavailable, 1053, false},
    {Code::indeterminate, 1105, true},   {Code::corrupt, 1030, true},
    {Code::unsupported, 1235, true},     {Code::user_error, 1644, true},
    {Code::internal, 1815, true},
};

}  // namespace

Error make_error(const ErrorRow& row, std::span<const std::string_view> arguments) {
  ASSERT(count_arguments(row.text) == arguments.size());
  Error error{.code = Code::user_error, .what = {}, .number = row.number};
  std::string_view rest = row.text;
  for (const std::string_view argument : arguments) {
    const std::size_t place = rest.find("%s");
    error.what.append(rest.substr(0, place)).append(argument);
    rest.remove_prefix(place + 2);
  }
  error.what.append(rest);
  return error;
}

Error with_number(Error error) {
  if (error.number != 0) return error;
  const auto* row = std::ranges::find(kCodes, error.code, &CodeRow::code);
  ASSERT(row != std::end(kCodes));
  error.number = row->number;
  if (!row->keeps_text) error.what = find_error(row->number)->text;
  return error;
}

}  // namespace octavo::sql
