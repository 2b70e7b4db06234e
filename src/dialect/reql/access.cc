#include "dialect/reql/access.h"

#include <fmt/format.h>

#include "algebra/index_answers.h"
#include "dialect/reql/context.h"
#include "dialect/reql/keys.h"

namespace octavo::reql {
namespace {

// Bounds that may be minval or maxval as a range; nullopt when nothing can be inside.
std::optional<algebra::KeyRange> achievable(const algebra::KeyRange& range) {
  algebra::KeyRange result = range;
  if (result.lower.value) {
    if (result.lower.value->type() == Type::max_key) return std::nullopt;
    if (result.lower.value->type() == Type::min_key) result.lower = {};
  }
  if (result.upper.value) {
    if (result.upper.value->type() == Type::min_key) return std::nullopt;
    if (result.upper.value->type() == Type::max_key) result.upper = {};
  }
  if (result.lower.value && result.upper.value) {
    const auto ordering = order(*result.lower.value, *result.upper.value);
    if (ordering > 0) return std::nullopt;
    if (ordering == 0 && !(result.lower.inclusive && result.upper.inclusive)) return std::nullopt;
  }
  return result;
}

Status check_bound(const TableInfo& table, const algebra::Bound& bound, bool primary) {
  if (!bound.value) return {};
  return primary ? check_primary_key(table, *bound.value) : check_index_key(*bound.value);
}

}  // namespace

Result<const IndexInfo*> usable_index(const TableInfo& table, std::string_view name) {
  if (name == table.primary_key) return nullptr;
  const IndexInfo* index = table.find_index(name);
  if (index == nullptr) return fail(index_missing(name, table.database.name, table.name));
  if (!index->ready) return fail(index_not_ready(name, table.database.name, table.name));
  return index;
}

Result<const IndexInfo*> usable_plain_index(const TableInfo& table, std::string_view name) {
  TRY(const IndexInfo* const index, usable_index(table, name));
  if (index == nullptr || (index->answers & algebra::index_answers::kRanges) != 0) return index;
  if ((index->answers & algebra::index_answers::kAreas) != 0) {
    return fail_logic(
        fmt::format("Index `{}` is a geospatial index.  Only get_nearest and "
                    "get_intersecting can use a geospatial index.",
                    name));
  }
  return fail_logic(
      fmt::format("Index `{}` is of kind `{}`, which has no ranges of keys.", name, index->kind));
}

Result<StreamPtr> slice_stream(Env& /*env*/, const TableSlice& slice) {
  const TableInfo& table = *slice.table;
  TRY(const IndexInfo* const index,
      usable_plain_index(table, slice.index ? *slice.index : table.primary_key));
  algebra::Scan scan{.table = table.id};
  if (index != nullptr) scan.index = index->id;
  TRY_STATUS(check_bound(table, slice.range.lower, index == nullptr));
  TRY_STATUS(check_bound(table, slice.range.upper, index == nullptr));
  if (const auto range = achievable(slice.range)) {
    scan.keys = *range;
  } else {
    scan.keys = algebra::KeySet{};
  }
  scan.order = slice.order;
  return StreamPtr(std::make_shared<PlanStream>(slice.table, algebra::make_plan(std::move(scan))));
}

Result<TableSlice> with_order(TableSlice slice, std::string index, algebra::Direction direction) {
  if (slice.order) {
    return fail_logic("Cannot perform multiple indexed ORDER_BYs on the same table.");
  }
  if (slice.index && *slice.index != index) {
    return fail_logic(fmt::format("Cannot order by index `{}` after calling BETWEEN on index `{}`.",
                                  index, *slice.index));
  }
  slice.index = std::move(index);
  slice.order = direction;
  return slice;
}

Result<TableSlice> with_bounds(TableSlice slice, std::string index, algebra::KeyRange range) {
  if (slice.bounded) {
    return fail_logic("Cannot perform multiple BETWEENs on the same table.");
  }
  if (slice.index && *slice.index != index) {
    return fail_logic(fmt::format("Cannot call BETWEEN on index `{}` after ordering on index `{}`.",
                                  index, *slice.index));
  }
  slice.index = std::move(index);
  slice.range = std::move(range);
  slice.bounded = true;
  return slice;
}

Result<std::string> index_option(Args& args, std::string otherwise) {
  TRY(const std::optional<Value> given, args.option_string("index"));
  if (!given) return otherwise;
  return std::string(given->as_string());
}

}  // namespace octavo::reql
