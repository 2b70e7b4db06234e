#include "dialect/sql/function/time_arguments.h"

namespace octavo::sql {

using value::Type;

namespace {

bool in_years(const Day& day) { return day.year >= 0 && day.year <= kMostYear; }

}  // namespace

Result<std::int64_t> day_number_at(Args args, std::size_t i) {
  if (i >= args.size()) return wrong_form();
  if (args[i].type() == Type::timestamp) {
    TRY(const value::Timestamp at, datetime_at(args, i));
    return datetime_day(at);
  }
  if (args[i].type() != Type::date || !in_years(day_of(args[i].as_date()))) return wrong_form();
  return args[i].as_date();
}

Result<value::Timestamp> datetime_at(Args args, std::size_t i) {
  if (i < args.size() && args[i].type() == Type::timestamp) {
    const value::Timestamp at = args[i].as_timestamp();
    return in_range(at) ? Result<value::Timestamp>(at) : wrong_form();
  }
  TRY(const std::int64_t day, day_number_at(args, i));
  return value::Timestamp{.seconds = day * 86'400};
}

Result<std::int64_t> time_at(Args args, std::size_t i) {
  if (i >= args.size() || args[i].type() != Type::time_of_day) return wrong_form();
  const std::int64_t time = args[i].as_nanoseconds();
  return time >= -kMostTime && time <= kMostTime ? Result<std::int64_t>(time) : wrong_form();
}

value::Value date_value(const Day& day) { return date_value(day_number(day)); }

}  // namespace octavo::sql
