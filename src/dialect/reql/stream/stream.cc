#include "dialect/reql/stream/stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iterator>

#include "dialect/reql/context.h"
#include "dialect/reql/purity.h"

namespace octavo::reql {
namespace {

constexpr auto kRangeEnd = static_cast<std::int64_t>(kMaxSafeInteger);

Value pair_of(Value group, Value value) {
  return Value::array({std::move(group), std::move(value)});
}

// The groups that a key puts a row in.
std::vector<Value> choices_of(GroupKey::Kind kind, Value key) {
  const bool each = kind != GroupKey::Kind::value && key.is_array();
  if (!each) return {std::move(key)};
  const value::ArrayView elements = key.as_array();
  if (elements.empty() && kind == GroupKey::Kind::elements) return {Value::null()};
  return {elements.begin(), elements.end()};
}

}  // namespace

Result<std::vector<Watch>> Stream::watches(Env& /*env*/) const {
  return fail_logic("Cannot call `changes` on an eager stream.");
}

void Stream::notify(std::function<void()> /*ready*/) {
  ASSERT(false);  // only feeds have nothing for now, and each says how it is waited for
}

Result<bool> Stream::more(Env& env, std::vector<Value>& out, std::size_t max_rows) {
  TRY_STATUS(env.check());
  const std::size_t before = out.size();
  TRY(const Pulled pulled, pull(env, out, {.max_rows = max_rows, .wait = true}));
  ASSERT(pulled != Pulled::pending);  // else the rows that are still to come would be lost
  for (std::size_t i = before; i < out.size(); ++i) TRY_STATUS(env.spend_on(out[i]));
  return pulled == Pulled::rows;
}

Result<StreamPtr> Stream::transformed(Env& /*env*/, Transform transform) {
  return StreamPtr(std::make_shared<StageStream>(shared_from_this(), std::move(transform)));
}

StreamPtr Stream::sliced(std::uint64_t left, std::uint64_t right) {
  return std::make_shared<SliceStream>(shared_from_this(), left, right);
}

Result<Pulled> ArrayStream::pull(Env& env, std::vector<Value>& out, const PullOptions& options) {
  TRY_STATUS(env.check());
  const value::ArrayView elements = array_.as_array();
  const std::size_t count = std::min(options.max_rows, elements.size() - next_);
  if (count == 0) return Pulled::end;
  TRY_STATUS(env.spend(count));
  out.insert(out.end(), elements.begin() + static_cast<std::ptrdiff_t>(next_),
             elements.begin() + static_cast<std::ptrdiff_t>(next_ + count));
  next_ += count;
  return Pulled::rows;
}

PullLimit::PullLimit(const Env& env, const std::vector<Value>& out, const PullOptions& options)
    : out_(out), before_(out.size()), full_(out.size() + options.max_rows), bytes_(env.context()) {}

void InputRows::notify(Stream& source, std::function<void()> ready) {
  if (any()) return ready();
  source.notify(std::move(ready));
}

Result<bool> InputRows::next(Env& env, Stream& source, const PullOptions& options, Value& row,
                             Pulled& pulled) {
  if (at_ == rows_.size()) {
    TRY_STATUS(env.check());
    rows_.clear();
    at_ = 0;
    TRY(pulled, source.pull(env, rows_, options));
    if (pulled != Pulled::rows) return false;
  }
  row = std::move(rows_[at_++]);
  return true;
}

Result<Pulled> StageStream::pull(Env& env, std::vector<Value>& out, const PullOptions& options) {
  const PullLimit limit(env, out, options);
  Value row;
  Pulled pulled = Pulled::rows;
  while (!limit.any() || ((input_.any() || elements_ != nullptr) && !limit.reached())) {
    if (elements_ != nullptr) {
      TRY_STATUS(unwind(env, limit, out));
      continue;
    }
    TRY(const bool any, input_.next(env, *source_, options, row, pulled));
    if (!any) return pulled;
    TRY_STATUS(apply(env, row, out));
  }
  return Pulled::rows;
}

// Gives out some of what an unwound row stands for.
Status StageStream::unwind(Env& env, const PullLimit& limit, std::vector<Value>& out) {
  const std::size_t from = out.size();
  TRY(const bool any, elements_->more(env, out, std::max<std::size_t>(1, limit.rows_left())));
  if (!any) elements_ = nullptr;
  if (!source_->grouped()) return {};
  for (std::size_t i = from; i < out.size(); ++i) out[i] = pair_of(group_, std::move(out[i]));
  return {};
}

Status StageStream::apply(Env& env, const Value& row, std::vector<Value>& out) {
  const bool in_group = source_->grouped();
  const Value& value = in_group ? row.as_array()[1] : row;
  const auto emit = [&](Value result) {
    out.push_back(in_group ? pair_of(row.as_array()[0], std::move(result)) : std::move(result));
  };
  switch (transform_.kind) {
    case Transform::Kind::map: {
      TRY(Value result, call_datum(env, transform_.function, value));
      emit(std::move(result));
      return {};
    }
    case Transform::Kind::filter: {
      TRY(const Value keep, call_datum(env, transform_.function, value));
      if (truthy(keep)) out.push_back(row);
      return {};
    }
    case Transform::Kind::unwind: {
      TRY(const Val result, call(env, transform_.function, std::span<const Value>(&value, 1)));
      TRY(elements_, to_sequence(env, result));
      if (in_group) group_ = row.as_array()[0];
      return {};
    }
  }
  std::unreachable();
}

// A stage over a plan is one that the plan could not take: its function is not deterministic.
Result<std::vector<Watch>> StageStream::watches(Env& env) const {
  TRY_STATUS(source_->watches(env));
  if (!transform_.feed_name.empty()) {
    return fail_logic(fmt::format("Cannot call `changes` after `{}`.", transform_.feed_name));
  }
  return fail_logic("Cannot call `changes` after a non-deterministic function.");
}

Result<Pulled> SliceStream::pull(Env& env, std::vector<Value>& out, const PullOptions& options) {
  while (seen_ < right_) {
    TRY_STATUS(env.check());
    PullOptions wanted = options;
    wanted.max_rows =
        static_cast<std::size_t>(std::min<std::uint64_t>(options.max_rows, right_ - seen_));
    input_.clear();
    TRY(const Pulled pulled, source_->pull(env, input_, wanted));
    if (pulled != Pulled::rows) return pulled;
    const std::size_t before = out.size();
    for (Value& row : input_) {
      if (seen_ >= left_ && seen_ < right_) out.push_back(std::move(row));
      ++seen_;
    }
    if (out.size() > before) return Pulled::rows;
  }
  return Pulled::end;
}

Result<std::vector<Watch>> SliceStream::watches(Env& env) const {
  if (left_ == 0) {
    TRY(const auto below, source_->watches(env));
    if (below.size() != 1) return fail_logic("Cannot call `changes` on a slice of a union.");
  }
  return fail_logic("Cannot call `changes` on an eager stream.");
}

Result<Pulled> GroupStream::pull(Env& env, std::vector<Value>& out, const PullOptions& options) {
  const PullLimit limit(env, out, options);
  Value row;
  Pulled pulled = Pulled::rows;
  while (!limit.any() || (input_.any() && !limit.reached())) {
    TRY(const bool any, input_.next(env, *source_, options, row, pulled));
    if (!any) return pulled;
    TRY_STATUS(add(env, row, out));
  }
  return Pulled::rows;
}

Status GroupStream::add(Env& env, const Value& row, std::vector<Value>& out) {
  std::vector<std::vector<Value>> combinations{{}};
  for (const GroupKey& key : keys_) {
    Result<Value> part = call_datum(env, key.function, row);
    if (!part) {
      if (part.error().code != Code::missing_value) return fail(std::move(part).error());
      env.query().trail.clear();
      part = Value::null();
    }
    const std::vector<Value> choices = choices_of(key.kind, *std::move(part));
    TRY_STATUS(env.spend(combinations.size() * choices.size()));
    std::vector<std::vector<Value>> extended;
    const std::size_t count = combinations.size() * choices.size();
    TRY_STATUS(env.context().require(
        count * (sizeof(combinations.front()) + keys_.size() * sizeof(Value))));
    extended.reserve(count);
    for (const auto& combination : combinations) {
      for (const Value& choice : choices) {
        extended.push_back(combination);
        extended.back().push_back(choice);
      }
    }
    combinations = std::move(extended);
  }
  for (auto& parts : combinations) {
    Value group = parts.size() == 1 ? std::move(parts.front()) : Value::array(std::move(parts));
    out.push_back(pair_of(std::move(group), row));
  }
  return {};
}

Result<std::vector<Watch>> GroupStream::watches(Env& env) const {
  TRY_STATUS(source_->watches(env));
  return fail_logic("Cannot call `changes` after `group`.");
}

bool UnionStream::all_ended() const {
  return std::all_of(ended_.begin(), ended_.end(), [](bool ended) { return ended; });
}

Result<Pulled> UnionStream::pull(Env& env, std::vector<Value>& out, const PullOptions& options) {
  const bool is_feed = feed() != FeedNote::none;
  while (true) {
    TRY_STATUS(env.check());
    for (std::size_t tried = 0; tried < sources_.size(); ++tried, ++turn_) {
      const std::size_t i = turn_ % sources_.size();
      if (ended_[i]) continue;
      PullOptions wanted = options;
      if (sources_[i]->feed() != FeedNote::none) wanted.wait = false;
      TRY(const Pulled pulled, sources_[i]->pull(env, out, wanted));
      if (pulled == Pulled::rows) {
        if (is_feed) ++turn_;
        return Pulled::rows;
      }
      if (pulled == Pulled::end) ended_[i] = true;
    }
    if (all_ended()) return Pulled::end;
    if (!options.wait) return Pulled::pending;
    // Several feeds, none with news: wait for whichever is first.
    TRY(Host* const host, env.need_host());
    TRY_STATUS(host->wait([this](std::function<void()> ready) { notify(std::move(ready)); }));
  }
}

bool UnionStream::is_array() const {
  return std::all_of(sources_.begin(), sources_.end(),
                     [](const StreamPtr& source) { return source->is_array(); });
}

bool UnionStream::infinite() const {
  return std::any_of(sources_.begin(), sources_.end(),
                     [](const StreamPtr& source) { return source->infinite(); });
}

FeedNote UnionStream::feed() const {
  FeedNote note = FeedNote::none;
  for (const StreamPtr& source : sources_) {
    const FeedNote other = source->feed();
    if (other == FeedNote::none) continue;
    note = note == FeedNote::none || note == other ? other : FeedNote::unioned;
  }
  return note;
}

bool UnionStream::sends_states() const {
  return std::any_of(sources_.begin(), sources_.end(),
                     [](const StreamPtr& source) { return source->sends_states(); });
}

void UnionStream::notify(std::function<void()> ready) {
  // The first source to wake calls; the others find it called already.
  const auto called = std::make_shared<std::atomic_flag>();
  const auto once = std::make_shared<std::function<void()>>(std::move(ready));
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (ended_[i]) continue;
    sources_[i]->notify([called, once] {
      if (!called->test_and_set()) (*once)();
    });
  }
}

Result<std::vector<Watch>> UnionStream::watches(Env& env) const {
  std::vector<Watch> all;
  for (const StreamPtr& source : sources_) {
    TRY(std::vector<Watch> some, source->watches(env));
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  return all;
}

Result<StreamPtr> UnionStream::transformed(Env& env, Transform transform) {
  std::vector<StreamPtr> sources;
  sources.reserve(sources_.size());
  for (const StreamPtr& source : sources_) {
    TRY(StreamPtr next, source->transformed(env, transform));
    sources.push_back(std::move(next));
  }
  return StreamPtr(std::make_shared<UnionStream>(std::move(sources)));
}

Result<Pulled> RangeStream::pull(Env& env, std::vector<Value>& out, const PullOptions& options) {
  TRY_STATUS(env.check());
  for (std::size_t i = 0; i < options.max_rows; ++i) {
    TRY_STATUS(env.spend(1));
    if (!endless_ && next_ >= end_) return i == 0 ? Pulled::end : Pulled::rows;
    if (next_ > kRangeEnd) return fail_logic("`range` out of safe double bounds.");
    out.push_back(number(static_cast<double>(next_++)));
  }
  return Pulled::rows;
}

Status check_finite(const Stream& stream) {
  if (!stream.infinite()) return {};
  if (stream.feed() != FeedNote::none) {
    return fail_logic(
        "Cannot call a terminal (`reduce`, `count`, etc.) on an infinite stream "
        "(such as a changefeed).");
  }
  return fail_logic(
      "Cannot use an infinite stream with an aggregation function (`reduce`, "
      "`count`, etc.) or coerce it to an array.");
}

Status for_each_row(Env& env, Stream& stream,
                    const std::function<Result<bool>(const Value& row)>& visit) {
  std::vector<Value> rows;
  while (true) {
    rows.clear();
    TRY(const bool any, stream.more(env, rows));
    if (!any) return {};
    for (const Value& row : rows) {
      TRY(const bool more, visit(row));
      if (!more) return {};
    }
  }
}

Result<std::vector<Value>> collect(Env& env, Stream& stream, std::size_t limit) {
  if (stream.grouped()) {
    return fail_logic(
        "Cannot treat the output of `group` as a stream "
        "(did you mean to `ungroup`?).");
  }
  TRY_STATUS(check_finite(stream));
  std::vector<Value> rows;
  RowsCharge charge(env.context());
  while (true) {
    const std::size_t before = rows.size();
    TRY(const bool any, stream.more(env, rows));
    if (!any) return rows;
    if (rows.size() > limit) return fail(array_too_large(limit));
    TRY_STATUS(charge.add(rows.size() - before));
  }
}

Result<std::map<Value, Value, DatumLess>> collect_groups(Env& env, Stream& stream) {
  TRY_STATUS(check_finite(stream));
  std::map<Value, std::vector<Value>, DatumLess> lists;
  std::size_t rows = 0;
  RowsCharge charge(env.context());
  TRY_STATUS(for_each_row(env, stream, [&](const Value& pair) -> Result<bool> {
    if (++rows > env.array_limit()) {
      return fail_resource(fmt::format(
          "Grouped data over size limit `{}`.  Try putting a reduction (like `.reduce` or "
          "`.count`) on the end.",
          env.array_limit()));
    }
    TRY_STATUS(charge.add(4));
    lists[pair.as_array()[0]].push_back(pair.as_array()[1]);
    return true;
  }));
  std::map<Value, Value, DatumLess> groups;
  for (auto& [group, list] : lists) groups.emplace(group, Value::array(std::move(list)));
  return groups;
}

Result<Val> stream_val(Env& env, StreamPtr stream) {
  if (!stream->is_array() || stream->grouped()) return Val(std::move(stream));
  TRY(std::vector<Value> rows, collect(env, *stream, env.array_limit()));
  return Val(Value::array(std::move(rows)));
}

}  // namespace octavo::reql
