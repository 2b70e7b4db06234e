#include "stream/limit_feed.h"

#include <algorithm>
#include <deque>

#include "index/matcher.h"
#include "stream/change_source.h"
#include "stream/past_rows.h"
#include "stream/window.h"

namespace octavo::stream {
namespace {

using value::Value;

std::unexpected<Error> table_gone() {
  return fail(Code::not_found, "The table does not exist any more.");
}

class LimitFeed final : public Subscription {
 public:
  LimitFeed(Shape shape, index::Matcher matcher, FeedOptions options, std::shared_ptr<Feeds> feeds,
            std::string primary_key)
      : shape_(std::move(shape)),
        matcher_(std::move(matcher)),
        options_(std::move(options)),
        feeds_(std::move(feeds)),
        primary_key_(std::move(primary_key)),
        order_{shape_.scan.order == algebra::Direction::descending},
        changes_(feeds_, shape_.scan, options_.queue_limit) {
    query_.evaluation.cancel = options_.cancel;
    query_.evaluation.account = options_.account;
  }

  Status start() {
    // There is a topic now: a table that is dropped from here on closes it.
    if (feeds_->table(shape_.scan.table) == nullptr) return table_gone();
    if (options_.resume_after) {
      complete_ = *options_.resume_after;
      TRY(auto now, feeds_->snapshot(shape_.scan.table, true));
      TRY(auto past,
          PastRows::open(*feeds_, shape_.scan.table, complete_, now.at, options_.account));
      resuming_.emplace(std::move(now), std::move(past));
      return resume();
    }
    TRY(window_, read_window());
    if (options_.include_initial) add_initial();
    begin();
    return {};
  }

  Status poll(std::size_t max_items, std::vector<FeedItem>& out) override {
    const std::size_t limit = out.size() + max_items;
    if (resuming_) TRY_STATUS(resume());
    if (resuming_) return changes_.ended();
    for (;;) {
      give_pending(limit, out);
      if (out.size() >= limit) return {};
      if (failure_) failure_ = take_in();
      if (told_) emit(*std::exchange(told_, std::nullopt));
      if (pending_.empty()) return failure_;  // after everything that came before it
    }
  }

  void wait(Wake wake) override {
    if (resuming_) {
      resuming_->past.wait(std::move(wake));
    } else if (!pending_.empty() || told_ || !failure_) {
      wake();
    } else {
      changes_.wait(std::move(wake));
    }
  }

  std::size_t gather(Wake wake) override {
    if (resuming_ && failure_) failure_ = resume();
    if (resuming_ && failure_) failure_ = changes_.ended();
    if (!resuming_ && failure_) failure_ = take_in();
    if (!failure_) return SIZE_MAX;
    if (resuming_) {
      resuming_->past.wait(std::move(wake));
      return 0;
    }
    changes_.wait(std::move(wake));
    return pending_.size() + (told_ ? 1 : 0);
  }

 private:
  // What a feed needs to find out what its client has: rows of now, and how they were then.
  struct Resuming {
    DataSnapshot now;
    PastRows past;
  };

  // What the client has is the window of then; what it needs is the difference to now. Done when
  // the log has told everything that the rows of now have in them; `resuming_` stays until then.
  Status resume() {
    TRY(const bool whole, resuming_->past.read());
    if (!whole) return {};
    TRY(const Window then, past_window(*resuming_));
    resuming_.reset();
    TRY(window_, read_window());
    emit(then);
    begin();
    return {};
  }

  // After what the client gets at first.
  void begin() {
    if (options_.include_states) announce(FeedItem::Kind::ready);
    pending_until_ = changes_.cursor();
    // Among the initial rows there is nothing yet to resume from.
    if (pending_.empty()) complete_ = pending_until_;
  }

  void announce(FeedItem::Kind kind) { pending_.push_back(FeedItem{.kind = kind}); }

  void add_initial() {
    if (options_.include_states) announce(FeedItem::Kind::initializing);
    for (std::size_t i = 0; i < window_.size(); ++i) {
      FeedItem item{.kind = FeedItem::Kind::initial, .new_value = window_[i].row};
      item.new_offset = i;
      pending_.push_back(std::move(item));
    }
  }

  void give_pending(std::size_t limit, std::vector<FeedItem>& out) {
    while (!pending_.empty() && out.size() < limit) {
      out.push_back(std::move(pending_.front()));
      pending_.pop_front();
      // Only the last item of a difference completes it.
      if (pending_.empty()) complete_ = pending_until_;
      out.back().cursor = complete_;
    }
  }

  // Items for what became of `old_window`.
  void emit(const Window& old_window) {
    for (FeedItem& item : difference(old_window, window_, order_)) {
      pending_.push_back(std::move(item));
    }
    pending_until_ = changes_.cursor();
  }

  // Changes up to the first that makes items; all that are waiting when squashing, where items are
  // made of the whole difference: merged one by one their offsets would be of windows that no
  // client ever had.
  Status take_in() {
    while (pending_.empty() || options_.squash) {
      TRY(const auto step, changes_.next());
      if (step.change == nullptr && step.skipped == 0) return {};
      // Where changes were dropped, what they did to the window is found out by reading it again.
      TRY(Window next, step.change != nullptr ? following(*step.change) : read_window());
      std::swap(window_, next);
      if (!options_.squash) {
        emit(next);
      } else if (!told_) {
        told_ = std::move(next);
      }
    }
    return {};
  }

  // The first n rows as of now; what is committed up to then will not be delivered again.
  Result<Window> read_window() {
    TRY(const auto snapshot, feeds_->snapshot(shape_.scan.table, true));
    Window out;
    TRY_STATUS(scan(snapshot, PastRows(options_.account), out));
    put_in_order(out);
    changes_.start_at(snapshot.at, kWholeRecord);
    return out;
  }

  // The first n rows as they were at the cursor.
  Result<Window> past_window(const Resuming& resuming) {
    Window out;
    TRY_STATUS(scan(resuming.now, resuming.past, out));
    for (const auto& [key, then] : resuming.past.rows()) {
      if (!then.row) continue;
      TRY([[maybe_unused]] const bool added, add_row(*then.row, out));
    }
    put_in_order(out);
    return out;
  }

  // At least the first n rows of the snapshot among those that did not change since then. Counted
  // are the entries that the scan went past: those that its rows have further on are no sign that
  // there is nothing before them.
  Status scan(const DataSnapshot& snapshot, const PastRows& past, Window& out) {
    TRY(const auto cursor, snapshot.source->open(shape_.scan, query_));
    exec::Rows rows;
    for (std::size_t passed = 0; passed < *shape_.limit;) {
      rows.clear();
      TRY_STATUS(cursor->next(std::min<std::size_t>(exec::kBatchRows, *shape_.limit), rows));
      if (rows.empty()) break;
      for (Value& row : rows) {
        const Value* key = row.find(primary_key_);
        if (key == nullptr || past.changed_since(*key)) continue;
        TRY(const bool added, add_row(std::move(row), out));
        if (added) ++passed;
      }
    }
    return {};
  }

  void put_in_order(Window& window) const {
    std::ranges::sort(window, [this](const WindowEntry& a, const WindowEntry& b) {
      return order_.before(a.sort_key, b.sort_key);
    });
    // Two entries of one row (a multi index) arrive as two equal rows, each adding all its keys.
    const auto repeats = std::ranges::unique(window, {}, &WindowEntry::sort_key);
    window.erase(repeats.begin(), repeats.end());
    if (window.size() > *shape_.limit) window.resize(*shape_.limit);
  }

  // Adds a row under all its keys; false when a filter drops it.
  Result<bool> add_row(Value row, Window& out) {
    const Value* found = row.find(primary_key_);
    if (found == nullptr) return false;
    const Value key = *found;
    auto keys = matcher_.sort_keys(key, row);
    TRY(auto shown, run_stages(shape_.before_limit, std::move(row), query_.evaluation));
    if (!shown) return false;
    for (Bytes& sort_key : keys) out.push_back({std::move(sort_key), key, *shown});
    return true;
  }

  // The window after one more change.
  Result<Window> following(const algebra::RowChange& change) {
    Window next = window_;
    bool removed = false;
    if (change.before) {
      for (const Bytes& key : matcher_.sort_keys(change.key, *change.before)) {
        removed |= std::erase_if(next, [&](const WindowEntry& e) { return e.sort_key == key; }) > 0;
      }
    }
    const bool was_full = window_.size() == *shape_.limit;
    if (change.after) TRY_STATUS(insert(change, next));
    // A full window that lost a row may have to let in one that is not known here. When a row took
    // its place that sorts before the last one, the window is complete all the same.
    const bool may_lack =
        removed && was_full && (next.size() < *shape_.limit || !last_is_certain(next));
    if (next.size() > *shape_.limit) next.resize(*shape_.limit);
    if (may_lack) return read_window();
    return next;
  }

  Status insert(const algebra::RowChange& change, Window& window) {
    TRY(const auto shown, run_stages(shape_.before_limit, *change.after, query_.evaluation));
    if (!shown) return {};
    for (Bytes& key : matcher_.sort_keys(change.key, *change.after)) {
      const auto at = std::ranges::lower_bound(
          window, key, [this](const Bytes& a, const Bytes& b) { return order_.before(a, b); },
          &WindowEntry::sort_key);
      if (at != window.end() && at->sort_key == key) continue;
      window.insert(at, WindowEntry{std::move(key), change.key, *shown});
    }
    return {};
  }

  // The old last row is the furthest place up to which this feed knows every row.
  bool last_is_certain(const Window& next) const {
    return !order_.before(window_.back().sort_key, next.back().sort_key);
  }

  Shape shape_;
  index::Matcher matcher_;
  FeedOptions options_;
  std::shared_ptr<Feeds> feeds_;
  std::string primary_key_;
  ScanOrder order_;
  ChangeSource changes_;
  exec::QueryContext query_;
  std::optional<Resuming> resuming_;
  Window window_;               // as of the changes taken in
  std::optional<Window> told_;  // squashing: as of the items made, where that is another one
  std::deque<FeedItem> pending_;
  Cursor pending_until_;  // after the changes that `pending_` is made of
  Cursor complete_;       // up to which the client has everything
  Status failure_;        // comes after what was taken in before it
};

}  // namespace

Result<SubscriptionPtr> make_limit_feed(Shape shape, FeedOptions options,
                                        std::shared_ptr<Feeds> feeds) {
  const auto table = feeds->table(shape.scan.table);
  if (table == nullptr) return table_gone();
  if (!shape.after_limit.empty()) {
    return fail(Code::unsupported, "A feed of the first rows cannot transform them after `limit`.");
  }
  TRY(auto matcher, index::Matcher::make(*table, shape.scan));
  auto feed = std::make_unique<LimitFeed>(std::move(shape), std::move(matcher), std::move(options),
                                          std::move(feeds), table->primary_key);
  TRY_STATUS(feed->start());
  return feed;
}

}  // namespace octavo::stream
