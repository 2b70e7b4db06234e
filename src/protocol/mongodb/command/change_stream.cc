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
#include "protocol/mongodb/command/definition_events.h"
#include "protocol/mongodb/command/log_clock.h"
#include "protocol/mongodb/command/no_collections.h"
#include "protocol/mongodb/command/read_access.h"
#include "protocol/mongodb/command/request_scope.h"
#include "protocol/mongodb/command/shared.h"
#include "protocol/mongodb/command/split_event.h"
#include "protocol/mongodb/command/watched.h"

namespace octavo::mongodb {
namespace {

using stream::FeedItem;
using value::Value;

constexpr std::string_view kStage = "$changeStream";
constexpr std::size_t kItemsAtOnce = 256;
// Changes of a collection that wait to be read.
constexpr std::uint64_t kQueuedChanges = 100'000;
// Of a place in the log: everything in its record has been seen.
constexpr std::uint32_t kWholeRecord = ~std::uint32_t{0};

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
        splits_(splits_events(stages_)),
        scope_(std::move(scope)) {}

  // Begins to follow what there is.
  Status start(CommandCall& call) {
    if (options_.after) {
      token_ = *options_.after;
      token_.invalidated = false;
      if (token_.fragments != 0 && !splits_) return not_split();
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
    if (ready_.empty() && !dead_) TRY_STATUS(gather());
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
        if (!first && options_.events.expanded) {
          // Before all that is written to it.
          made_.push_back(
              definition_document(collection_made(*table), database->name, table->name, token_));
        }
        feeds_.emplace(table->id, Followed{std::move(collection), database->name, table->name,
                                           std::move(feed)});
      }
    }
    if (options_.events.expanded) follow_views(*state, first);
    seen_ = state->version();
    return {};
  }

  // Views have no changes; whole databases are told of their making.
  void follow_views(const catalog::CatalogState& state, bool first) {
    if (!watched_.collection.empty()) return;
    std::set<TableId> there;
    for (const auto* database : state.databases()) {
      for (const auto* view : state.views(database->id)) {
        if (!watched_.has(database->name, view->name)) continue;
        there.insert(view->id);
        if (first || views_.contains(view->id)) continue;
        made_.push_back(definition_document(view_made(*view), database->name, view->name, token_));
      }
    }
    views_ = std::move(there);
  }

  Value definition_document(DefinitionEvent event, std::string_view database, std::string_view name,
                            const ResumeToken& token) const {
    return definition_event(event.operation, database, name, token, wall_ns(),
                            std::move(event.more));
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
    std::vector<Value> events = std::exchange(made_, {});
    for (auto at = waiting_.begin(); at != behind; ++at) events.push_back(std::move(at->document));
    waiting_.erase(waiting_.begin(), behind);
    told_to_ = last;
    for (const TableId id : gone) end_of(id, events);
    look_at_definitions(events);
    end_of_names(events);
    return let_through(std::move(events));
  }

  // What has become of collections that are still there.
  void look_at_definitions(std::vector<Value>& events) {
    const auto state = engine_.catalog();
    for (auto& [id, followed] : feeds_) {
      auto now = state->share_table(id);
      if (now == nullptr || now == followed.collection.table) continue;
      const auto before = std::exchange(followed.collection.table, std::move(now));
      if (!options_.events.expanded) continue;
      for (auto& event : definition_changes(*before, *followed.collection.table)) {
        events.push_back(definition_document(std::move(event), followed.database, followed.name,
                                             token_now(false)));
      }
    }
  }

  // False: its collection is gone.
  Result<bool> poll(Followed& followed) {
    std::vector<FeedItem> items;
    for (;;) {
      items.clear();
      const Status polled = followed.feed->poll(kItemsAtOnce, items);
      // What came before the end is there beside the error.
      for (FeedItem& item : items) TRY_STATUS(take(followed, std::move(item)));
      if (!polled) {
        if (engine_.catalog()->find_table(followed.collection.id()) == nullptr) return false;
        return std::unexpected(polled.error());
      }
      if (items.empty()) return true;
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
    TRY(Value document,
        change_event(
            {.database = followed.database,
             .collection = followed.name,
             .before = before ? &*before : nullptr,
             .after = after ? &*after : nullptr,
             .whole = item.whole,
             .has_images = keeps_images(*followed.collection.table),
             .uuid = options_.events.expanded ? uuid_of(*followed.collection.table) : Value()},
            token, wall_ns(), options_.events));
    waiting_.push_back({item.cursor.at.parts.front(), item.cursor.index, std::move(document)});
    return {};
  }

  std::int64_t wall_ns() const { return shared_.service.clock.wall_ns(); }

  // Behind all that was told up to now, and before what waits.
  ResumeToken token_now(bool invalidated) {
    octavo::Cursor place;
    place.at.parts.push_back(told_to_);
    place.index = kWholeRecord;
    return {.time = shared_.clock.now(), .cursor = std::move(place), .invalidated = invalidated};
  }

  std::vector<value::Field> with_uuid(const Followed& followed) const {
    if (!options_.events.expanded) return {};
    return {{"collectionUUID", uuid_of(*followed.collection.table)}};
  }

  // A collection was dropped.
  void end_of(TableId id, std::vector<Value>& events) {
    const auto at = feeds_.find(id);
    const bool with_database = engine_.catalog()->find_database(at->second.database) == nullptr;
    events.push_back(definition_event("drop", at->second.database, at->second.name,
                                      token_now(false), wall_ns(), with_uuid(at->second)));
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
      Value description = description_of_rename(
          database == nullptr ? std::string_view() : database->name, table->name);
      std::vector<value::Field> more = with_uuid(at->second);
      more.push_back({"to", *description.find("to")});
      if (options_.events.expanded) {
        more.push_back({"operationDescription", std::move(description)});
      }
      events.push_back(definition_event("rename", at->second.database, at->second.name,
                                        token_now(false), wall_ns(), std::move(more)));
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
    std::vector<Value> ids;
    if (splits_) {
      for (const Value& event : events) ids.push_back(*event.find("_id"));
    }
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
      if (splits_) {
        TRY_STATUS(give_parts(std::move(row), ids));
      } else {
        ready_.push_back(std::move(row));
      }
    }
    if (token_.fragments != 0) return not_split();
    token_ = newest;
    return {};
  }

  static std::unexpected<Error> not_split() {
    return error(ErrorCode::change_stream_fatal_error,
                 "The stream cannot go on within an event that was split: the pipeline does not "
                 "split it again");
  }

  // The event as it is, or in parts where it is too large. `ids`: of all events of this time. Where
  // the stream goes on within an event it is the first of them.
  Status give_parts(Value row, std::span<const Value> ids) {
    const auto at = std::ranges::find(ids, *row.find("_id")) - ids.begin();
    const std::size_t told = std::exchange(token_.fragments, 0);
    const bool large = is_too_large(row);
    if (told != 0 && (at != 0 || !large)) return not_split();
    if (!large) {
      ready_.push_back(std::move(row));
      return {};
    }
    ResumeToken before = token_;
    if (at != 0) {
      TRY(before, parse_token(ids[static_cast<std::size_t>(at) - 1]));
    }
    TRY(auto parts, split_event(row, before));
    if (told >= parts.size()) return not_split();
    for (std::size_t i = told; i < parts.size(); ++i) ready_.push_back(std::move(parts[i]));
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
  const bool splits_;  // events that are too large
  const RequestScope scope_;
  std::map<TableId, Followed> feeds_;
  std::set<TableId> views_;
  Lsn seen_;                    // the definitions whose collections are followed
  Lsn told_to_;                 // what was committed up to there has been told, or waits
  std::vector<Value> made_;     // events of collections that are new
  std::vector<Event> waiting_;  // told, and not due yet
  std::deque<Value> ready_;
  ResumeToken token_;  // what is behind it has not been gathered
  bool dead_ = false;
};

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
