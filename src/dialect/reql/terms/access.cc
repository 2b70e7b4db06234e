// DB, TABLE, GET, GET_ALL and BETWEEN.

#include "dialect/reql/access.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "dialect/reql/context.h"
#include "dialect/reql/kernels.h"
#include "dialect/reql/keys.h"
#include "dialect/reql/read/names.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"

namespace octavo::reql {
namespace {

Result<Val> db(Env& env, Args& args) {
  TRY(const std::string name, name_argument(args, 0, "Database"));
  TRY(Host* const host, env.need_host());
  TRY(DatabasePtr found, host->find_database(name));
  if (found == nullptr) return fail(database_missing(name));
  return Val(std::move(found));
}

constexpr std::string_view kReadModes[] = {"majority", "single", "outdated", "_debug_direct"};

// One node has one copy of each row: every read mode reads it.
Status check_read_mode(const std::optional<Value>& mode) {
  if (!mode) return {};
  if (std::find(std::begin(kReadModes), std::end(kReadModes), mode->as_string()) !=
      std::end(kReadModes)) {
    return {};
  }
  return fail_logic(
      fmt::format("Read mode `{}` unrecognized (options are \"majority\", "
                  "\"single\", and \"outdated\").",
                  mode->as_string()));
}

Result<IdentifierFormat> identifier_format(Args& args) {
  TRY(const std::optional<Value> given, args.option_string("identifier_format"));
  if (!given || given->as_string() == "name") return IdentifierFormat::name;
  if (given->as_string() == "uuid") return IdentifierFormat::uuid;
  return fail_logic(
      fmt::format("Identifier format `{}` unrecognized (options are \"name\" and "
                  "\"uuid\").",
                  given->as_string()));
}

Result<Val> table(Env& env, Args& args) {
  TRY(const std::optional<Val> outdated, args.option("use_outdated"));
  if (outdated) {
    return fail_logic(
        "The `use_outdated` optarg is no longer supported.  Use the `read_mode` "
        "optarg instead.");
  }
  TRY(const std::optional<Value> mode, args.option_string("read_mode"));
  TRY_STATUS(check_read_mode(mode));
  TRY(const IdentifierFormat format, identifier_format(args));
  TRY(const DatabasePtr database, database_argument(env, args, args.size() == 2));
  TRY(const std::string name, name_argument(args, args.size() - 1, "Table"));
  TRY(Host* const host, env.need_host());
  TRY(TablePtr found, host->find_table(*database, name, format));
  if (found == nullptr) return fail(table_missing(database->name, name));
  return Val(std::move(found));
}

Result<Val> get(Env& /*env*/, Args& args) {
  TRY(const TablePtr table, args.table(0));
  TRY(Value key, args.datum(1));
  TRY_STATUS(check_primary_key(*table, key));
  return Val::single({.table = table, .key = std::move(key), .slice = {}, .row = {}});
}

Result<Value> key_argument(Args& args, std::size_t i) {
  TRY(Value key, args.datum(i));
  if (key.type() == Type::geometry) {
    return args.at(i, fail_logic("Cannot use a geospatial index with `get_all`. "
                                 "Use `get_intersecting` instead."));
  }
  if (key.is_null()) return args.at(i, fail_missing("Keys cannot be NULL."));
  return key;
}

Result<Val> get_all(Env& /*env*/, Args& args) {
  TRY(const TablePtr table, args.table(0));
  TRY(const std::string index_name, index_option(args, table->primary_key));
  algebra::KeySet keys;
  for (std::size_t i = 1; i < args.size(); ++i) {
    TRY(Value key, key_argument(args, i));
    keys.keys.push_back(std::move(key));
  }
  TRY(const IndexInfo* const index, usable_plain_index(*table, index_name));
  for (const Value& key : keys.keys) {
    TRY_STATUS(index == nullptr ? check_primary_key(*table, key) : check_index_key(key));
  }
  algebra::Scan scan{.table = table->id};
  if (index != nullptr) scan.index = index->id;
  scan.keys = std::move(keys);
  return Val::selection(
      {.table = table,
       .rows = std::make_shared<PlanStream>(table, algebra::make_plan(std::move(scan)))});
}

template <bool null_is_unbounded>
Result<Value> bound_argument(Args& args, std::size_t i, const Value& unbounded) {
  TRY(Value bound, args.datum(i));
  if (!bound.is_null()) return bound;
  if (null_is_unbounded) return unbounded;
  return args.at(i, fail_logic("Cannot use `null` in BETWEEN, use `r.minval` or `r.maxval` to "
                               "denote unboundedness."));
}

template <bool null_is_unbounded>
Result<Val> between(Env& env, Args& args) {
  TRY(const Val target, args.val(0));
  Result<TableSlice> slice = to_slice(env, target);
  if (!slice) return args.at(0, std::unexpected(std::move(slice).error()));
  TRY(const bool left_open, open_bound(args, "left_bound", false));
  TRY(const bool right_open, open_bound(args, "right_bound", true));
  TRY(Value lower, bound_argument<null_is_unbounded>(args, 1, Value::min_key()));
  TRY(Value upper, bound_argument<null_is_unbounded>(args, 2, Value::max_key()));
  TRY(std::string index, index_option(args, slice->index.value_or(slice->table->primary_key)));
  TRY(TableSlice bounded,
      with_bounds(*std::move(slice), std::move(index),
                  {.lower = {.value = std::move(lower), .inclusive = !left_open},
                   .upper = {.value = std::move(upper), .inclusive = !right_open}}));
  return Val::slice(std::move(bounded));
}

constexpr Term kTerms[] = {
    {14, "db", 1, 1, {}, kReadsData | kCheap, db, needs::kNothing},
    {15,
     "table",
     1,
     2,
     {"read_mode", "use_outdated", "identifier_format"},
     kReadsData | kCheap,
     table,
     needs::kNothing},
    {16, "get", 2, 2, {}, kReadsData | kCheap, get, needs::kRead},
    {78, "get_all", 1, -1, {"index"}, kReadsData, get_all, needs::kRead},
    {182,
     "between",
     3,
     3,
     {"index", "left_bound", "right_bound"},
     kReadsData,
     between<false>,
     needs::kRead},
    {36,
     "between",
     3,
     3,
     {"index", "left_bound", "right_bound"},
     kReadsData,
     between<true>,
     needs::kRead},
};

}  // namespace

std::span<const Term> access_terms() { return kTerms; }

}  // namespace octavo::reql
