#include "dialect/reql/stream/merge_stream.h"

#include <algorithm>
#include <iterator>

#include "dialect/reql/context.h"

namespace octavo::reql {
namespace {

bool all_arrays(const std::vector<StreamPtr>& sources) {
  return std::all_of(sources.begin(), sources.end(),
                     [](const StreamPtr& source) { return source->is_array(); });
}

}  // namespace

bool ParallelStream::is_array() const { return all_arrays(sources_); }

bool ParallelStream::infinite() const {
  return std::all_of(sources_.begin(), sources_.end(),
                     [](const StreamPtr& source) { return source->infinite(); });
}

FeedNote ParallelStream::feed() const {
  FeedNote note = FeedNote::none;
  for (const StreamPtr& source : sources_) {
    if (source->feed() != FeedNote::none) note = source->feed();
  }
  return note;
}

void ParallelStream::notify(std::function<void()> ready) {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (waiting_[i].empty() && sources_[i]->feed() != FeedNote::none) {
      sources_[i]->notify(std::move(ready));
      return;
    }
  }
  ASSERT(false);  // `pending` came from a feed without rows
}

Result<Pulled> ParallelStream::pull(Env& env, std::vector<Value>& out, const PullOptions& options) {
  const PullLimit limit(env, out, options);
  std::vector<Value> arguments(sources_.size());
  while (!limit.reached() || !limit.any()) {
    TRY_STATUS(env.check());
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (!waiting_[i].empty()) continue;
      std::vector<Value> rows;
      TRY(const Pulled pulled, sources_[i]->pull(env, rows, options));
      if (pulled != Pulled::rows) return limit.any() ? Pulled::rows : pulled;
      waiting_[i].insert(waiting_[i].end(), std::make_move_iterator(rows.begin()),
                         std::make_move_iterator(rows.end()));
    }
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      arguments[i] = std::move(waiting_[i].front());
      waiting_[i].pop_front();
    }
    TRY(Value result, call_datum(env, function_, arguments));
    out.push_back(std::move(result));
  }
  return Pulled::rows;
}

Result<Pulled> OffsetsStream::pull(Env& env, std::vector<Value>& out, const PullOptions& options) {
  const std::size_t before = out.size();
  std::vector<Value> rows;
  while (out.size() == before) {
    TRY_STATUS(env.check());
    rows.clear();
    TRY(const Pulled pulled, source_->pull(env, rows, options));
    if (pulled != Pulled::rows) return pulled;
    for (const Value& row : rows) {
      TRY(const Value passes, call_datum(env, test_, row));
      if (truthy(passes)) out.push_back(number(static_cast<double>(position_)));
      ++position_;
    }
  }
  return Pulled::rows;
}

Status FoldStream::step(Env& env, const Value& row, std::vector<Value>& out) {
  const Value inputs[] = {accumulated_, row};
  TRY(Value next, call_datum(env, step_, inputs));
  const Value transition[] = {std::move(accumulated_), row, next};
  TRY(const Value emitted, call_datum(env, emit_, transition));
  TRY_STATUS(check_array(emitted));
  out.insert(out.end(), emitted.as_array().begin(), emitted.as_array().end());
  accumulated_ = std::move(next);
  return {};
}

Result<Pulled> FoldStream::pull(Env& env, std::vector<Value>& out, const PullOptions& options) {
  const PullLimit limit(env, out, options);
  Value row;
  Pulled pulled = Pulled::rows;
  while (!limit.any() || (input_.any() && !limit.reached())) {
    TRY(const bool any, input_.next(env, *source_, options, row, pulled));
    if (any) {
      TRY_STATUS(step(env, row, out));
      continue;
    }
    if (pulled == Pulled::pending) return pulled;
    if (!final_emit_) return Pulled::end;
    const Function last = *std::exchange(final_emit_, std::nullopt);
    TRY(const Value emitted, call_datum(env, last, accumulated_));
    TRY_STATUS(check_array(emitted));
    out.insert(out.end(), emitted.as_array().begin(), emitted.as_array().end());
    return limit.any() ? Pulled::rows : Pulled::end;
  }
  return Pulled::rows;
}

bool OrderedUnionStream::is_array() const { return all_arrays(sources_); }

bool OrderedUnionStream::infinite() const {
  return std::any_of(sources_.begin(), sources_.end(),
                     [](const StreamPtr& source) { return source->infinite(); });
}

Status OrderedUnionStream::fill(Env& env, std::size_t i) {
  Head& head = heads_[i];
  while (head.rows.empty() && !head.ended) {
    std::vector<Value> rows;
    TRY(const bool any, sources_[i]->more(env, rows));
    head.ended = !any;
    for (Value& row : rows) {
      TRY(SortedRow sorted, with_keys(env, keys_, std::move(row)));
      if (head.last && comes_before(keys_, sorted, *head.last)) {
        return fail_logic("The streams given as arguments are not ordered by given ordering.");
      }
      head.last = sorted;
      head.rows.push_back(std::move(sorted));
    }
  }
  return {};
}

Result<Pulled> OrderedUnionStream::pull(Env& env, std::vector<Value>& out,
                                        const PullOptions& options) {
  if (infinite()) return fail_logic("Cannot use an infinite stream with an ordered `union`.");
  const PullLimit limit(env, out, options);
  while (!limit.reached() || !limit.any()) {
    TRY_STATUS(env.check());
    TRY_STATUS(env.spend(heads_.size()));
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < heads_.size(); ++i) {
      TRY_STATUS(fill(env, i));
      if (heads_[i].rows.empty()) continue;
      if (!best || comes_before(keys_, heads_[i].rows.front(), heads_[*best].rows.front())) {
        best = i;
      }
    }
    if (!best) break;
    out.push_back(std::move(heads_[*best].rows.front().row));
    heads_[*best].rows.pop_front();
  }
  return limit.any() ? Pulled::rows : Pulled::end;
}

}  // namespace octavo::reql
