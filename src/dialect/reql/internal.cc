// Functions that lowering puts around parts of a query, so that plan nodes need no rule of ReQL's.

#include <fmt/format.h>

#include "dialect/reql/context.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"
#include "dialect/reql/text/geojson.h"
#include "value/indexable.h"

namespace octavo::reql {
namespace {

// `tested`, or the option `default` when something was missing: false without it, and
// r.error() as the default lets the failure through.
Result<Val> with_default(Env& env, Args& args, Result<bool> tested) {
  if (tested) return Val(Value::boolean(*tested));
  if (tested.error().code != Code::missing_value) return fail(std::move(tested).error());
  Trail& trail = env.query().trail;
  if (!args.has_option("default")) {
    trail.clear();
    return Val(Value::boolean(false));
  }
  Trail failed_at = std::move(trail);
  trail.clear();
  Result<std::optional<bool>> otherwise = args.option_boolean("default");
  if (otherwise) return Val(Value::boolean(**otherwise));
  if (!trail.empty_error) return fail(std::move(otherwise).error());
  trail = std::move(failed_at);
  return fail(std::move(tested).error());
}

Result<Val> filter_test(Env& env, Args& args) { return with_default(env, args, args.boolean(0)); }

Result<bool> matches(const Value& row, const Value& pattern) {
  if (is_literal(pattern)) {
    const Value* value = pattern.find(kLiteralValueKey);
    return value != nullptr && same(*value, row);
  }
  for (const Field& field : pattern.as_object()) {
    const Value* found = row.is_object() ? row.find(field.name) : nullptr;
    if (found == nullptr) {
      if (!row.is_object()) return fail(type_error("OBJECT", row).error());
      return fail_missing(fmt::format("No attribute `{}` in object.", field.name));
    }
    if (field.value.is_object() && found->is_object()) {
      TRY(const bool inner, matches(*found, field.value));
      if (!inner) return false;
    } else if (!same(*found, field.value)) {
      return false;
    }
  }
  return true;
}

Result<Val> filter_match(Env& env, Args& args) {
  const auto test = [&]() -> Result<bool> {
    TRY(const Value row, args.datum(0));
    TRY(const Value pattern, args.datum(1));
    if (!pattern.is_object()) return truthy(pattern);
    return matches(row, pattern);
  };
  return with_default(env, args, test());
}

Result<Val> at_most_one(Env& env, Args& args) {
  Result<Value> value = args.datum(0);
  if (value) return Val(Value::array({*std::move(value)}));
  if (value.error().code != Code::missing_value) return fail(std::move(value).error());
  env.query().trail.clear();
  return Val(Value::array({}));
}

Result<Val> or_null(Env& env, Args& args) {
  Result<Value> value = args.datum(0);
  if (value) return Val(*std::move(value));
  if (value.error().code != Code::missing_value) return fail(std::move(value).error());
  env.query().trail.clear();
  return Val(Value::null());
}

Result<Val> is_there(Env& env, Args& args) {
  Result<Value> value = args.datum(0);
  if (value) return Val(Value::boolean(!value->is_null()));
  if (value.error().code != Code::missing_value) return fail(std::move(value).error());
  env.query().trail.clear();
  return Val(Value::boolean(false));
}

Result<Val> number_of(Env& /*env*/, Args& args) {
  TRY(const double value, args.number(0));
  return Val(number(value));
}

Result<Val> zip_row(Env& /*env*/, Args& args) {
  TRY(const Value row, args.datum(0));
  const Value* left = row.find("left");
  const Value* right = row.find("right");
  if (left == nullptr) return fail_logic("ZIP can only be called on the result of a join.");
  return Val(right == nullptr ? *left : merge(*left, *right));
}

// The entries that a document has in an index, given what its function says: none for what cannot
// be in an index, or when the function fails.
Result<Val> entries_of(Env& env, Args& args, bool multi) {
  const Result<Value> value = args.datum(0);
  if (!value) {
    const ErrorKind kind = kind_of(value.error().code);
    if (kind != ErrorKind::query_logic && kind != ErrorKind::non_existence &&
        kind != ErrorKind::user) {
      return fail(value.error());
    }
    env.query().trail.clear();
    return Val(Value::array({}));
  }
  const value::ArrayView elements =
      multi && value->is_array() ? value->as_array() : value::ArrayView(&*value, 1);
  std::vector<Value> entries;
  for (const Value& key : elements) {
    if (value::indexable(key)) entries.push_back(key);
  }
  return Val(Value::array(std::move(entries)));
}

// One for each element of an array, one for any other value.
Result<Val> index_keys(Env& env, Args& args) { return entries_of(env, args, true); }

Result<Val> index_key(Env& env, Args& args) { return entries_of(env, args, false); }

Result<Val> sequence_of(Env& env, Args& args) {
  TRY(const StreamPtr stream, args.sequence(0));
  TRY(std::vector<Value> rows, collect(env, *stream, env.array_limit()));
  return Val(Value::array(std::move(rows)));
}

// How many geometries of an indexed value intersect `area`. What is no geometry is not indexed.
Result<std::size_t> count_intersecting(const Value& indexed, const geometry::Shape& area) {
  if (indexed.is_array()) {
    std::size_t count = 0;
    for (const Value& element : indexed.as_array()) {
      if (element.is_array()) continue;
      TRY(const std::size_t one, count_intersecting(element, area));
      count += one;
    }
    return count;
  }
  if (indexed.type() != Type::geometry) return std::size_t{0};
  const Result<geometry::Shape> shape = shape_of(indexed);
  return std::size_t{shape && area.intersects(*shape) ? 1U : 0U};
}

Result<std::size_t> intersecting_argument(Env& env, Args& args, std::size_t i) {
  const Result<Value> indexed = args.datum(i);
  if (!indexed) {
    env.query().trail.clear();
    return std::size_t{0};
  }
  TRY(const Value area, args.datum(i + 1));
  TRY(const geometry::Shape shape, shape_of(area));
  return count_intersecting(*indexed, shape);
}

Result<Val> geo_test(Env& env, Args& args) {
  TRY(const std::size_t count, intersecting_argument(env, args, 0));
  return Val(Value::boolean(count > 0));
}

Result<Val> geo_rows(Env& env, Args& args) {
  TRY(const Value row, args.datum(0));
  TRY(const std::size_t count, intersecting_argument(env, args, 1));
  return Val(Value::array(std::vector<Value>(count, row)));
}

constexpr Term kTerms[] = {
    {term::kFilterTest,
     "filter_test",
     1,
     1,
     {"default"},
     kLiteralOk | kNotGrouped | kLight,
     filter_test},
    {term::kFilterMatch, "filter_match", 2, 2, {"default"}, kLiteralOk | kNotGrouped, filter_match},
    {term::kAtMostOne, "at_most_one", 1, 1, {}, kNotGrouped | kLight, at_most_one},
    {term::kNumberOf, "number_of", 1, 1, {}, kNotGrouped | kLight, number_of},
    {term::kOrNull, "or_null", 1, 1, {}, kNotGrouped | kLight, or_null},
    {term::kIsThere, "is_there", 1, 1, {}, kNotGrouped | kLight, is_there},
    {term::kZipRow, "zip_row", 1, 1, {}, kNotGrouped, zip_row},
    {term::kIndexKeys, "index_keys", 1, 1, {}, kNotGrouped, index_keys},
    {term::kIndexKey, "index_key", 1, 1, {}, kNotGrouped, index_key},
    {term::kSequenceOf, "sequence_of", 1, 1, {}, kNotGrouped, sequence_of},
    {term::kGeoTest, "geo_test", 2, 2, {}, kNotGrouped, geo_test},
    {term::kGeoRows, "geo_rows", 3, 3, {}, kNotGrouped, geo_rows},
};

}  // namespace

std::span<const Term> internal_terms() { return kTerms; }

}  // namespace octavo::reql
