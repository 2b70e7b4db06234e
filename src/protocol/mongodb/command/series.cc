#include "protocol/mongodb/command/series.h"

#include <utility>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/index_build.h"
#include "protocol/mongodb/command/index_definition.h"
#include "protocol/mongodb/command/request_scope.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::string_view kExpiry = "expireAfterSeconds";

std::string_view time_field(const Value& series) { return series.find("timeField")->as_string(); }

}  // namespace

const Value* series_options(const catalog::TableDefinition& table) {
  const Value* const series = find_option(table, "timeseries");
  return series != nullptr && series->is_object() ? series : nullptr;
}

Status check_measurement(const Value& series, const Value& document) {
  const Value* const time = document.find(time_field(series));
  if (time != nullptr && field_type(*time) == field::kDate) return {};
  return error(ErrorCode::bad_value,
               "'{}' must be present and contain a valid BSON UTC datetime value",
               time_field(series));
}

Status check_series_index(const catalog::TableDefinition& table, const IndexSpec& spec) {
  if (series_options(table) == nullptr) return {};
  const auto refuse = [](std::string_view kind) {
    return error(ErrorCode::invalid_options,
                 "{} indexes are not supported on time-series collections", kind);
  };
  if (spec.unique) return refuse("Unique");
  if (spec.document.find("sparse") != nullptr) return refuse("Sparse");
  return {};
}

Status add_series_expiry(CommandCall& call, const Collection& collection) {
  const Value* const series = series_options(*collection.table);
  const Value* const expiry = find_option(*collection.table, kExpiry);
  if (series == nullptr || expiry == nullptr || !expiry->is_number()) return {};
  const std::string field(time_field(*series));
  const Value given = Value::object({{"key", Value::object({{field, Value::int32(1)}})},
                                     {"name", Value::string(field + "_1")},
                                     {std::string(kExpiry), *expiry}});
  TRY(const IndexSpec spec, parse_index_spec(given, call.ns(), false));
  TRY(RequestScope scope, RequestScope::make(call, nullptr));
  TRY(const auto index, define_index(with_collation_of(*collection.table, spec),
                                     collection.primary_key(), scope.variables(), call.engine()));
  auto built = build_index(call, collection, index);
  if (!built) return std::unexpected(std::move(built).error().error);
  call.renew_view();
  return {};
}

}  // namespace octavo::mongodb
