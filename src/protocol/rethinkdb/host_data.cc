#include <fmt/format.h>

#include <algorithm>

#include "dialect/reql/error.h"
#include "protocol/rethinkdb/host.h"
#include "protocol/rethinkdb/system_tables.h"

namespace octavo::rethinkdb {
namespace {

using value::Value;

class QueryStream final : public reql::RowStream {
 public:
  explicit QueryStream(std::unique_ptr<engine::Query> query) : query_(std::move(query)) {}

  Result<reql::Pulled> pull(std::vector<Value>& out, const reql::PullOptions& options) override {
    const std::size_t before = out.size();
    TRY_STATUS(query_->next(options.max_rows, out));
    return out.size() > before ? reql::Pulled::rows : reql::Pulled::end;
  }

 private:
  std::unique_ptr<engine::Query> query_;
};

reql::FeedEvent to_event(stream::FeedItem item, bool include_cursor) {
  using From = stream::FeedItem::Kind;
  using To = reql::FeedEvent::Kind;
  reql::FeedEvent event;
  switch (item.kind) {
    case From::initial: event.kind = To::initial; break;
    case From::change: event.kind = To::change; break;
    case From::ready: event.kind = To::ready; break;
    case From::initializing: event.kind = To::initializing; break;
    case From::overflow: event.kind = To::overflow; break;
  }
  event.old_val = std::move(item.old_value);
  event.new_val = std::move(item.new_value);
  event.old_offset = item.old_offset;
  event.new_offset = item.new_offset;
  event.skipped = item.skipped;
  if (include_cursor && !item.cursor.at.parts.empty()) event.cursor = format_cursor(item.cursor);
  return event;
}

// The index that a feed goes by: when it is dropped, the feed ends.
struct FollowedIndex {
  std::optional<IndexId> id;  // none: the primary key
  std::string name;
  Lsn seen;  // the version of the definitions that had it

  static FollowedIndex of(const reql::FeedRequest& request, const catalog::CatalogState& state) {
    FollowedIndex out{.id = index_of(*request.plan), .name = {}, .seen = state.version()};
    for (const reql::IndexInfo& index : request.table->indexes) {
      if (index.id == out.id) out.name = index.name;
    }
    return out;
  }

  Status check(const reql::TableInfo& table, const catalog::CatalogState& state) {
    if (!id || state.version() == seen) return {};
    const auto* definition = state.find_table(table.id);
    if (definition == nullptr) return {};  // the subscription says so
    if (definition->find_index(*id) == nullptr) {
      if (definition->find_index(name) == nullptr) {
        return fail(reql::index_missing(name, table.database.name, table.name));
      }
      return fail(Code::unavailable,
                  fmt::format("The secondary index `{}` was replaced by a different one.", name));
    }
    seen = state.version();
    return {};
  }

 private:
  static std::optional<IndexId> index_of(const algebra::Plan& plan) {
    return std::visit([](const auto& node) { return index_of_node(node); }, plan.node);
  }
  static std::optional<IndexId> index_of_node(const algebra::Scan& scan) { return scan.index; }
  template <class Node>
  static std::optional<IndexId> index_of_node(const Node& node) {
    if constexpr (requires { node.input; }) return index_of(*node.input);
    return std::nullopt;
  }
};

class SubscriptionFeed final : public reql::Feed {
 public:
  SubscriptionFeed(EngineHost& host, std::shared_ptr<stream::Subscription> subscription,
                   const reql::FeedRequest& request, FollowedIndex index)
      : host_(host),
        subscription_(std::move(subscription)),
        kind_(request.kind),
        table_(request.table),
        index_(std::move(index)),
        include_cursor_(request.include_cursor) {}

  Status poll(std::size_t max_events, std::vector<reql::FeedEvent>& out) override {
    const auto definitions = host_.definitions();
    TRY_STATUS(index_.check(*table_, *definitions));
    const std::size_t before = out.size();
    for (std::vector<stream::FeedItem> items; out.size() == before; items.clear()) {
      const Status polled = subscription_->poll(max_events, items);
      if (!polled) {
        const bool dropped = host_.definitions()->find_table(table_->id) == nullptr;
        return dropped ? fail(Code::unavailable, "Changefeed aborted (unavailable).") : polled;
      }
      if (items.empty()) break;
      for (auto& item : items) {
        if (tells(item)) out.push_back(to_event(std::move(item), include_cursor_));
      }
    }
    return {};
  }

  void notify(std::function<void()> ready) override {
    subscription_->wait(ready);
    // Whoever changed definitions since the last poll found nobody to wake.
    if (index_.id && host_.definitions()->version() != index_.seen) ready();
  }

 private:
  // To clients of ranges null is the same as no row. That a point is not there is told.
  bool tells(const stream::FeedItem& item) const {
    using Kind = stream::FeedItem::Kind;
    if (kind_ != reql::FeedKind::range) return true;
    if (item.kind != Kind::initial && item.kind != Kind::change) return true;
    const auto is_row = [](const std::optional<Value>& side) { return side && !side->is_null(); };
    return is_row(item.old_value) || is_row(item.new_value);
  }

  EngineHost& host_;
  std::shared_ptr<stream::Subscription> subscription_;
  reql::FeedKind kind_;
  reql::TablePtr table_;
  FollowedIndex index_;
  bool include_cursor_;
};

stream::FeedKind feed_kind(reql::FeedKind kind) {
  switch (kind) {
    case reql::FeedKind::range: return stream::FeedKind::range;
    case reql::FeedKind::point: return stream::FeedKind::point;
    case reql::FeedKind::limit: return stream::FeedKind::limit;
  }
  return stream::FeedKind::range;
}

// `usual`: what the tables say.
Durability durability_of(reql::WriteDurability wanted, Durability usual) {
  switch (wanted) {
    case reql::WriteDurability::table_default: return usual;
    case reql::WriteDurability::soft: return Durability::memory;
    case reql::WriteDurability::hard: return Durability::disk;
  }
  return usual;
}

// That the thread of a connection writes itself.
constexpr std::size_t kMostRowsHere = 16;

// Errors of the engine in RethinkDB's words.
Error in_rethinkdb_words(Error error, const reql::TableInfo& table) {
  if (error.code == Code::not_found) return reql::table_missing(table.database.name, table.name);
  return error;
}

}  // namespace

Result<std::unique_ptr<reql::RowStream>> EngineHost::run(const algebra::PlanPtr& plan) {
  if (!context_.may_wait) {
    would_have_waited_ = true;
    return fail(Code::would_block, "Scans run on worker threads.");
  }
  TRY(auto query, service_.engine.query(plan, context_));
  return std::make_unique<QueryStream>(std::move(query));
}

Result<std::optional<Value>> EngineHost::get(const reql::TableInfo& table, const Value& key) {
  auto row = service_.engine.get(table.id, key, context_);
  if (!row && row.error().code == Code::would_block) would_have_waited_ = true;
  if (!row) return fail(in_rethinkdb_words(std::move(row).error(), table));
  return row;
}

Result<std::uint64_t> EngineHost::estimate_count(const reql::TableInfo& table) {
  auto count = service_.engine.estimate_count(table.id, context_);
  if (!count && count.error().code == Code::would_block) would_have_waited_ = true;
  return count;
}

Result<std::vector<Status>> EngineHost::write_rows(const reql::WriteRequest& request) {
  const reql::TableInfo& table = *request.table;
  TRY_STATUS(require(catalog::Permission::write, table));
  if (table.system) TRY_STATUS(may_define());
  // A hook is a function of the user, which may take long.
  if (!context_.may_wait && (table.write_hook || request.keys.size() > kMostRowsHere)) {
    would_have_waited_ = true;
    return fail(Code::would_block, "Many rows are written on worker threads.");
  }
  exec::RowWrites writes;
  writes.table = table.id;
  writes.keys = request.keys;
  const auto in_engine_words = [](Result<reql::RowEdit> decided) -> Result<exec::RowEdit> {
    TRY(auto edit, std::move(decided));
    using From = reql::RowEdit::Action;
    using To = exec::RowEdit::Action;
    const To action = edit.action == From::put     ? To::put
                      : edit.action == From::erase ? To::erase
                                                   : To::keep;
    return exec::RowEdit{action, std::move(edit.row)};
  };
  writes.decide = [&](std::size_t i, const Value* current) {
    return in_engine_words(request.decide(i, current));
  };
  if (request.decide_unread) {
    writes.decide_unread = [&](std::size_t i) { return in_engine_words(request.decide_unread(i)); };
  }
  writes.stored = request.stored;
  writes.decide_for = [&](const exec::TableDefinitionPtr& definition) -> Status {
    TRY(auto info,
        service_.metadata.table(service_.engine, *service_.engine.catalog(), definition));
    request.decide_for(std::move(info));
    return {};
  };
  auto done = service_.engine.write(writes, context_);
  if (!done && done.error().code == Code::would_block) would_have_waited_ = true;
  if (!done) return fail(in_rethinkdb_words(std::move(done).error(), table));
  if (done->changed) {
    // Soft durability survives a process kill all the same: the log's mapping already has it.
    statement_.promise.add(done->lsn, table.system
                                          ? done->durability
                                          : durability_of(request.durability, done->durability));
  }
  for (Status& row : done->rows) {
    if (!table.system || row || row.error().code != Code::unsupported) continue;
    row = not_writable(table.name);
  }
  return std::move(done->rows);
}

Status EngineHost::sync(const reql::TableInfo& table) {
  TRY_STATUS(require(catalog::Permission::write, table));
  statement_.promise.add(service_.engine.last_commit(), Durability::disk);
  return {};
}

Result<std::unique_ptr<reql::Feed>> EngineHost::subscribe(const reql::FeedRequest& request) {
  const reql::TableInfo& table = *request.table;
  const auto state = definitions();
  stream::FeedOptions options;
  options.include_initial = request.include_initial;
  options.include_states = request.include_states;
  options.squash = request.squash;
  squash_seconds_ = std::max(squash_seconds_, request.squash_seconds);
  squashing_since_ = state->version();
  options.queue_limit = request.queue_limit;
  options.cancel = context_.evaluation.cancel;
  options.account = context_.evaluation.account;
  if (request.resume_after) {
    options.resume_after = parse_cursor(*request.resume_after);
    if (!options.resume_after) {
      return reql::fail_logic("`resume_after` is not a cursor of this server.");
    }
  }
  auto subscription = service_.engine.subscribe(feed_kind(request.kind), request.plan,
                                                std::move(options), context_);
  if (!subscription && subscription.error().code == Code::unsupported && table.system) {
    return fail(Code::unsupported, "Changefeeds on system tables are not supported yet.");
  }
  if (!subscription) return fail(in_rethinkdb_words(std::move(subscription).error(), table));
  std::shared_ptr<stream::Subscription> feed = *std::move(subscription);
  // Before the queue behind it runs over.
  if (request.squash)
    squashed_.push_back({feed, std::max<std::size_t>(1, request.queue_limit / 2)});
  return std::make_unique<SubscriptionFeed>(*this, std::move(feed), request,
                                            FollowedIndex::of(request, *state));
}

// A query may wait for changes as long as it likes: its deadline moves on with the time.
Status EngineHost::wait(const Notify& notify) {
  function::EvalContext& evaluation = context_.evaluation;
  const std::int64_t deadline_ns = std::exchange(evaluation.deadline_ns, 0);
  const std::int64_t from_ns = deadline_ns == 0 ? 0 : evaluation.clock->monotonic_ns();
  const Status waited = wait_in_time(notify);
  if (deadline_ns != 0) {
    evaluation.deadline_ns = deadline_ns + evaluation.clock->monotonic_ns() - from_ns;
  }
  return waited;
}

Status EngineHost::wait_in_time(const Notify& notify) {
  if (!context_.may_wait) {
    would_have_waited_ = true;
    return fail(Code::would_block, "Changes are waited for on worker threads.");
  }
  const function::EvalContext& evaluation = context_.evaluation;
  Nanoseconds left{0};
  if (evaluation.deadline_ns != 0) {
    const std::int64_t now_ns = evaluation.clock->monotonic_ns();
    left = Nanoseconds(std::max<std::int64_t>(1, evaluation.deadline_ns - now_ns));
  }
  notify([alarm = statement_.alarm()] { alarm->ring(); });
  TRY(const auto waiting, service_.workers.begin_outside_wait());
  // What woke it is looked at below.
  if (!statement_.waits_are_over()) statement_.alarm()->block(left);
  if (statement_.waits_are_over()) return fail(Code::cancelled, "Query interrupted.");
  return evaluation.check_now();
}

bool EngineHost::holds_enough(const std::function<void()>& more) {
  const value::Account::Use use(context_.evaluation.account);
  const auto holds = [&more](const Squashed& squashed) {
    const auto feed = squashed.feed.lock();
    return feed != nullptr && feed->gather(more) >= squashed.enough;
  };
  try {
    if (std::ranges::any_of(squashed_, holds)) return true;
  } catch (const std::bad_alloc&) {
    return true;  // the feed is polled, and says so
  }
  // Looked at last: from here on a change of definitions calls `more`.
  const Lsn version = definitions()->version();
  return std::exchange(squashing_since_, version) != version;
}

}  // namespace octavo::rethinkdb
