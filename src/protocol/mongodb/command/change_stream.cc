#include "protocol/mongodb/command/change_stream.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/pipeline/pipeline.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/change_stream_options.h"
#include "protocol/mongodb/command/collation.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/log_clock.h"
#include "protocol/mongodb/command/no_collections.h"
#include "protocol/mongodb/command/read_access.h"
#include "protocol/mongodb/command/request_scope.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using stream::FeedItem;
using value::Value;

constexpr std::string_view kStage = "$changeStream";
constexpr std::size_t kItemsAtOnce = 256;
// Changes of a collection that wait to be read.
constexpr std::uint64_t kQueuedChanges = 100'000;

// What is watched: one collection, all of a database, or all.
struct Watched {
  std::string database;    // empty: all
  std::string collection;  // empty: all of the database

  bool has(std::string_view in, std::string_view name) const {
    return (database.empty() || database == in) && (collection.empty() || collection == name);
  }
};

struct Event {
  Lsn lsn;
  std::uint32_t index = 0;
  Value document;
};

// The feed of one collection.
struct Followed {
  Collection collection;
  std::string database;
  std::string name;
  stream::SubscriptionPtr feed;
};

class ChangeStream final : public Cursor {
 public:
  ChangeStream(CommandCall& call, std::string ns, Watched watched, ChangeStreamOptions options,
               std::vector<Value> stages, RequestScope scope)
      : Cursor(call, std::move(ns), {.tailable = true, .await_data = true, .change_stream = true}),
        engine_(call.engine()),
        shared_(call.shared()),
        watched_(std::move(watched)),
        options_(std::move(options)),
        stages_(std::move(stages)),
        scope_(std::move(scope)) {}

  // Begins to follow what there is.
  Status start(CommandCall& call) {
    if (options_.after) {
      token_ = *options_.after;
      token_.invalidated = false;
    } else if (options_.start_at) {
      TRY_STATUS(start_at(*options_.start_at));
    } else {
      token_ = {.time = shared_.clock.now(), .cursor = here(), .invalidated = false};
    }
    TRY_STATUS(follow_all(true));
    // The stages are wrong or right before there is an event.
    TRY([[maybe_unused]] const auto planned, plan(call, {}));
    return {};
  }

  Result<bool> next(std::size_t most, std::vector<Value>& out) override {
    if (dead_) return false;
    if (ready_.empty()) TRY_STATUS(gather());
    const std::size_t count = std::min(most, ready_.size());
    for (std::size_t i = 0; i < count; ++i) {
      out.push_back(std::move(ready_.front()));
      ready_.pop_front();
    }
    return !ready_.empty();
  }

  void notify(std::function<void()> wake) override {
    for (auto& [id, followed] : feeds_) followed.feed->wait(wake);
    // Whoever made a collection since the last look found nobody to wake.
    if (engine_.catalog()->version() != seen_) wake();
  }

  void describe_batch(std::vector<value::Field>& fields) override {
    // Behind a batch that had no room for all there are further ones, which have been gathered.
    const auto rows = fields.back().value.as_array();
    const Value* const last = rows.empty() ? nullptr : rows.back().find("_id");
    fields.push_back({"postBatchResumeToken", last == nullptr ? format_token(token_) : *last});
  }

  bool is_dead() const override { return dead_ && ready_.empty(); }

 private:
  octavo::Cursor here() const {
    octavo::Cursor cursor;
    cursor.at.parts.push_back(engine_.tail());
    return cursor;
  }

  Status start_at(LogTime time) {
    token_ = {.time = time, .cursor = here(), .invalidated = false};
    if (time > shared_.clock.now()) return {};
    const auto place = shared_.clock.place_before(time);
    if (!place) {
      return error(ErrorCode::change_stream_history_lost,
                   "Resume of change stream was not possible, as the resume point may no longer be "
                   "in the log.");
    }
    token_.cursor.at.parts = {*place};
    return {};
  }

  // Follows collections that are new; `first`: those that are there at the beginning.
  Status follow_all(bool first) {
    const auto state = engine_.catalog();
    if (!first && state->version() == seen_) return {};
    for (const auto* database : state->databases()) {
      for (const auto* table : state->tables(database->id)) {
        if (!watched_.has(database->name, table->name) || feeds_.contains(table->id)) continue;
        if (table->temporary || catalog::is_built_in(table->id)) continue;
        Collection collection{state->share_table(table->id)};
        TRY(auto feed, follow(collection));
        feeds_.emplace(table->id, Followed{std::move(collection), database->name, table->name,
                                           std::move(feed)});
      }
    }
    seen_ = state->version();
    return {};
  }

  Result<stream::SubscriptionPtr> follow(const Collection& collection) {
    stream::FeedOptions options;
    options.queue_limit = kQueuedChanges;
    options.account = context().evaluation.account;
    options.resume_after = token_.cursor;
    const auto plan = algebra::make_plan(algebra::Scan{.table = collection.id()});
    auto feed = engine_.subscribe(stream::FeedKind::range, plan, std::move(options), context());
    if (!feed && feed.error().code == Code::out_of_range) {
      return error(ErrorCode::change_stream_history_lost,
                   "Resume of change stream was not possible, as the resume point may no longer be "
                   "in the log.");
    }
    return feed;
  }

  // What has happened up to now, in the order of the log. A change that one feed tells behind
  // `last` waits until the others have told all that comes before it.
  Status gather() {
    const Lsn last = engine_.last_commit();
    TRY_STATUS(follow_all(false));
    std::set<TableId> gone;
    for (auto& [id, followed] : feeds_) {
      TRY(const bool there, poll(followed));
      if (!there) gone.insert(id);
    }
    const auto by_place = [](const Event& a, const Event& b) {
      return a.lsn == b.lsn ? a.index < b.index : a.lsn < b.lsn;
    };
    std::ranges::sort(waiting_, by_place);
    const auto behind =
        std::ranges::find_if(waiting_, [&](const Event& event) { return event.lsn > last; });
    std::vector<Value> events;
    for (auto at = waiting_.begin(); at != behind; ++at) events.push_back(std::move(at->document));
    waiting_.erase(waiting_.begin(), behind);
    for (const TableId id : gone) end_of(id, events);
    end_of_names(events);
    return let_through(std::move(events));
  }

  // False: its collection is gone.
  Result<bool> poll(Followed& followed) {
    std::vector<FeedItem> items;
    for (;;) {
      items.clear();
      const Status polled = followed.feed->poll(kItemsAtOnce, items);
      if (!polled) {
        if (engine_.catalog()->find_table(followed.collection.id()) == nullptr) return false;
        return std::unexpected(polled.error());
      }
      if (items.empty()) return true;
      for (FeedItem& item : items) TRY_STATUS(take(followed, std::move(item)));
    }
  }

  Status take(const Followed& followed, FeedItem item) {
    if (item.kind == FeedItem::Kind::overflow) {
      return error(ErrorCode::change_stream_history_lost,
                   "The reader of the change stream was too slow: {} changes were dropped. Resume "
                   "it after the last event.",
                   item.skipped);
    }
    if (item.kind != FeedItem::Kind::change || item.cursor.at.parts.empty()) return {};
    std::optional<Value> before;
    std::optional<Value> after;
    if (item.old_value) before = followed.collection.shown(*item.old_value);
    if (item.new_value) after = followed.collection.shown(*item.new_value);
    const ResumeToken token = {.time = shared_.clock.time_of(item.cursor.at.parts.front()),
                               .cursor = item.cursor};
    TRY(Value document, change_event({.database = followed.database,
                                      .collection = followed.name,
                                      .before = before ? &*before : nullptr,
                                      .after = after ? &*after : nullptr,
                                      .whole = item.whole,
                                      .has_images = has_images(followed)},
                                     token, wall_ns(), options_.events));
    waiting_.push_back({item.cursor.at.parts.front(), item.cursor.index, std::move(document)});
    return {};
  }

  static bool has_images(const Followed& followed) {
    const Value* const option =
        find_option(*followed.collection.table, "changeStreamPreAndPostImages");
    const Value* const on = option == nullptr ? nullptr : option->find("enabled");
    return on != nullptr && on->type() == value::Type::boolean && on->as_boolean();
  }

  std::int64_t wall_ns() const { return shared_.service.clock.wall_ns(); }

  ResumeToken token_now(bool invalidated) {
    return {.time = shared_.clock.now(), .cursor = here(), .invalidated = invalidated};
  }

  // A collection was dropped.
  void end_of(TableId id, std::vector<Value>& events) {
    const auto at = feeds_.find(id);
    const bool with_database = engine_.catalog()->find_database(at->second.database) == nullptr;
    events.push_back(definition_event("drop", at->second.database, at->second.name,
                                      token_now(false), wall_ns()));
    const std::string database = at->second.database;
    feeds_.erase(at);
    const bool alone = !watched_.collection.empty();
    const bool others = std::ranges::any_of(
        feeds_, [&](const auto& entry) { return entry.second.database == database; });
    if (with_database && !alone && !others) {
      events.push_back(definition_event("dropDatabase", database, {}, token_now(false), wall_ns()));
    }
    if (alone || (with_database && !watched_.database.empty() && !others)) invalidate(events);
  }

  // Collections that are called otherwise now.
  void end_of_names(std::vector<Value>& events) {
    const auto state = engine_.catalog();
    for (auto at = feeds_.begin(); at != feeds_.end();) {
      const auto* const table = state->find_table(at->first);
      if (table == nullptr || table->name == at->second.name) {
        ++at;
        continue;
      }
      const auto* const database = state->find_database(table->database);
      value::ObjectBuilder event(definition_event("rename", at->second.database, at->second.name,
                                                  token_now(false), wall_ns()));
      event.set("to",
                Value::object({{"db", Value::string(database == nullptr ? "" : database->name)},
                               {"coll", Value::string(table->name)}}));
      events.push_back(std::move(event).build());
      at = feeds_.erase(at);
      if (!watched_.collection.empty()) invalidate(events);
    }
  }

  void invalidate(std::vector<Value>& events) {
    events.push_back(definition_event("invalidate", {}, {}, token_now(true), wall_ns()));
    dead_ = true;
  }

  // The stages behind $changeStream, over the events of this time.
  Status let_through(std::vector<Value> events) {
    if (events.empty()) return {};
    TRY(const ResumeToken newest, parse_token(*events.back().find("_id")));
    std::vector<Value> rows;
    if (stages_.empty()) {
      rows = std::move(events);
    } else {
      TRY(const auto plan, plan_rows(std::move(events)));
      TRY(const auto query, engine_.query(plan, context()));
      std::size_t before = 0;
      do {
        before = rows.size();
        TRY_STATUS(query->next(kItemsAtOnce, rows));
      } while (rows.size() != before);
    }
    for (Value& row : rows) {
      const Value* const id = row.find("_id");
      if (id == nullptr || !parse_token(*id)) {
        return error(ErrorCode::change_stream_fatal_error,
                     "Encountered an event whose _id field, which contains the resume token, was "
                     "modified by the pipeline. Modifying the _id field of an event makes it "
                     "impossible to resume the stream from that point.");
      }
      ready_.push_back(std::move(row));
    }
    token_ = newest;
    return {};
  }

  // `call`: for rights and collections of stages, which streams have none of.
  Result<algebra::PlanPtr> plan(CommandCall& call, std::vector<Value> events) {
    EngineCollections collections(call, context());
    return plan_over(collections, std::move(events));
  }
  Result<algebra::PlanPtr> plan_rows(std::vector<Value> events) {
    NoCollections none;  // stages of a change stream read nothing else
    return plan_over(none, std::move(events));
  }
  Result<algebra::PlanPtr> plan_over(Collections& collections, std::vector<Value> events) {
    const PipelineContext context{.collections = collections,
                                  .variables = scope_.variables(),
                                  .place = PipelinePlace::change_stream};
    const PipelineSource source{
        .name = {}, .rows = algebra::make_plan(algebra::Values{.rows = std::move(events)})};
    TRY(Pipeline planned, plan_pipeline(stages_, source, context));
    return std::move(planned.plan);
  }

  engine::Engine& engine_;
  CommandShared& shared_;
  const Watched watched_;
  const ChangeStreamOptions options_;
  const std::vector<Value> stages_;
  const RequestScope scope_;
  std::map<TableId, Followed> feeds_;
  Lsn seen_;                    // the definitions whose collections are followed
  std::vector<Event> waiting_;  // told, and not due yet
  std::deque<Value> ready_;
  ResumeToken token_;  // what is behind it has not been gathered
  bool dead_ = false;
};

Result<Watched> watched_of(CommandCall& call, const ChangeStreamOptions& options) {
  static constexpr std::string_view kAdmin = "admin";
  static constexpr std::string_view kOwn[] = {"admin", "local", "config"};
  if (options.all_changes_for_cluster) {
    if (call.database() == kAdmin && call.collection().empty()) return Watched();
    return error(ErrorCode::invalid_options,
                 "A $changeStream with 'allChangesForCluster:true' may only be opened on the "
                 "'admin' database, and with no collection name; found {}",
                 call.collection().empty() ? call.database() : call.ns());
  }
  if (std::ranges::find(kOwn, call.database()) != std::end(kOwn)) {
    return error(ErrorCode::invalid_namespace,
                 "$changeStream may not be opened on the internal {} database", call.database());
  }
  TRY_STATUS(refuse_view(*call.engine().catalog(), call.database(), call.collection()));
  return Watched{call.database(), call.collection()};
}

}  // namespace

bool is_change_stream(std::span<const Value> stages) {
  return !stages.empty() && stages.front().is_object() && !stages.front().as_object().empty() &&
         stages.front().as_object().front().name == kStage;
}

Result<std::unique_ptr<Cursor>> open_change_stream(CommandCall& call,
                                                   std::span<const Value> stages) {
  if (!call.shared().is_replica_set()) {
    return error(40573, "The $changeStream stage is only supported on replica sets");
  }
  TRY(ChangeStreamOptions options, parse_change_stream(stages.front().as_object().front().value));
  TRY(Watched watched, watched_of(call, options));
  // What the collection has is not theirs.
  std::string collation;
  if (const Value* const given = call.find("collation"); given != nullptr) {
    TRY(collation, operation_collation(call, given));
  }
  TRY(RequestScope scope, RequestScope::make(call, call.find("let"), collation));
  const std::string ns =
      call.collection().empty() ? call.database() + ".$cmd.aggregate" : call.ns();
  auto cursor = std::make_unique<ChangeStream>(call, ns, std::move(watched), std::move(options),
                                               std::vector<Value>(stages.begin() + 1, stages.end()),
                                               std::move(scope));
  cursor->original = call.body();
  TRY_STATUS(cursor->start(call));
  return std::unique_ptr<Cursor>(std::move(cursor));
}

}  // namespace octavo::mongodb
