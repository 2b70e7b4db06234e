// ORDER_BY, ASC, DESC, DISTINCT and UNION.

#include "dialect/reql/order.h"

#include <fmt/format.h>

#include <set>

#include "algebra/key_range.h"
#include "dialect/reql/access.h"
#include "dialect/reql/context.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/merge_stream.h"
#include "dialect/reql/stream/stream.h"

namespace octavo::reql {
namespace {

// Only order_by and union look at the direction; both find it in the expression.
Result<Val> direction(Env& /*env*/, Args& args) { return args.val(0); }

// The value by which an index holds a row, as a function of the row.
Function index_function(const TableInfo& table, const IndexInfo* index) {
  if (index == nullptr) return field_function(string(table.primary_key));
  return {.lambda = index->function, .captured = {}, .place = {}};
}

// Rows in index order, those with equal index values sorted further.
class IndexedSortStream final : public Stream {
 public:
  IndexedSortStream(StreamPtr source, Function index_key, std::string index_name,
                    std::vector<OrderKey> keys)
      : source_(std::move(source)),
        index_key_(std::move(index_key)),
        index_name_(std::move(index_name)),
        keys_(std::move(keys)) {}

  Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) override {
    while (next_ == sorted_.size()) {
      TRY(const bool any, read_run(env));
      if (!any) return Pulled::end;
    }
    const std::size_t count = std::min(options.max_rows, sorted_.size() - next_);
    for (std::size_t i = 0; i < count; ++i) out.push_back(std::move(sorted_[next_++]));
    return Pulled::rows;
  }

 private:
  // Collects and sorts the next rows that share an index value.
  Result<bool> read_run(Env& env) {
    std::vector<Value> run;
    std::optional<Value> shared;
    while (true) {
      TRY_STATUS(env.check());
      if (input_.empty()) {
        std::vector<Value> rows;
        TRY(const bool any, source_->more(env, rows));
        if (!any) break;
        input_.assign(std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
      }
      TRY(Value value, call_datum(env, index_key_, input_.front()));
      if (shared && !same(*shared, value)) break;
      shared = std::move(value);
      run.push_back(std::move(input_.front()));
      input_.pop_front();
      if (run.size() > env.array_limit()) {
        return fail_resource(fmt::format("Too many rows (> {}) with the same value for index `{}`.",
                                         env.array_limit(), index_name_));
      }
    }
    if (run.empty()) return false;
    TRY(sorted_, sort_rows(env, keys_, std::move(run)));
    next_ = 0;
    return true;
  }

  StreamPtr source_;
  Function index_key_;
  std::string index_name_;
  std::vector<OrderKey> keys_;
  std::deque<Value> input_;
  std::vector<Value> sorted_;
  std::size_t next_ = 0;
};

Result<Val> order_by_index(Env& env, Args& args, const Val& target, const std::string& name,
                           std::vector<OrderKey> keys) {
  if (target.kind() != Kind::table && target.kind() != Kind::table_slice) {
    return fail_logic(
        "Indexed order_by can only be performed on a TABLE or TABLE_SLICE. Make sure "
        "order_by comes before any transformations (such as map) or filters.");
  }
  algebra::Direction direction = algebra::Direction::ascending;
  for (const algebra::Option& option : args.call().options) {
    if (option.name == "index" && is_call_of(option.value, term::kDesc)) {
      direction = algebra::Direction::descending;
    }
  }
  TRY(TableSlice slice, to_slice(env, target));
  TRY(slice, with_order(std::move(slice), name, direction));
  if (keys.empty()) return Val::slice(std::move(slice));
  TRY(const IndexInfo* const index, usable_plain_index(*slice.table, name));
  TRY(StreamPtr rows, slice_stream(env, slice));
  return Val::selection(
      {.table = slice.table,
       .rows = std::make_shared<IndexedSortStream>(
           std::move(rows), index_function(*slice.table, index), name, std::move(keys))});
}

// What a plan gives is sorted when the first row is asked for.
Result<StreamPtr> sort_stream(Env& env, Stream& stream, const std::vector<OrderKey>& keys) {
  if (const PlanStream* const plan = stream.as_plan(); plan != nullptr) {
    if (StreamPtr sorted = plan->sorted(env, keys)) return sorted;
  }
  TRY(std::vector<Value> rows, collect(env, stream, env.array_limit()));
  TRY(rows, sort_rows(env, keys, std::move(rows)));
  return StreamPtr(std::make_shared<ArrayStream>(Value::array(std::move(rows))));
}

Result<Val> order_by(Env& env, Args& args) {
  std::vector<OrderKey> keys;
  for (const algebra::ExprPtr& argument : args.call().args) {
    if (is_call_of(argument, term::kArgs)) {
      return fail_logic("r.args is not supported in an order_by or union command yet.");
    }
  }
  for (std::size_t i = 1; i < args.size(); ++i) {
    TRY(const Val given, args.val(i));
    Result<OrderKey> key = order_key(env, args.call().args[i], given);
    if (!key) return args.at(i, std::unexpected(std::move(key).error()));
    keys.push_back(*std::move(key));
  }
  TRY(const Val target, args.val(0));
  TRY(const std::optional<Value> index, args.option_string("index"));
  if (index) {
    return order_by_index(env, args, target, std::string(index->as_string()), std::move(keys));
  }
  Result<StreamPtr> stream = to_sequence(env, target);
  if (!stream) return args.at(0, std::unexpected(std::move(stream).error()));
  if (keys.empty()) return fail_logic("Must specify something to order by.");
  TRY(StreamPtr sorted, sort_stream(env, **stream, keys));
  if (is_selection(target)) {
    TRY(Selection selection, to_selection(env, target));
    selection.rows = std::move(sorted);
    return Val::selection(std::move(selection));
  }
  return stream_val(env, std::move(sorted));
}

// Leaves out rows equal to the one before.
class AdjacentDistinctStream final : public Stream {
 public:
  explicit AdjacentDistinctStream(StreamPtr source) : source_(std::move(source)) {}

  Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) override {
    const std::size_t before = out.size();
    std::vector<Value> rows;
    while (out.size() == before) {
      TRY_STATUS(env.check());
      rows.clear();
      TRY(const Pulled pulled, source_->pull(env, rows, options));
      if (pulled != Pulled::rows) return pulled;
      for (Value& row : rows) {
        if (last_ && same(*last_, row)) continue;
        last_ = row;
        out.push_back(std::move(row));
      }
    }
    return Pulled::rows;
  }

 private:
  StreamPtr source_;
  std::optional<Value> last_;
};

Result<std::vector<Value>> distinct_values(Env& env, Stream& stream) {
  TRY_STATUS(check_finite(stream));
  std::set<Value, DatumLess> values;
  RowsCharge charge(env.context());
  TRY_STATUS(for_each_row(env, stream, [&](const Value& row) -> Result<bool> {
    if (!values.insert(row).second) return true;
    TRY_STATUS(charge.add(3));
    if (values.size() > env.array_limit()) return fail(array_too_large(env.array_limit()));
    return true;
  }));
  return std::vector<Value>(values.begin(), values.end());
}

// The distinct values of an index, ascending (or in the slice's own direction).
Result<Val> distinct_of_index(Env& env, TableSlice slice, const std::string& name) {
  TRY(const IndexInfo* const index, usable_plain_index(*slice.table, name));
  if (slice.index && *slice.index != name) {
    // The rows come through another index, in an order of no use here, and not all are in this one.
    TRY(const StreamPtr all, slice_stream(env, slice));
    const bool multi = index != nullptr && index->multi;
    TRY(const StreamPtr values,
        all->transformed(env, {.kind = Transform::Kind::unwind,
                               .function = wrap(multi ? term::kIndexKeys : term::kIndexKey,
                                                index_function(*slice.table, index)),
                               .feed_name = "distinct"}));
    TRY(std::vector<Value> found, distinct_values(env, *values));
    return Val(Value::array(std::move(found)));
  }
  if (!slice.order) {
    TRY(slice, with_order(std::move(slice), name, algebra::Direction::ascending));
  }
  TRY(const StreamPtr rows, slice_stream(env, slice));
  const Function key = index_function(*slice.table, index);
  if (index == nullptr || !index->multi) {
    TRY(StreamPtr values,
        rows->transformed(
            env, {.kind = Transform::Kind::map, .function = key, .feed_name = "distinct"}));
    const PlanStream* const plan = values->as_plan();
    if (index == nullptr || plan == nullptr) {
      return Val(StreamPtr(std::make_shared<AdjacentDistinctStream>(std::move(values))));
    }
    return Val(StreamPtr(std::make_shared<PlanStream>(
        nullptr, algebra::make_plan(algebra::Distinct{plan->plan()}))));
  }
  // A document stands in a multi index under several values, some of them outside the slice.
  TRY(const StreamPtr entries, rows->transformed(env, {.kind = Transform::Kind::unwind,
                                                       .function = wrap(term::kIndexKeys, key),
                                                       .feed_name = "distinct"}));
  TRY(std::vector<Value> values, distinct_values(env, *entries));
  std::erase_if(values,
                [&](const Value& value) { return !algebra::contains(slice.range, value, order); });
  if (slice.order == algebra::Direction::descending) std::reverse(values.begin(), values.end());
  return Val(StreamPtr(std::make_shared<SliceStream>(
      std::make_shared<ArrayStream>(Value::array(std::move(values))), 0, kNoEnd)));
}

Result<Val> distinct(Env& env, Args& args) {
  TRY(const Val target, args.val(0));
  TRY(const std::optional<Value> index, args.option_string("index"));
  const bool sliceable = target.kind() == Kind::table || target.kind() == Kind::table_slice;
  if (index && !sliceable) {
    return fail_logic("Can only perform an indexed distinct on a TABLE.");
  }
  if (index) {
    TRY(TableSlice slice, to_slice(env, target));
    return distinct_of_index(env, std::move(slice), std::string(index->as_string()));
  }
  if (sliceable) {
    // Rows of one table differ at least in their primary key.
    TRY(TableSlice slice, to_slice(env, target));
    if (!slice.order && (!slice.index || *slice.index == slice.table->primary_key)) {
      slice.index = slice.table->primary_key;
      slice.order = algebra::Direction::ascending;
    }
    TRY(const IndexInfo* const index_info,
        usable_plain_index(*slice.table, slice.index.value_or(slice.table->primary_key)));
    if (index_info == nullptr) {
      TRY(StreamPtr rows, slice_stream(env, slice));
      return Val(StreamPtr(std::make_shared<AdjacentDistinctStream>(std::move(rows))));
    }
  }
  Result<StreamPtr> stream = to_sequence(env, target);
  if (!stream) return args.at(0, std::unexpected(std::move(stream).error()));
  TRY(std::vector<Value> values, distinct_values(env, **stream));
  return Val(Value::array(std::move(values)));
}

// The orderings that `interleave` names: one, or an array of them.
Result<std::vector<OrderKey>> interleave_keys(Env& env, const algebra::ExprPtr& expression) {
  std::vector<OrderKey> keys;
  const auto* array = std::get_if<algebra::MakeArray>(&expression->node);
  if (array != nullptr) {
    for (const algebra::ExprPtr& element : array->elements) {
      TRY(const Val value, evaluate(env, element));
      TRY(OrderKey key, order_key(env, element, value));
      keys.push_back(std::move(key));
    }
    return keys;
  }
  TRY(const Val value, evaluate(env, expression));
  if (value.is_datum() && value.datum().is_array()) {
    for (const Value& element : value.datum().as_array()) {
      TRY(OrderKey key, order_key(env, constant(element), Val(element)));
      keys.push_back(std::move(key));
    }
    return keys;
  }
  TRY(OrderKey key, order_key(env, expression, value));
  keys.push_back(std::move(key));
  return keys;
}

Result<Val> union_all(Env& env, Args& args) {
  std::vector<StreamPtr> streams;
  for (std::size_t i = 0; i < args.size(); ++i) {
    TRY(StreamPtr stream, args.sequence(i));
    streams.push_back(std::move(stream));
  }
  for (const algebra::Option& option : args.call().options) {
    if (option.name != "interleave") continue;
    // An array may hold functions, so it is no value.
    const bool is_array = std::holds_alternative<algebra::MakeArray>(option.value->node);
    Val given;
    if (!is_array) {
      TRY(given, evaluate(env, option.value));
    }
    const bool is_boolean = !is_array && given.is_datum() && given.datum().type() == Type::boolean;
    if (is_boolean && given.datum().as_boolean()) break;
    std::vector<OrderKey> keys;
    if (!is_boolean) {
      TRY(keys, interleave_keys(env, option.value));
    }
    return stream_val(env,
                      std::make_shared<OrderedUnionStream>(std::move(streams), std::move(keys)));
  }
  return stream_val(env, std::make_shared<UnionStream>(std::move(streams)));
}

constexpr Term kTerms[] = {
    {41, "order_by", 1, -1, {"index"}, kScalar, order_by},
    {73, "asc", 1, 1, {}, kOrdering, direction},
    {74, "desc", 1, 1, {}, kOrdering, direction},
    {42, "distinct", 1, 1, {"index"}, kScalar, distinct},
    {44, "union", 0, -1, {"interleave"}, kScalar | kWaitsWithOptions, union_all},
};

}  // namespace

std::span<const Term> order_terms() { return kTerms; }

}  // namespace octavo::reql
