#include "stream/range_feed.h"

#include <algorithm>
#include <deque>

#include "exec/operators.h"
#include "index/matcher.h"
#include "stream/change_source.h"
#include "stream/past_rows.h"

namespace octavo::stream {
namespace {

using value::Value;

std::unexpected<Error> table_gone() {
  return fail(Code::not_found, "The table does not exist any more.");
}

class RangeFeed final : public Subscription {
 public:
  RangeFeed(Shape shape, index::Matcher matcher, bool point, FeedOptions options,
            std::shared_ptr<Feeds> feeds)
      : shape_(std::move(shape)),
        matcher_(std::move(matcher)),
        point_(point),
        options_(std::move(options)),
        feeds_(std::move(feeds)),
        changes_(feeds_, shape_.scan, options_.queue_limit) {
    query_.evaluation.cancel = options_.cancel;
    query_.evaluation.account = options_.account;
  }

  Status start() {
    // There is a topic now: a table that is dropped from here on closes it.
    if (feeds_->table(shape_.scan.table) == nullptr) return table_gone();
    if (options_.resume_after) {
      TRY(const Lsn position, only_position(*options_.resume_after));
      return changes_.resume_at(position, options_.resume_after->index);
    }
    TRY(snapshot_, feeds_->snapshot(shape_.scan.table, options_.include_initial));
    changes_.start_at(snapshot_.at, kWholeRecord);
    if (!options_.include_initial) return {};
    const auto rows = algebra::make_plan(shape_.scan);
    TRY(initial_, exec::build(rows, exec::OperatorContext{*snapshot_.source, query_}));
    return {};
  }

  Status poll(std::size_t max_items, std::vector<FeedItem>& out) override {
    const std::size_t limit = out.size() + max_items;
    const std::size_t before = out.size();
    const function::BatchBytes bytes(query_.evaluation);
    const auto full = [&] {
      return out.size() >= limit || (out.size() > before && bytes.enough());
    };
    if (options_.include_states && !announced_) announce(FeedItem::Kind::initializing, out);
    announced_ = true;
    while (initial_ != nullptr && !full()) TRY_STATUS(initial_rows(limit, out));
    if (initial_ != nullptr || full()) return {};
    if (options_.include_states && !ready_) announce(FeedItem::Kind::ready, out);
    ready_ = true;
    while (!full()) {
      if (!pending_.empty()) {
        give_pending(limit, out);
        continue;
      }
      TRY(const auto step, changes_.next());
      if (step.skipped > 0) {
        out.push_back(FeedItem{.kind = FeedItem::Kind::overflow, .skipped = step.skipped});
        out.back().cursor = changes_.cursor();
      } else if (step.change == nullptr) {
        return {};
      } else {
        TRY_STATUS(add(*step.change));
      }
    }
    return {};
  }

  void wait(Wake wake) override {
    if (initial_ != nullptr || !ready_ || !pending_.empty()) {
      wake();
    } else {
      changes_.wait(std::move(wake));
    }
  }

 private:
  void announce(FeedItem::Kind kind, std::vector<FeedItem>& out) {
    // Without initial rows there is nothing to initialise.
    if (kind == FeedItem::Kind::initializing && initial_ == nullptr) return;
    out.push_back(FeedItem{.kind = kind});
    if (kind == FeedItem::Kind::ready) out.back().cursor = changes_.cursor();
  }

  // Rows go through the same stages as changes, so that both say the same of a row on which one of
  // them fails. A feed cannot be resumed among its initial rows, so only the last one carries a
  // cursor; it is held until it is known to be the last.
  Status initial_rows(std::size_t limit, std::vector<FeedItem>& out) {
    exec::Rows rows;
    TRY_STATUS(query_.check());
    TRY_STATUS(initial_->next(limit - out.size(), rows));
    for (Value& row : rows) {
      TRY(auto shown, run_stages(shape_.before_limit, std::move(row), query_.evaluation));
      if (!shown) continue;
      if (held_) out.push_back(FeedItem{.kind = FeedItem::Kind::initial, .new_value = *held_});
      held_ = *std::move(shown);
    }
    if (!rows.empty()) return {};
    if (point_ && !held_) held_ = Value();
    if (held_) {
      out.push_back(FeedItem{.kind = FeedItem::Kind::initial, .new_value = *std::move(held_)});
      out.back().cursor = changes_.cursor();
    }
    held_.reset();
    initial_.reset();
    snapshot_.source.reset();
    return {};
  }

  // A row that the scan delivers several times makes as many changes. One that looks as before
  // makes none, except where it is delivered more often than before, or less.
  Status add(const algebra::RowChange& change) {
    const std::size_t copies_before = copies(change.key, change.before);
    const std::size_t copies_after = copies(change.key, change.after);
    if (copies_before == 0 && copies_after == 0) return {};
    TRY(const auto before, transformed(copies_before, change.before));
    TRY(const auto after, transformed(copies_after, change.after));
    for (std::size_t i = 0; i < std::max(copies_before, copies_after); ++i) {
      FeedItem item{.kind = FeedItem::Kind::change, .whole = change.whole};
      if (i < copies_before) item.old_value = before;
      if (i < copies_after) item.new_value = after;
      if (item.old_value == item.new_value) continue;
      item.cursor = given_;
      pending_.push_back(std::move(item));
    }
    given_ = changes_.cursor();
    // Whoever resumes in the middle of a change hears all of it again.
    if (!pending_.empty()) pending_.back().cursor = given_;
    return {};
  }

  void give_pending(std::size_t limit, std::vector<FeedItem>& out) {
    for (; !pending_.empty() && out.size() < limit; pending_.pop_front()) {
      out.push_back(std::move(pending_.front()));
    }
  }

  std::size_t copies(const Value& key, const std::optional<Value>& row) const {
    return row ? matcher_.sort_keys(key, *row).size() : 0;
  }

  Result<std::optional<Value>> transformed(std::size_t row_copies,
                                           const std::optional<Value>& row) {
    if (row_copies == 0) return std::nullopt;
    return run_stages(shape_.before_limit, *row, query_.evaluation);
  }

  Shape shape_;
  index::Matcher matcher_;
  bool point_;
  FeedOptions options_;
  std::shared_ptr<Feeds> feeds_;
  ChangeSource changes_;
  exec::QueryContext query_;
  DataSnapshot snapshot_;
  exec::OperatorPtr initial_;     // null once the initial rows are out
  std::deque<FeedItem> pending_;  // of the change that was taken last
  Cursor given_;                  // before that change
  std::optional<Value> held_;     // the last initial row so far
  bool announced_ = false;
  bool ready_ = false;
};

}  // namespace

Result<SubscriptionPtr> make_range_feed(Shape shape, bool point, FeedOptions options,
                                        std::shared_ptr<Feeds> feeds) {
  const auto table = feeds->table(shape.scan.table);
  if (table == nullptr) return table_gone();
  TRY(auto matcher, index::Matcher::make(*table, shape.scan));
  auto feed = std::make_unique<RangeFeed>(std::move(shape), std::move(matcher), point,
                                          std::move(options), std::move(feeds));
  TRY_STATUS(feed->start());
  return feed;
}

}  // namespace octavo::stream
