// INNER_JOIN, OUTER_JOIN, EQ_JOIN and ZIP.

#include "dialect/reql/access.h"
#include "dialect/reql/context.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"

namespace octavo::reql {
namespace {

Value joined(const Value& left, const Value& right) {
  return Value::object({{"left", left}, {"right", right}});
}

// Every pair of rows for which `matches` holds; with `outer`, left rows without a partner too.
class NestedLoopStream final : public Stream {
 public:
  NestedLoopStream(function::EvalContext& context, StreamPtr left, StreamPtr right,
                   Function matches, bool outer)
      : left_(std::move(left)),
        right_(std::move(right)),
        matches_(std::move(matches)),
        outer_(outer),
        charge_(context) {}

  Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) override {
    if (right_ != nullptr) TRY_STATUS(read_right(env));
    const PullLimit limit(env, out, options);
    PullOptions few = options;
    few.max_rows = 16;  // each left row may give as many rows as there are right ones
    Pulled pulled = Pulled::rows;
    while (!limit.any() || ((input_.any() || joining_) && !limit.reached())) {
      if (!joining_) {
        TRY(joining_, input_.next(env, *left_, few, current_, pulled));
        if (!joining_) return pulled;
        right_at_ = 0;
        matched_ = false;
      }
      TRY_STATUS(join(env, limit, out));
    }
    return Pulled::rows;
  }
  bool is_array() const override { return left_->is_array(); }
  bool infinite() const override { return left_->infinite(); }
  FeedNote feed() const override { return left_->feed(); }
  void notify(std::function<void()> ready) override { input_.notify(*left_, std::move(ready)); }
  Result<std::vector<Watch>> watches(Env& env) const override {
    TRY_STATUS(left_->watches(env));
    return fail_logic("Cannot call `changes` after `concat_map`.");
  }

 private:
  Status read_right(Env& env) {
    const StreamPtr right = std::exchange(right_, nullptr);
    TRY_STATUS(check_finite(*right));
    return for_each_row(env, *right, [&](const Value& row) -> Result<bool> {
      TRY_STATUS(charge_.add(1));
      right_rows_.push_back(row);
      return true;
    });
  }

  // Goes on with the current left row, until it has met every right one or the pull is full.
  Status join(Env& env, const PullLimit& limit, std::vector<Value>& out) {
    for (; right_at_ < right_rows_.size(); ++right_at_) {
      if (limit.any() && limit.reached()) return {};
      TRY_STATUS(env.check());
      const Value pair[] = {current_, right_rows_[right_at_]};
      TRY(const Value match, call_datum(env, matches_, pair));
      if (!truthy(match)) continue;
      matched_ = true;
      out.push_back(joined(current_, right_rows_[right_at_]));
    }
    if (!matched_ && outer_) out.push_back(Value::object({{"left", current_}}));
    joining_ = false;
    return {};
  }

  StreamPtr left_;
  StreamPtr right_;  // until it was read
  Function matches_;
  bool outer_;
  RowsCharge charge_;
  std::vector<Value> right_rows_;
  InputRows input_;
  bool joining_ = false;  // `current_` has not met all right rows yet
  Value current_;
  std::size_t right_at_ = 0;
  bool matched_ = false;
};

template <bool outer>
Result<Val> nested_loop(Env& env, Args& args) {
  TRY(StreamPtr left, args.sequence(0));
  TRY(StreamPtr right, args.sequence(1));
  TRY(Function matches, args.function(2, Shortcut::constant));
  return stream_val(
      env, std::make_shared<NestedLoopStream>(env.context(), std::move(left), std::move(right),
                                              std::move(matches), outer));
}

// Looks the rows of a table up by a key of each row of any stream, batch by batch.
class LookupStream final : public Stream {
 public:
  LookupStream(StreamPtr source, Function key, TablePtr table, std::optional<IndexId> index,
               bool ordered)
      : source_(std::move(source)),
        key_(std::move(key)),
        table_(std::move(table)),
        index_(index),
        ordered_(ordered) {}

  Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) override {
    const std::size_t before = out.size();
    std::vector<Value> rows;
    while (out.size() == before) {
      TRY_STATUS(env.check());
      if (matches_ != nullptr) {
        TRY_STATUS(take_matches(env, options.max_rows, out));
        continue;
      }
      rows.clear();
      TRY(const Pulled pulled, source_->pull(env, rows, options));
      if (pulled != Pulled::rows) return pulled;
      TRY_STATUS(look_up(env, rows));
    }
    return Pulled::rows;
  }
  bool is_array() const override { return source_->is_array(); }
  bool infinite() const override { return source_->infinite(); }
  FeedNote feed() const override { return source_->feed(); }
  bool sends_states() const override { return source_->sends_states(); }
  void notify(std::function<void()> ready) override {
    if (matches_ != nullptr) return ready();
    source_->notify(std::move(ready));
  }

 private:
  // The rows with their keys as literal rows of a plan: [key, row].
  Status look_up(Env& env, const std::vector<Value>& rows) {
    algebra::Values keyed;
    for (const Value& row : rows) {
      Result<Value> key = call_datum(env, key_, row);
      if (!key) {
        if (key.error().code != Code::missing_value) return fail(std::move(key).error());
        env.query().trail.clear();
        continue;
      }
      if (!key->is_null()) keyed.rows.push_back(Value::array({*std::move(key), row}));
    }
    if (keyed.rows.empty()) return {};
    const Function first_element = field_function(number(0));
    const algebra::PlanPtr plan =
        algebra::make_plan(algebra::LookupJoin{.outer = algebra::make_plan(std::move(keyed)),
                                               .key = first_element.lambda,
                                               .table = table_->id,
                                               .index = index_,
                                               .keep_order = ordered_});
    matches_ = std::make_shared<PlanStream>(nullptr, plan);
    return {};
  }

  Status take_matches(Env& env, std::size_t max_rows, std::vector<Value>& out) {
    std::vector<Value> found;
    TRY(const bool any, matches_->more(env, found, max_rows));
    if (!any) matches_ = nullptr;
    for (const Value& match : found) {
      out.push_back(joined(match.find("left")->as_array()[1], *match.find("right")));
    }
    return {};
  }

  StreamPtr source_;
  Function key_;
  TablePtr table_;
  std::optional<IndexId> index_;
  bool ordered_;
  std::shared_ptr<PlanStream> matches_;  // of the rows that were read last, until they are all out
};

Result<Val> eq_join(Env& env, Args& args) {
  TRY(const StreamPtr source, args.sequence(0));
  TRY(const TablePtr table, args.table(2));
  TRY(const Function key, args.function(1, Shortcut::get_field));
  TRY(const std::optional<bool> ordered, args.option_boolean("ordered"));
  TRY(const std::string index_name, index_option(args, table->primary_key));
  TRY(const IndexInfo* const index, usable_plain_index(*table, index_name));
  std::optional<IndexId> index_id;
  if (index != nullptr) index_id = index->id;
  // What joins an array is an array: not the rows of a plan.
  const PlanStream* const plan = source->is_array() ? nullptr : source->as_plan();
  if (plan != nullptr && !plan->started()) {
    algebra::ExprPtr lambda = close(env, wrap(term::kOrNull, key));
    if (is_deterministic(lambda, Now::varies)) {
      return Val(StreamPtr(std::make_shared<PlanStream>(
          nullptr,
          algebra::make_plan(algebra::LookupJoin{.outer = plan->plan(),
                                                 .key = std::move(lambda),
                                                 .table = table->id,
                                                 .index = index_id,
                                                 .keep_order = ordered.value_or(false)}))));
    }
  }
  if (source->grouped()) {
    return fail_logic(
        "Cannot treat the output of `group` as a stream "
        "(did you mean to `ungroup`?).");
  }
  return stream_val(
      env, std::make_shared<LookupStream>(source, key, table, index_id, ordered.value_or(false)));
}

Result<Val> zip(Env& env, Args& args) {
  TRY(const StreamPtr stream, args.sequence(0));
  const algebra::VarId row = own_variable(0);
  TRY(StreamPtr zipped,
      stream->transformed(env, {.kind = Transform::Kind::map,
                                .function = make_lambda({row}, call(term::kZipRow, {var(row)}), {}),
                                .feed_name = "zip"}));
  return stream_val(env, std::move(zipped));
}

constexpr Term kTerms[] = {
    {48, "inner_join", 3, 3, {}, kStreamFunctions, nested_loop<false>},
    {49, "outer_join", 3, 3, {}, kStreamFunctions, nested_loop<true>},
    {50, "eq_join", 3, 3, {"index", "ordered"}, kStreamFunctions, eq_join},
    {72, "zip", 1, 1, {}, kScalar, zip},
};

}  // namespace

std::span<const Term> join_terms() { return kTerms; }

}  // namespace octavo::reql
