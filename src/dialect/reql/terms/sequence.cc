// Terms that make sequences out of sequences.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "dialect/reql/access.h"
#include "dialect/reql/context.h"
#include "dialect/reql/kernels.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/merge_stream.h"
#include "dialect/reql/stream/stream.h"
#include "value/utf8.h"

namespace octavo::reql {
namespace {

std::string counted(std::size_t n, std::string_view noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

Result<Val> map(Env& env, Args& args) {
  const std::size_t count = args.size() - 1;
  std::vector<StreamPtr> streams;
  for (std::size_t i = 0; i < count; ++i) {
    TRY(StreamPtr stream, args.sequence(i));
    streams.push_back(std::move(stream));
  }
  TRY(Function function, args.function(count));
  if (function.arity() != 0 && function.arity() != count) {
    return fail_logic(fmt::format("The function passed to `map` expects {}, but {} {} found.",
                                  counted(function.arity(), "argument"), counted(count, "sequence"),
                                  count == 1 ? "was" : "were"));
  }
  if (count > 1) {
    return stream_val(env, std::make_shared<ParallelStream>(std::move(streams), function));
  }
  TRY(StreamPtr mapped, streams[0]->transformed(
                            env, {.kind = Transform::Kind::map, .function = std::move(function)}));
  return stream_val(env, std::move(mapped));
}

Result<Val> concat_map(Env& env, Args& args) {
  TRY(const StreamPtr stream, args.sequence(0));
  TRY(Function function, args.function(1));
  TRY(StreamPtr mapped, stream->transformed(env, {.kind = Transform::Kind::unwind,
                                                  .function = std::move(function),
                                                  .feed_name = "concat_map"}));
  return stream_val(env, std::move(mapped));
}

// The expression of an option, not evaluated.
algebra::ExprPtr option_expression(const Args& args, std::string_view name) {
  for (const algebra::Option& option : args.call().options) {
    if (option.name == name) return option.value;
  }
  return nullptr;
}

Result<Val> filtered(Env& env, const Val& target, const Function& predicate,
                     const algebra::ExprPtr& default_value) {
  Transform transform{.kind = Transform::Kind::filter,
                      .function = filter_function(env, predicate, default_value)};
  if (is_selection(target)) {
    TRY(Selection selection, to_selection(env, target));
    TRY(selection.rows, selection.rows->transformed(env, std::move(transform)));
    return Val::selection(std::move(selection));
  }
  TRY(const StreamPtr stream, to_sequence(env, target));
  TRY(StreamPtr kept, stream->transformed(env, std::move(transform)));
  return stream_val(env, std::move(kept));
}

Result<Val> filter(Env& env, Args& args) {
  TRY(const Val target, args.val(0));
  TRY(const Function predicate, args.function(1, Shortcut::constant));
  Result<Val> result = filtered(env, target, predicate, option_expression(args, "default"));
  if (!result && !target.is_sequence_like()) {
    return args.at(0, std::unexpected(std::move(result).error()));
  }
  return result;
}

// `sliced` keeps a selection a selection.
Result<Val> slice_rows(Env& env, const Val& target, std::uint64_t left, std::uint64_t right) {
  if (is_selection(target)) {
    TRY(Selection selection, to_selection(env, target));
    selection.rows = selection.rows->sliced(left, right);
    return Val::selection(std::move(selection));
  }
  TRY(const StreamPtr stream, to_sequence(env, target));
  return stream_val(env, stream->sliced(left, right));
}

struct SliceBounds {
  std::int64_t left = 0;
  bool left_open = false;
  std::int64_t right = -1;
  bool right_open = false;
};

// Bounds as positions in something of `size` elements: from `first` to before the second.
std::pair<std::size_t, std::size_t> positions(const SliceBounds& bounds, std::size_t size) {
  const auto position = [size](std::int64_t index, bool add_one) -> std::uint64_t {
    if (index < 0 && static_cast<std::uint64_t>(-index) > size) return 0;  // before the start
    const std::uint64_t at =
        index < 0 ? size - static_cast<std::uint64_t>(-index) : static_cast<std::uint64_t>(index);
    return at + (add_one ? 1 : 0);
  };
  const std::uint64_t left = position(bounds.left, bounds.left_open);
  const std::uint64_t right =
      std::min<std::uint64_t>(position(bounds.right, !bounds.right_open), size);
  if (left >= right) return {0, 0};
  return {static_cast<std::size_t>(left), static_cast<std::size_t>(right)};
}

Result<Val> slice_datum(const Value& datum, const SliceBounds& bounds) {
  if (datum.is_array()) {
    const value::ArrayView elements = datum.as_array();
    const auto [begin, end] = positions(bounds, elements.size());
    return Val(Value::array({elements.begin() + static_cast<std::ptrdiff_t>(begin),
                             elements.begin() + static_cast<std::ptrdiff_t>(end)}));
  }
  if (datum.type() == Type::bytes) {
    const auto [begin, end] = positions(bounds, datum.as_bytes().size());
    return Val(Value::bytes(datum.as_bytes().substr(begin, end - begin)));
  }
  if (datum.is_string()) {
    const std::string_view text = datum.as_string();
    const auto [begin, end] = positions(bounds, value::count_code_points(text));
    const std::size_t from = value::code_point_offset(text, begin);
    return Val(string(text.substr(from, value::code_point_offset(text, end) - from)));
  }
  return fail(datum.is_null() ? Code::missing_value : Code::invalid_argument,
              fmt::format("Expected ARRAY, BINARY, or STRING, but found {}.", type_name(datum)));
}

Result<Val> slice_stream_by(Env& env, const Val& target, const SliceBounds& bounds) {
  if (bounds.left < 0) return fail_logic("Cannot use a negative left index on a stream.");
  const std::uint64_t left = static_cast<std::uint64_t>(bounds.left) + (bounds.left_open ? 1 : 0);
  if (bounds.right < -1) return fail_logic("Cannot use a right index < -1 on a stream.");
  if (bounds.right == -1) {
    if (bounds.right_open) {
      return fail_logic("Cannot slice to an open right index of -1 on a stream.");
    }
    return slice_rows(env, target, left, kNoEnd);
  }
  return slice_rows(env, target, left,
                    static_cast<std::uint64_t>(bounds.right) + (bounds.right_open ? 0 : 1));
}

Result<Val> slice_target(Env& env, Args& args, const Val& target, const SliceBounds& bounds) {
  if (target.is_datum() || target.kind() == Kind::single_selection) {
    TRY(const Value datum, to_datum(env, target));
    Result<Val> part = slice_datum(datum, bounds);
    if (!part) return args.at(0, std::unexpected(std::move(part).error()));
    return part;
  }
  if (!target.is_sequence_like()) return args.at(0, fail_logic("Cannot slice non-sequences."));
  return slice_stream_by(env, target, bounds);
}

Result<Val> slice(Env& env, Args& args) {
  TRY(const Val target, args.val(0));
  SliceBounds bounds;
  TRY(bounds.left_open, open_bound(args, "left_bound", false));
  TRY(bounds.left, args.integer(1));
  if (args.size() == 3) {
    TRY(bounds.right_open, open_bound(args, "right_bound", true));
    TRY(bounds.right, args.integer(2));
  }
  return slice_target(env, args, target, bounds);
}

Result<Val> skip(Env& env, Args& args) {
  TRY(const Val target, args.val(0));
  SliceBounds bounds;
  TRY(bounds.left, args.integer(1));
  return slice_target(env, args, target, bounds);
}

Result<Val> limit(Env& env, Args& args) {
  TRY(const Val target, args.val(0));
  if (!target.is_sequence_like()) {
    Result<StreamPtr> stream = to_sequence(env, target);
    if (!stream) return args.at(0, std::unexpected(std::move(stream).error()));
  }
  TRY(const std::int32_t count, small_integer(args, 1));
  if (count < 0) {
    return fail_logic(fmt::format("LIMIT takes a non-negative argument (got {})", count));
  }
  return slice_rows(env, target, 0, static_cast<std::uint64_t>(count));
}

Result<Val> nth(Env& env, Args& args) {
  TRY(const Val target, args.val(0));
  TRY(const Value index, args.datum(1));
  return nth_of(env, args, target, index);
}

Result<Val> offsets_of(Env& env, Args& args) {
  TRY(const Function test, element_test(env, args, 1));
  TRY(StreamPtr stream, args.sequence(0));
  return stream_val(
      env, std::make_shared<OffsetsStream>(std::move(stream), filter_function(env, test, nullptr)));
}

// Bag semantics: each element of the sequence can account for one argument.
Result<Val> contains(Env& env, Args& args) {
  TRY(const StreamPtr stream, args.sequence(0));
  std::vector<Value> wanted;
  std::vector<Function> tests;
  for (std::size_t i = 1; i < args.size(); ++i) {
    TRY(const Val given, args.val(i));
    if (given.kind() == Kind::function) {
      tests.push_back(given.function());
      continue;
    }
    Result<Value> datum = to_datum(env, given);
    if (!datum) return args.at(i, std::unexpected(std::move(datum).error()));
    wanted.push_back(*std::move(datum));
  }
  TRY_STATUS(check_finite(*stream));
  bool all_found = false;
  TRY_STATUS(for_each_row(env, *stream, [&](const Value& row) -> Result<bool> {
    TRY_STATUS(env.check());
    TRY_STATUS(env.spend_on(row, wanted.size()));
    const auto match = std::find_if(wanted.begin(), wanted.end(),
                                    [&row](const Value& value) { return same(value, row); });
    if (match != wanted.end()) wanted.erase(match);
    for (std::size_t i = 0; i < tests.size(); ++i) {
      TRY(const Value holds, call_datum(env, tests[i], row));
      if (!truthy(holds)) continue;
      tests.erase(tests.begin() + static_cast<std::ptrdiff_t>(i));
      break;
    }
    all_found = wanted.empty() && tests.empty();
    return !all_found;
  }));
  return Val(Value::boolean(all_found));
}

Result<Val> is_empty(Env& env, Args& args) {
  TRY(const StreamPtr stream, args.sequence(0));
  std::vector<Value> rows;
  TRY(const bool any, stream->sliced(0, 1)->more(env, rows, 1));
  return Val(Value::boolean(!any));
}

// A uniform sample without replacement (Vitter's algorithm R), in the order of the reservoir.
Result<Val> sample(Env& env, Args& args) {
  TRY(const Value wanted, args.datum(1));
  Result<std::int32_t> count = small_integer(wanted);
  if (!count) return args.at(1, std::unexpected(std::move(count).error()));
  if (*count < 0) {
    return fail_logic(
        fmt::format("Number of items to sample must be non-negative, got `{}`.", *count));
  }
  TRY(const Val target, args.val(0));
  TRY(const StreamPtr stream, to_sequence(env, target));
  TRY_STATUS(check_finite(*stream));
  const auto size = static_cast<std::size_t>(*count);
  std::vector<Value> reservoir;
  std::uint64_t seen = 0;
  TRY_STATUS(for_each_row(env, *stream, [&](const Value& row) -> Result<bool> {
    ++seen;
    if (reservoir.size() < size) {
      reservoir.push_back(row);
      if (reservoir.size() > env.array_limit()) return fail(array_too_large(env.array_limit()));
    } else if (const std::uint64_t at = thread_random().below(seen); at < size) {
      reservoir[static_cast<std::size_t>(at)] = row;
    }
    return size > 0;
  }));
  StreamPtr rows = std::make_shared<ArrayStream>(Value::array(std::move(reservoir)));
  if (is_selection(target)) {
    TRY(Selection selection, to_selection(env, target));
    selection.rows = std::move(rows);
    return Val::selection(std::move(selection));
  }
  return stream_val(env, std::move(rows));
}

Result<Val> range(Env& /*env*/, Args& args) {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  if (args.size() == 1) {
    TRY(end, args.integer(0));
  } else if (args.size() == 2) {
    TRY(begin, args.integer(0));
    TRY(end, args.integer(1));
  }
  return Val(StreamPtr(std::make_shared<RangeStream>(begin, end, args.size() == 0)));
}

Result<Val> fold(Env& env, Args& args) {
  TRY(StreamPtr stream, args.sequence(0));
  TRY(Value base, args.datum(1));
  TRY(Function step, args.function(2));
  if (step.arity() != 0 && step.arity() != 2) {
    return fail_logic("The accumulator function passed to `fold` should expect 2 arguments");
  }
  TRY(const std::optional<Val> emit, args.option("emit"));
  TRY(const std::optional<Val> final_emit, args.option("final_emit"));
  std::optional<Function> last;
  if (final_emit) {
    TRY(last, to_function(env, *final_emit));
  }
  if (emit) {
    TRY(Function each, to_function(env, *emit));
    return stream_val(
        env, std::make_shared<FoldStream>(std::move(stream), std::move(base), std::move(step),
                                          std::move(each), std::move(last)));
  }
  TRY_STATUS(check_finite(*stream));
  Value accumulated = std::move(base);
  TRY_STATUS(for_each_row(env, *stream, [&](const Value& row) -> Result<bool> {
    const Value arguments[] = {accumulated, row};
    TRY(accumulated, call_datum(env, step, arguments));
    return true;
  }));
  if (last) {
    TRY(accumulated, call_datum(env, *last, accumulated));
  }
  return Val(std::move(accumulated));
}

constexpr Term kTerms[] = {
    {38, "map", 2, -1, {}, kGroupedSequence | kStreamFunctions | kLight, map},
    {40, "concat_map", 2, 2, {}, kGroupedSequence | kStreamFunctions | kLight, concat_map},
    {39,
     "filter",
     2,
     2,
     {"default"},
     kGroupedSequence | kLiteralOk | kStreamFunctions | kLight,
     filter},
    {30, "slice", 2, 3, {"left_bound", "right_bound"}, kScalar, slice},
    {70, "skip", 2, 2, {}, kScalar, skip},
    {71, "limit", 2, 2, {}, kLight, limit},
    {45, "nth", 2, 2, {}, kGroupedSequence | kLight, nth},
    {87, "offsets_of", 2, 2, {}, kScalar, offsets_of},
    {93, "contains", 1, -1, {}, kScalar, contains},
    {86, "is_empty", 1, 1, {}, kLight, is_empty},
    {81, "sample", 2, 2, {}, kNotDeterministic, sample},
    {173, "range", 0, 2, {}, kScalar, range},
    {187, "fold", 3, 3, {"emit", "final_emit"}, kGroupedSequence | kStreamFunctions | kLight, fold},
};

}  // namespace

std::span<const Term> sequence_terms() { return kTerms; }

}  // namespace octavo::reql
