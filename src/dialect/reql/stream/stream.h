#pragma once

// Streams of datums: pulled, one pass, lazy where the source allows it. A stream over a table
// carries a plan and grows it for as long as what is added is deterministic; everything else is a
// pipeline of the classes below, fed by whatever is underneath.

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "algebra/plan.h"
#include "dialect/reql/host.h"
#include "dialect/reql/read/term.h"
#include "function/family.h"

namespace octavo::reql {

class GroupStream;
class PlanStream;
struct OrderKey;  // order.h

// What a client is told about a feed; the numbers are the wire's response notes.
enum class FeedNote : std::uint8_t { none = 0, sequence = 1, atom = 2, limit = 3, unioned = 4 };

// One subscription that `changes` on a stream asks for.
struct Watch {
  FeedKind kind = FeedKind::range;
  TablePtr table;
  algebra::PlanPtr plan;
  std::optional<Value> key;
};

// What is done to each row of a stream.
struct Transform {
  enum class Kind : std::uint8_t {
    map,     // row → value
    filter,  // row → exactly true for rows to keep (filter_function makes it so)
    unwind,  // row → sequence, whose elements become rows
  };
  Kind kind = Kind::map;
  Function function;
  bool drops_only = false;     // an unwind to one value or none: feeds can follow it
  std::string_view feed_name;  // what «Cannot call `changes` after `…`.» calls it, if feeds cannot
};

class Stream : public std::enable_shared_from_this<Stream> {
 public:
  static constexpr std::size_t kBatchRows = 256;

  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  virtual Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) = 0;
  // At least one more row, waited for; false at the end.
  Result<bool> more(Env& env, std::vector<Value>& out, std::size_t max_rows = kBatchRows);

  virtual bool is_array() const { return false; }  // its result is an array, not a stream
  virtual bool infinite() const { return false; }
  virtual FeedNote feed() const { return FeedNote::none; }
  virtual bool sends_states() const { return false; }
  // Rows are [group, value] pairs, and transforms apply to the values.
  virtual bool grouped() const { return false; }
  // Of feeds that have answered `pending`: calls `ready` once, from any thread, when a pull may not
  // do so again. Whatever is no feed has an answer at once, and to wait for it would never end.
  virtual void notify(std::function<void()> ready);
  virtual Result<std::vector<Watch>> watches(Env& env) const;

  // The stream with every row transformed; may be this one, extended.
  virtual Result<StreamPtr> transformed(Env& env, Transform transform);
  // Rows left … right - 1.
  virtual StreamPtr sliced(std::uint64_t left, std::uint64_t right);
  // A stream that ends with the same row: its last one alone, or this one as it is.
  virtual StreamPtr tail() { return shared_from_this(); }

  virtual PlanStream* as_plan() { return nullptr; }
  virtual GroupStream* as_group() { return nullptr; }
};

// Rows of a source that are worked on one at a time. What is left of them when a pull has made
// enough waits here for the next one.
class InputRows {
 public:
  bool any() const { return at_ < rows_.size(); }
  // False when the source has none now; `pulled` then says why.
  Result<bool> next(Env& env, Stream& source, const PullOptions& options, Value& row,
                    Pulled& pulled);
  // For streams that have nothing: there is an answer at once while a row is left.
  void notify(Stream& source, std::function<void()> ready);

 private:
  std::vector<Value> rows_;
  std::size_t at_ = 0;
};

// Whether a pull has made enough: as many rows as were wanted, or large ones.
class PullLimit {
 public:
  PullLimit(const Env& env, const std::vector<Value>& out, const PullOptions& options);
  bool reached() const { return out_.size() >= full_ || bytes_.enough(); }
  bool any() const { return out_.size() > before_; }
  std::size_t rows_left() const { return full_ - std::min(full_, out_.size()); }

 private:
  const std::vector<Value>& out_;
  std::size_t before_;
  std::size_t full_;
  function::BatchBytes bytes_;
};

constexpr std::uint64_t kNoEnd = ~std::uint64_t{0};

class ArrayStream final : public Stream {
 public:
  explicit ArrayStream(Value array) : array_(std::move(array)) {}
  Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) override;
  bool is_array() const override { return true; }

 private:
  Value array_;
  std::size_t next_ = 0;
};

// A plan that has not started: rows come from the Host.
class PlanStream final : public Stream {
 public:
  PlanStream(TablePtr table, algebra::PlanPtr plan)
      : table_(std::move(table)), plan_(std::move(plan)) {}
  Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) override;
  Result<std::vector<Watch>> watches(Env& env) const override;
  Result<StreamPtr> transformed(Env& env, Transform transform) override;
  StreamPtr sliced(std::uint64_t left, std::uint64_t right) override;
  StreamPtr tail() override;
  bool is_array() const override { return is_array_; }
  PlanStream* as_plan() override { return this; }

  // The rows in order; an array to clients. Null where only the evaluator can sort them.
  StreamPtr sorted(const Env& env, const std::vector<OrderKey>& keys) const;

  const algebra::PlanPtr& plan() const { return plan_; }
  const TablePtr& table() const { return table_; }
  bool started() const { return rows_ != nullptr; }

 private:
  std::shared_ptr<PlanStream> with_plan(algebra::PlanPtr plan) const;

  TablePtr table_;  // null when the plan reads none
  algebra::PlanPtr plan_;
  std::string_view feed_name_;  // a transform in it that feeds cannot follow
  bool is_array_ = false;       // it was sorted
  std::unique_ptr<RowStream> rows_;
  bool ended_ = false;
};

// Applies one transform in the evaluator.
class StageStream final : public Stream {
 public:
  StageStream(StreamPtr source, Transform transform)
      : source_(std::move(source)), transform_(std::move(transform)) {}
  Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) override;
  bool is_array() const override { return source_->is_array(); }
  bool infinite() const override { return source_->infinite(); }
  FeedNote feed() const override { return source_->feed(); }
  bool sends_states() const override { return source_->sends_states(); }
  bool grouped() const override { return source_->grouped(); }
  void notify(std::function<void()> ready) override { input_.notify(*source_, std::move(ready)); }
  Result<std::vector<Watch>> watches(Env& env) const override;

 private:
  Status apply(Env& env, const Value& row, std::vector<Value>& out);
  Status unwind(Env& env, const PullLimit& limit, std::vector<Value>& out);

  StreamPtr source_;
  Transform transform_;
  InputRows input_;
  // What the last row of an unwind stands for, as far as it was not given out yet; null: nothing.
  StreamPtr elements_;
  Value group_;  // of that row
};

class SliceStream final : public Stream {
 public:
  SliceStream(StreamPtr source, std::uint64_t left, std::uint64_t right)
      : source_(std::move(source)), left_(left), right_(right) {}
  Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) override;
  bool is_array() const override { return source_->is_array(); }
  bool infinite() const override { return source_->infinite() && right_ == kNoEnd; }
  FeedNote feed() const override { return source_->feed(); }
  bool sends_states() const override { return source_->sends_states(); }
  void notify(std::function<void()> ready) override { source_->notify(std::move(ready)); }
  Result<std::vector<Watch>> watches(Env& env) const override;

 private:
  StreamPtr source_;
  std::uint64_t left_;
  std::uint64_t right_;
  std::uint64_t seen_ = 0;
  std::vector<Value> input_;
};

// What a row is grouped by.
struct GroupKey {
  enum class Kind : std::uint8_t {
    value,     // as it is; null where it is missing
    elements,  // an array stands for each of its elements, an empty one for null
    entries,   // of a multi index: each of the array's elements; nothing when it is empty
  };
  Function function;
  Kind kind = Kind::value;
};

// Rows as [group, value], in one group for each combination of what their keys stand for.
class GroupStream final : public Stream {
 public:
  GroupStream(StreamPtr source, std::vector<GroupKey> keys)
      : source_(std::move(source)), keys_(std::move(keys)) {}
  Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) override;
  bool infinite() const override { return source_->infinite(); }
  bool grouped() const override { return true; }
  Result<std::vector<Watch>> watches(Env& env) const override;
  GroupStream* as_group() override { return this; }

  const StreamPtr& source() const { return source_; }
  const std::vector<GroupKey>& keys() const { return keys_; }

 private:
  Status add(Env& env, const Value& row, std::vector<Value>& out);

  StreamPtr source_;
  std::vector<GroupKey> keys_;
  InputRows input_;
};

class UnionStream final : public Stream {
 public:
  explicit UnionStream(std::vector<StreamPtr> sources)
      : sources_(std::move(sources)), ended_(sources_.size()) {}
  Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) override;
  bool is_array() const override;
  bool infinite() const override;
  FeedNote feed() const override;
  bool sends_states() const override;
  void notify(std::function<void()> ready) override;
  Result<std::vector<Watch>> watches(Env& env) const override;
  Result<StreamPtr> transformed(Env& env, Transform transform) override;

 private:
  bool all_ended() const;

  std::vector<StreamPtr> sources_;
  std::vector<bool> ended_;  // by source: those are neither pulled nor waited for again
  std::size_t turn_ = 0;     // feeds take turns, so that a busy one does not starve the others
};

class RangeStream final : public Stream {
 public:
  RangeStream(std::int64_t begin, std::int64_t end, bool endless)
      : next_(begin), end_(end), endless_(endless) {}
  Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) override;
  bool infinite() const override { return endless_; }

 private:
  std::int64_t next_;
  std::int64_t end_;
  bool endless_;
};

// The places of rows that are being collected, until it goes out of scope; what the rows hold was
// charged where it was made.
class [[nodiscard]] RowsCharge : public value::Charge {
 public:
  explicit RowsCharge(const function::EvalContext& context) : Charge(context.account) {}
  Status add(std::size_t rows) { return Charge::add(rows * kRowBytes); }

 private:
  static constexpr std::size_t kRowBytes = 2 * sizeof(Value);  // vectors grow by doubling
};

// Every remaining row. Refuses infinite streams, and more rows than `limit`.
Result<std::vector<Value>> collect(Env& env, Stream& stream, std::size_t limit);
// The same for grouped streams, by group.
Result<std::map<Value, Value, DatumLess>> collect_groups(Env& env, Stream& stream);
// Calls `visit` with every remaining row, until it answers false.
Status for_each_row(Env& env, Stream& stream,
                    const std::function<Result<bool>(const Value& row)>& visit);
// «Cannot call a terminal …» and «Cannot use an infinite stream …».
Status check_finite(const Stream& stream);

// A stream as a value: streams that are arrays in disguise become arrays.
Result<Val> stream_val(Env& env, StreamPtr stream);

}  // namespace octavo::reql
