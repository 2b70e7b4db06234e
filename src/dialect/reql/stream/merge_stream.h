#pragma once

// Streams that combine several rows, or several streams, into one.

#include <deque>
#include <optional>
#include <vector>

#include "dialect/reql/order.h"
#include "dialect/reql/stream/stream.h"

namespace octavo::reql {

// map over several sequences at once: ends with the shortest.
class ParallelStream final : public Stream {
 public:
  ParallelStream(std::vector<StreamPtr> sources, Function function)
      : sources_(std::move(sources)), waiting_(sources_.size()), function_(std::move(function)) {}
  Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) override;
  bool is_array() const override;
  bool infinite() const override;
  FeedNote feed() const override;
  void notify(std::function<void()> ready) override;

 private:
  std::vector<StreamPtr> sources_;
  std::vector<std::deque<Value>> waiting_;  // rows of each source that have no partners yet
  Function function_;
};

// Positions of the rows that pass a test.
class OffsetsStream final : public Stream {
 public:
  OffsetsStream(StreamPtr source, Function test)
      : source_(std::move(source)), test_(std::move(test)) {}
  Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) override;
  bool is_array() const override { return source_->is_array(); }
  bool infinite() const override { return source_->infinite(); }
  FeedNote feed() const override { return source_->feed(); }
  void notify(std::function<void()> ready) override { source_->notify(std::move(ready)); }

 private:
  StreamPtr source_;
  Function test_;
  std::uint64_t position_ = 0;
};

// fold with emit: what `emit(accumulator, row, new accumulator)` yields for each row, and
// `final_emit(accumulator)` at the end.
class FoldStream final : public Stream {
 public:
  FoldStream(StreamPtr source, Value base, Function step, Function emit,
             std::optional<Function> final_emit)
      : source_(std::move(source)),
        accumulated_(std::move(base)),
        step_(std::move(step)),
        emit_(std::move(emit)),
        final_emit_(std::move(final_emit)) {}
  Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) override;
  bool is_array() const override { return source_->is_array(); }
  bool infinite() const override { return source_->infinite(); }
  FeedNote feed() const override { return source_->feed(); }
  bool sends_states() const override { return source_->sends_states(); }
  void notify(std::function<void()> ready) override { input_.notify(*source_, std::move(ready)); }

 private:
  Status step(Env& env, const Value& row, std::vector<Value>& out);

  StreamPtr source_;
  InputRows input_;
  Value accumulated_;
  Function step_;
  Function emit_;
  std::optional<Function> final_emit_;
};

// Streams that are ordered already, merged; without an order, one after the other.
class OrderedUnionStream final : public Stream {
 public:
  OrderedUnionStream(std::vector<StreamPtr> sources, std::vector<OrderKey> keys)
      : sources_(std::move(sources)), heads_(sources_.size()), keys_(std::move(keys)) {}
  Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) override;
  bool is_array() const override;
  bool infinite() const override;

 private:
  struct Head {
    std::deque<SortedRow> rows;
    std::optional<SortedRow> last;  // to check the source's own order
    bool ended = false;
  };
  Status fill(Env& env, std::size_t i);

  std::vector<StreamPtr> sources_;
  std::vector<Head> heads_;
  std::vector<OrderKey> keys_;
};

}  // namespace octavo::reql
