#include "stream/limit_feed.h"

#include <algorithm>
#include <deque>

#include "index/matcher.h"
#include "stream/change_source.h"
#include "stream/past_rows.h"

namespace octavo::stream {
namespace {

using value::Value;

struct Entry {
  Bytes sort_key;  // of index and primary key: no two rows share one
  Value row;       // after the stages
};
using Window = std::vector<Entry>;  // in the order of the scan, at most n

class LimitFeed final : public Subscription {
 public:
  LimitFeed(Shape shape, index::Matcher matcher, FeedOptions options, std::shared_ptr<Feeds> feeds,
            std::string primary_key)
      : shape_(std::move(shape)),
        matcher_(std::move(matcher)),
        options_(std::move(options)),
        feeds_(std::move(feeds)),
        primary_key_(std::move(primary_key)),
        descending_(shape_.scan.order == algebra::Direction::descending),
        changes_(feeds_, shape_.scan.table, options_.queue_limit) {}

  Status start() {
    if (options_.resume_after) {
      complete_ = *options_.resume_after;
      // What the client has is the window of then; what it needs is the difference to now.
      TRY(window_, past_window(*options_.resume_after));
      const Status replaced = replace_window();
      if (options_.include_states) announce(FeedItem::Kind::ready);
      return replaced;
    }
    TRY(window_, read_window());
    complete_ = changes_.cursor();
    if (options_.include_initial) {
      if (options_.include_states) announce(FeedItem::Kind::initializing);
      for (std::size_t i = 0; i < window_.size(); ++i) {
        FeedItem item{.kind = FeedItem::Kind::initial, .new_value = window_[i].row};
        item.new_offset = i;
        pending_.push_back(std::move(item));
      }
    }
    if (options_.include_states) announce(FeedItem::Kind::ready);
    return {};
  }

  Status poll(std::size_t max_items, std::vector<FeedItem>& out) override {
    const std::size_t limit = out.size() + max_items;
    for (;;) {
      while (!pending_.empty() && out.size() < limit) {
        out.push_back(std::move(pending_.front()));
        pending_.pop_front();
        // Only the last item of a difference completes it.
        if (pending_.empty()) complete_ = changes_.cursor();
        out.back().cursor = complete_;
      }
      if (out.size() >= limit) return {};
      TRY(const auto step, changes_.next());
      if (step.change == nullptr && step.skipped == 0) return {};
      if (step.change != nullptr) {
        TRY_STATUS(follow(*step.change));
      } else {
        // Changes were dropped: what they did to the window is found out by reading it again.
        TRY_STATUS(replace_window());
      }
    }
  }

  void wait(Wake wake) override {
    if (!pending_.empty()) {
      wake();
    } else {
      changes_.wait(std::move(wake));
    }
  }

 private:
  void announce(FeedItem::Kind kind) { pending_.push_back(FeedItem{.kind = kind}); }

  bool before(const Bytes& a, const Bytes& b) const { return descending_ ? b < a : a < b; }

  // The first n rows as of now; what is committed up to then will not be delivered again.
  Result<Window> read_window() {
    TRY(const auto snapshot, feeds_->snapshot(shape_.scan.table, true));
    Window out;
    TRY_STATUS(scan(snapshot, PastRows(), out));
    order(out);
    changes_.start_at(snapshot.at, kWholeRecord);
    return out;
  }

  // The first n rows as they were at a cursor.
  Result<Window> past_window(const Cursor& cursor) {
    TRY(const auto snapshot, feeds_->snapshot(shape_.scan.table, true));
    TRY(const auto past, PastRows::read(*feeds_, shape_.scan.table, cursor, snapshot.at));
    Window out;
    TRY_STATUS(scan(snapshot, past, out));
    for (const auto& [key, then] : past.rows()) {
      if (then.row) TRY_STATUS(add_row(*then.row, out));
    }
    order(out);
    return out;
  }

  // At least the first n rows of the snapshot among those that did not change since then.
  Status scan(const DataSnapshot& snapshot, const PastRows& past, Window& out) {
    TRY(const auto cursor, snapshot.source->open(shape_.scan, query_));
    exec::Rows rows;
    while (out.size() < *shape_.limit) {
      rows.clear();
      TRY_STATUS(cursor->next(std::min<std::size_t>(exec::kBatchRows, *shape_.limit), rows));
      if (rows.empty()) break;
      for (Value& row : rows) {
        const Value* key = row.find(primary_key_);
        if (key != nullptr && !past.changed_since(*key)) TRY_STATUS(add_row(std::move(row), out));
      }
    }
    return {};
  }

  void order(Window& window) const {
    std::ranges::sort(window, [this](const Entry& a, const Entry& b) {
      return before(a.sort_key, b.sort_key);
    });
    // Two entries of one row (a multi index) arrive as two equal rows, each adding all its keys.
    const auto repeats = std::ranges::unique(window, {}, &Entry::sort_key);
    window.erase(repeats.begin(), repeats.end());
    if (window.size() > *shape_.limit) window.resize(*shape_.limit);
  }

  Status add_row(Value row, Window& out) {
    const Value* key = row.find(primary_key_);
    if (key == nullptr) return {};
    auto keys = matcher_.sort_keys(*key, row);
    TRY(auto shown, run_stages(shape_.before_limit, std::move(row), query_.evaluation));
    if (!shown) return {};
    for (Bytes& sort_key : keys) out.push_back({std::move(sort_key), *shown});
    return {};
  }

  Status follow(const RowChange& change) {
    Window next = window_;
    bool removed = false;
    if (change.before) {
      for (const Bytes& key : matcher_.sort_keys(change.key, *change.before)) {
        removed |= std::erase_if(next, [&](const Entry& e) { return e.sort_key == key; }) > 0;
      }
    }
    const bool was_full = window_.size() == *shape_.limit;
    if (change.after) TRY_STATUS(insert(change, next));
    // A full window that lost a row may have to let in one that is not known here. When a row took
    // its place that sorts before the last one, the window is complete all the same.
    const bool may_lack = removed && was_full &&
                          (next.size() < *shape_.limit || !last_is_certain(next));
    if (next.size() > *shape_.limit) next.resize(*shape_.limit);
    if (may_lack) {
      TRY(next, read_window());
    }
    emit(window_, next);
    window_ = std::move(next);
    return {};
  }

  Status insert(const RowChange& change, Window& window) {
    TRY(const auto shown,
        run_stages(shape_.before_limit, *change.after, query_.evaluation));
    if (!shown) return {};
    for (Bytes& key : matcher_.sort_keys(change.key, *change.after)) {
      const auto at = std::ranges::lower_bound(
          window, key, [this](const Bytes& a, const Bytes& b) { return before(a, b); },
          &Entry::sort_key);
      if (at != window.end() && at->sort_key == key) continue;
      window.insert(at, Entry{std::move(key), *shown});
    }
    return {};
  }

  // The old last row is the furthest place up to which this feed knows every row.
  bool last_is_certain(const Window& next) const {
    return !before(window_.back().sort_key, next.back().sort_key);
  }

  Status replace_window() {
    TRY(auto next, read_window());
    emit(window_, next);
    window_ = std::move(next);
    return {};
  }

  // Pairs rows that left with rows that came, so that a row pushed out leaves in the item of the
  // row that came in. A row that moved or changed is paired with itself.
  void emit(const Window& old_window, const Window& new_window) {
    struct Place {
      const Entry* entry;
      std::size_t offset;
    };
    std::vector<Place> left;
    std::vector<Place> came;
    const auto same_in = [](const Window& window, const Entry& entry) {
      return std::ranges::any_of(window, [&](const Entry& e) {
        return e.sort_key == entry.sort_key && e.row == entry.row;
      });
    };
    for (std::size_t i = 0; i < old_window.size(); ++i) {
      if (!same_in(new_window, old_window[i])) left.push_back({&old_window[i], i});
    }
    for (std::size_t i = 0; i < new_window.size(); ++i) {
      if (!same_in(old_window, new_window[i])) came.push_back({&new_window[i], i});
    }
    for (std::size_t i = 0; i < std::max(left.size(), came.size()); ++i) {
      FeedItem item{.kind = FeedItem::Kind::change};
      if (i < left.size()) {
        item.old_value = left[i].entry->row;
        item.old_offset = left[i].offset;
      }
      if (i < came.size()) {
        item.new_value = came[i].entry->row;
        item.new_offset = came[i].offset;
      }
      pending_.push_back(std::move(item));
    }
  }

  Shape shape_;
  index::Matcher matcher_;
  FeedOptions options_;
  std::shared_ptr<Feeds> feeds_;
  std::string primary_key_;
  bool descending_;
  ChangeSource changes_;
  exec::QueryContext query_;
  Window window_;
  std::deque<FeedItem> pending_;
  Cursor complete_;  // up to which the client has everything
};

}  // namespace

Result<SubscriptionPtr> make_limit_feed(Shape shape, FeedOptions options,
                                        std::shared_ptr<Feeds> feeds) {
  const auto table = feeds->table(shape.scan.table);
  if (table == nullptr) return fail(Code::not_found, "The table does not exist any more.");
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
