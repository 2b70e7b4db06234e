// COUNT, SUM, AVG, MIN, MAX, REDUCE, GROUP and UNGROUP.

#include <fmt/format.h>

#include "dialect/reql/access.h"
#include "dialect/reql/context.h"
#include "dialect/reql/kernels.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"
#include "dialect/reql/terminal.h"
#include "value/utf8.h"

namespace octavo::reql {
namespace {

using algebra::AggregateKind;

class CountTerminal final : public Terminal {
 public:
  Result<bool> add(Env& /*env*/, const Value& /*row*/) override {
    ++count_;
    return true;
  }
  Result<Value> finish(Env& /*env*/) override { return number(static_cast<double>(count_)); }

 private:
  std::uint64_t count_ = 0;
};

// What `function` makes of a row, or the row itself; nullopt when the row misses it.
Result<std::optional<Value>> value_of(Env& env, const std::optional<Function>& function,
                                      const Value& row) {
  if (!function) return std::optional<Value>(row);
  Result<Value> value = call_datum(env, *function, row);
  if (value) return std::optional<Value>(*std::move(value));
  if (value.error().code != Code::missing_value) return fail(std::move(value).error());
  env.query().trail.clear();
  return std::optional<Value>();
}

std::unexpected<Error> nothing_to(std::string_view what, std::string_view name) {
  return fail_missing(fmt::format(
      "Cannot take the {} of an empty stream.  (If you passed `{}` a field name, it may be that no "
      "elements of the stream had that field.)",
      what, name));
}

class SumTerminal final : public Terminal {
 public:
  SumTerminal(std::optional<Function> function, bool average)
      : function_(std::move(function)), average_(average) {}
  Result<bool> add(Env& env, const Value& row) override {
    TRY(const std::optional<Value> value, value_of(env, function_, row));
    if (!value || value->is_null()) return false;
    TRY(const double addend, to_number(*value));
    sum_ += addend;
    ++count_;
    return true;
  }
  Result<Value> finish(Env& /*env*/) override {
    if (!average_) return make_number(sum_);
    if (count_ == 0) return nothing_to("average", "avg");
    return make_number(sum_ / static_cast<double>(count_));
  }

 private:
  std::optional<Function> function_;
  bool average_;
  double sum_ = 0;
  std::uint64_t count_ = 0;
};

class ExtremeTerminal final : public Terminal {
 public:
  ExtremeTerminal(std::optional<Function> function, bool maximum)
      : function_(std::move(function)), maximum_(maximum) {}
  Result<bool> add(Env& env, const Value& row) override {
    TRY(const std::optional<Value> value, value_of(env, function_, row));
    if (!value) return false;
    if (best_) {
      const auto ordering = order(*value, *best_);
      if (maximum_ ? ordering <= 0 : ordering >= 0) return true;
    }
    best_ = *value;
    row_ = row;
    return true;
  }
  Result<Value> finish(Env& /*env*/) override {
    if (!best_) return nothing_to(maximum_ ? "max" : "min", maximum_ ? "max" : "min");
    return row_;
  }

 private:
  std::optional<Function> function_;
  bool maximum_;
  std::optional<Value> best_;
  Value row_;
};

class ReduceTerminal final : public Terminal {
 public:
  explicit ReduceTerminal(Function function) : function_(std::move(function)) {}
  Result<bool> add(Env& env, const Value& row) override {
    if (!result_) {
      result_ = row;
      return true;
    }
    const Value arguments[] = {*std::move(result_), row};
    TRY(result_, call_datum(env, function_, arguments));
    return true;
  }
  Result<Value> finish(Env& /*env*/) override {
    if (!result_) return fail_missing("Cannot reduce over an empty stream.");
    return *std::move(result_);
  }

 private:
  Function function_;
  std::optional<Value> result_;
};

Result<Val> count_rows(Env& env, Stream& stream) {
  TRY_STATUS(check_finite(stream));
  TRY(std::optional<Val> counted,
      run_on_plan(env, stream, {.kind = AggregateKind::count, .value = {}}));
  if (counted) return *std::move(counted);
  return run_terminal(env, stream, [] { return std::make_unique<CountTerminal>(); });
}

Result<Val> count(Env& env, Args& args) {
  TRY(const Val target, args.val(0));
  if (args.size() == 2) {
    TRY(const Function test, element_test(env, args, 1));
    Result<StreamPtr> stream = to_sequence(env, target);
    if (!stream) return args.at(0, std::unexpected(std::move(stream).error()));
    TRY(const StreamPtr kept,
        (*stream)->transformed(env, {.kind = Transform::Kind::filter,
                                     .function = filter_function(env, test, nullptr)}));
    return count_rows(env, *kept);
  }
  if (target.is_datum() || target.kind() == Kind::single_selection) {
    TRY(const Value datum, to_datum(env, target));
    if (datum.type() == Type::bytes) {
      return Val(number(static_cast<double>(datum.as_bytes().size())));
    }
    if (datum.is_string()) {
      return Val(number(static_cast<double>(value::count_code_points(datum.as_string()))));
    }
    if (datum.is_object()) return Val(number(static_cast<double>(datum.as_object().size())));
    if (datum.is_array()) return Val(number(static_cast<double>(datum.as_array().size())));
  }
  Result<StreamPtr> stream = to_sequence(env, target);
  if (!stream) return args.at(0, std::unexpected(std::move(stream).error()));
  return count_rows(env, **stream);
}

Result<std::optional<Function>> value_function(Args& args) {
  if (args.size() < 2) return std::optional<Function>();
  TRY(Function function, args.function(1, Shortcut::get_field));
  return std::optional<Function>(std::move(function));
}

Function identity() {
  const algebra::VarId row = own_variable(0);
  return make_lambda({row}, var(row), {});
}

// min and max by an index select the first row of a slice.
Result<Val> extreme_by_index(const TablePtr& table, const std::optional<Value>& index,
                             bool maximum) {
  TableSlice slice{.table = table};
  if (index) slice.index = std::string(index->as_string());
  slice.order = maximum ? algebra::Direction::descending : algebra::Direction::ascending;
  return Val::single({.table = table, .key = {}, .slice = std::move(slice), .row = {}});
}

template <AggregateKind kind>
Result<Val> aggregate(Env& env, Args& args) {
  constexpr bool kExtreme = kind == AggregateKind::minimum || kind == AggregateKind::maximum;
  TRY(const Val target, args.val(0));
  TRY(const std::optional<Value> index, args.option_string("index"));
  TRY(const std::optional<Function> function, value_function(args));
  if (function && index) {
    return fail_logic(
        fmt::format("Cannot provide both a function and an index to {}.", args.term().name));
  }
  if (index && !kExtreme) {
    return fail_logic(fmt::format("Cannot call {} on an index.", args.term().name));
  }
  if (kExtreme && (index || (!function && target.kind() == Kind::table))) {
    Result<TablePtr> table = to_table(env, target);
    if (!table) return args.at(0, std::unexpected(std::move(table).error()));
    return extreme_by_index(*table, index, kind == AggregateKind::maximum);
  }
  Result<StreamPtr> stream = to_sequence(env, target);
  if (!stream) return args.at(0, std::unexpected(std::move(stream).error()));
  TRY_STATUS(check_finite(**stream));
  TRY(std::optional<Val> on_plan,
      run_on_plan(env, **stream, {.kind = kind, .value = function.value_or(identity())}));
  if (on_plan) {
    // Of no rows at all: the error that the terminal gives.
    const bool empty = on_plan->is_datum() && on_plan->datum().is_null();
    if (!empty) return *std::move(on_plan);
    stream = StreamPtr(std::make_shared<ArrayStream>(Value::array({})));
  }
  return run_terminal(env, **stream, [&]() -> std::unique_ptr<Terminal> {
    if constexpr (kExtreme) {
      return std::make_unique<ExtremeTerminal>(function, kind == AggregateKind::maximum);
    } else {
      return std::make_unique<SumTerminal>(function, kind == AggregateKind::average);
    }
  });
}

Result<Val> reduce(Env& env, Args& args) {
  TRY(const StreamPtr stream, args.sequence(0));
  TRY(const Function function, args.function(1));
  return run_terminal(env, *stream, [&] { return std::make_unique<ReduceTerminal>(function); });
}

// Groups by the values of an index; rows that the index does not hold are left out.
Result<StreamPtr> rows_of_index(Env& env, const TablePtr& table, const std::string& name,
                                GroupKey::Kind kind, std::vector<GroupKey>& keys) {
  TRY(const IndexInfo* const index, usable_plain_index(*table, name));
  TableSlice slice{.table = table};
  if (index == nullptr) {
    keys.push_back({field_function(string(name)), kind});
    return slice_stream(env, slice);
  }
  Function value{.lambda = index->function, .captured = {}, .place = {}};
  if (index->multi) {
    // The index would deliver a row once for each of its entries, without saying for which.
    keys.push_back({wrap(term::kIndexKeys, value), GroupKey::Kind::entries});
    return slice_stream(env, slice);
  }
  TRY(slice, with_order(std::move(slice), name, algebra::Direction::ascending));
  keys.push_back({std::move(value), kind});
  return slice_stream(env, slice);
}

Result<Val> group(Env& env, Args& args) {
  TRY(const std::optional<Value> index, args.option_string("index"));
  TRY(const std::optional<bool> multi, args.option_boolean("multi"));
  const GroupKey::Kind kind =
      multi.value_or(false) ? GroupKey::Kind::elements : GroupKey::Kind::value;
  std::vector<GroupKey> keys;
  for (std::size_t i = 1; i < args.size(); ++i) {
    TRY(Function key, args.function(i, Shortcut::get_field));
    keys.push_back({std::move(key), kind});
  }
  StreamPtr stream;
  if (index) {
    TRY(const TablePtr table, args.table(0));
    TRY(stream, rows_of_index(env, table, std::string(index->as_string()), kind, keys));
  } else {
    TRY(stream, args.sequence(0));
  }
  if (keys.empty()) return fail_logic("Cannot group by nothing.");
  if (stream->grouped()) {
    return fail_logic(
        "Cannot call `group` on the output of `group` "
        "(did you mean to `ungroup`?).");
  }
  return Val(StreamPtr(std::make_shared<GroupStream>(std::move(stream), std::move(keys))));
}

Result<Val> ungroup(Env& env, Args& args) {
  TRY(const Val target, args.val(0));
  std::map<Value, Value, DatumLess> groups;
  if (target.kind() == Kind::grouped) {
    groups = target.groups();
  } else if (target.kind() == Kind::sequence && target.stream()->grouped()) {
    TRY(groups, collect_groups(env, *target.stream()));
  } else {
    return args.at(0, kind_error(env, Kind::grouped, target));
  }
  std::vector<Value> rows;
  rows.reserve(groups.size());
  for (const auto& [group, reduction] : groups) {
    rows.push_back(Value::object({{"group", group}, {"reduction", reduction}}));
  }
  TRY(Value array, make_array(std::move(rows), env.array_limit()));
  return Val(std::move(array));
}

constexpr std::uint16_t kAggregateFlags = kGroupedSequence | kStreamFunctions;

constexpr Term kTerms[] = {
    {43, "count", 1, 2, {}, kAggregateFlags, count},
    {145, "sum", 1, 2, {"index"}, kAggregateFlags | kLight, aggregate<AggregateKind::sum>},
    {146, "avg", 1, 2, {"index"}, kAggregateFlags | kLight, aggregate<AggregateKind::average>},
    {147, "min", 1, 2, {"index"}, kAggregateFlags | kLight, aggregate<AggregateKind::minimum>},
    {148, "max", 1, 2, {"index"}, kAggregateFlags | kLight, aggregate<AggregateKind::maximum>},
    {37, "reduce", 2, 2, {"base"}, kAggregateFlags | kLight, reduce},
    {144, "group", 1, -1, {"index", "multi"}, kAggregateFlags | kLight, group},
    {150, "ungroup", 1, 1, {}, kNotGrouped, ungroup},
};

}  // namespace

std::span<const Term> aggregate_terms() { return kTerms; }

}  // namespace octavo::reql
