// count and distinct.

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "base/limits.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/match/values_at.h"
#include "dialect/mongodb/type/bson_form.h"
#include "protocol/mongodb/command/document_rows.h"
#include "protocol/mongodb/command/find_plan.h"
#include "protocol/mongodb/command/hint.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::size_t kRowsAtOnce = 256;
constexpr std::size_t kMostDistinctBytes = 16 * kMiB;  // of BSON

Value number(std::int64_t count) {
  if (count <= std::numeric_limits<std::int32_t>::max()) {
    return Value::int32(static_cast<std::int32_t>(count));
  }
  return Value::int64(count);
}

// All rows of the plan, one after the other.
template <class Take>
Status each_row(CommandCall& call, const algebra::PlanPtr& plan, Take take) {
  TRY(const auto query, call.engine().query(plan, call.context()));
  std::vector<Value> rows;
  for (;;) {
    rows.clear();
    TRY_STATUS(query->next(kRowsAtOnce, rows));
    if (rows.empty()) return {};
    for (const Value& row : rows) TRY_STATUS(take(row));
  }
}

}  // namespace

Result<Reply> run_count(CommandCall& call) {
  TRY_STATUS(check_hint(call.find("hint")));
  TRY(RequestScope scope, RequestScope::make(call));
  const Value* const given_limit = call.find("limit");
  if (given_limit != nullptr && !given_limit->is_number()) {
    return error(ErrorCode::bad_value, "limit value is not a valid number");
  }
  const std::int64_t limit = call.integer("limit").value_or(0);
  if (limit == std::numeric_limits<std::int64_t>::min()) {
    return error(ErrorCode::bad_value, "Limit value out of range");
  }
  TRY(const auto skip, call.integer_from("skip", 0));
  const Value filter = call.document("query");
  const bool all = filter.as_object().empty() && !skip && limit == 0 && !call.find("hint");
  std::int64_t count = 0;
  const auto collection =
      find_collection(*call.engine().catalog(), call.database(), call.collection());
  if (all && collection) {
    TRY(const std::uint64_t rows, call.engine().estimate_count(collection->id(), call.context()));
    count = static_cast<std::int64_t>(rows);
  } else {
    call.context().one_version = true;
    EngineCollections collections(call, call.context());
    if (const Value* const hint = call.find("hint")) collections.set_hint(*hint);
    TRY(const auto plan,
        plan_documents(call, collections, scope,
                       {.filter = &filter,
                        .skip = skip.value_or(0),
                        .limit = limit == 0 ? std::nullopt : std::optional(std::abs(limit))}));
    TRY_STATUS(each_row(call, plan, [&](const Value& /*row*/) -> Status {
      ++count;
      return {};
    }));
  }
  Reply reply;
  reply.add("n", number(count));
  return reply;
}

Result<Reply> run_distinct(CommandCall& call) {
  TRY_STATUS(check_hint(call.find("hint")));
  const std::string_view key = call.text("key");
  if (key.find('\0') != key.npos)
    return error(31032, "Key field cannot contain an embedded null byte");
  const Value filter = call.document("query");
  TRY(RequestScope scope, RequestScope::make(call));
  call.context().one_version = true;
  EngineCollections collections(call, call.context());
  if (const Value* const hint = call.find("hint")) collections.set_hint(*hint);
  TRY(const auto plan, plan_documents(call, collections, scope, {.filter = &filter}));
  TRY(const CollatedOrder order, collated_order(scope.variables()));
  // Of those that a collation finds equal, the first one stays.
  std::set<Value, CollatedLess> values(CollatedLess{order});
  std::size_t bytes = 0;
  TRY_STATUS(each_row(call, plan, [&](const Value& row) -> Status {
    each_value_at(row, key, [&](const Value& found) {
      if (values.insert(found).second) bytes += bson_size(found);
    });
    return bytes <= kMostDistinctBytes ? Status() : error(17217, "distinct too big, 16mb cap");
  }));
  Reply reply;
  reply.add("values", Value::array({values.begin(), values.end()}));
  return reply;
}

}  // namespace octavo::mongodb
