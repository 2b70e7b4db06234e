// CHANGES: subscriptions as streams of change documents.

#include <fmt/format.h>

#include "dialect/reql/access.h"
#include "dialect/reql/context.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"

namespace octavo::reql {
namespace {

struct ChangesOptions {
  bool include_initial = false;
  bool include_states = false;
  bool include_types = false;
  bool include_offsets = false;
  bool include_cursor = false;
  std::optional<std::string> resume_after;
  bool squash = false;
  double squash_seconds = 0.0;
  std::size_t queue_limit = 0;
};

FeedNote note_of(FeedKind kind) {
  switch (kind) {
    case FeedKind::range: return FeedNote::sequence;
    case FeedKind::point: return FeedNote::atom;
    case FeedKind::limit: return FeedNote::limit;
  }
  std::unreachable();
}

// The events of a subscription as the documents that clients read.
class FeedStream final : public Stream {
 public:
  FeedStream(std::unique_ptr<Feed> feed, FeedKind kind, const ChangesOptions& options)
      : feed_(std::move(feed)), kind_(kind), options_(options) {}

  Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) override {
    while (true) {
      TRY_STATUS(env.check());
      events_.clear();
      TRY_STATUS(feed_->poll(options.max_rows, events_));
      for (const FeedEvent& event : events_) out.push_back(document(event));
      if (!events_.empty()) return Pulled::rows;
      if (!options.wait) return Pulled::pending;
      TRY(Host* const host, env.need_host());
      TRY_STATUS(host->wait([this](std::function<void()> ready) { notify(std::move(ready)); }));
    }
  }
  bool infinite() const override { return true; }
  FeedNote feed() const override { return note_of(kind_); }
  bool sends_states() const override { return options_.include_states; }
  void notify(std::function<void()> ready) override { feed_->notify(std::move(ready)); }

 private:
  Value document(const FeedEvent& event) const;
  void add_change(const FeedEvent& event, std::vector<Field>& fields) const;

  std::unique_ptr<Feed> feed_;
  FeedKind kind_;
  ChangesOptions options_;
  std::vector<FeedEvent> events_;
};

Value offset_value(const std::optional<std::uint64_t>& offset) {
  return offset ? number(static_cast<double>(*offset)) : Value::null();
}

void FeedStream::add_change(const FeedEvent& event, std::vector<Field>& fields) const {
  using Kind = FeedEvent::Kind;
  const Value before = event.old_val.value_or(Value::null());
  const Value after = event.new_val.value_or(Value::null());
  const bool has_new = event.kind != Kind::uninitial;
  const bool has_old = event.kind != Kind::initial;
  if (has_new) fields.push_back({"new_val", after});
  if (has_old) fields.push_back({"old_val", before});
  if (options_.include_offsets) {
    if (has_new) fields.push_back({"new_offset", offset_value(event.new_offset)});
    if (has_old) fields.push_back({"old_offset", offset_value(event.old_offset)});
  }
  if (!options_.include_types) return;
  std::string_view type = "change";
  if (event.kind == Kind::initial) {
    type = "initial";
  } else if (event.kind == Kind::uninitial) {
    type = "uninitial";
  } else if (before.is_null()) {
    type = "add";
  } else if (after.is_null()) {
    type = "remove";
  }
  fields.push_back({"type", string(type)});
}

Value FeedStream::document(const FeedEvent& event) const {
  std::vector<Field> fields;
  switch (event.kind) {
    case FeedEvent::Kind::initializing:
    case FeedEvent::Kind::ready:
      fields.push_back(
          {"state", string(event.kind == FeedEvent::Kind::ready ? "ready" : "initializing")});
      if (options_.include_types) fields.push_back({"type", string("state")});
      break;
    case FeedEvent::Kind::initial:
    case FeedEvent::Kind::uninitial:
    case FeedEvent::Kind::change: add_change(event, fields); break;
    case FeedEvent::Kind::overflow:
      fields.push_back({"error", string(fmt::format("Changefeed cache over array size limit, "
                                                    "skipped {} elements.",
                                                    event.skipped))});
      break;
  }
  if (options_.include_cursor && !event.cursor.empty()) {
    fields.push_back({"cursor", string(event.cursor)});
  }
  return make_object(std::move(fields));
}

// Several feeds tell one state: initializing when the first does, ready when the last is.
class OneStateStream final : public Stream {
 public:
  OneStateStream(StreamPtr source, std::size_t feeds)
      : source_(std::move(source)), unready_(feeds) {}

  Result<Pulled> pull(Env& env, std::vector<Value>& out, const PullOptions& options) override {
    const std::size_t before = out.size();
    std::vector<Value> rows;
    while (out.size() == before) {
      rows.clear();
      TRY(const Pulled pulled, source_->pull(env, rows, options));
      if (pulled != Pulled::rows) return pulled;
      for (Value& row : rows) {
        if (passes(row)) out.push_back(std::move(row));
      }
    }
    return Pulled::rows;
  }
  bool infinite() const override { return true; }
  FeedNote feed() const override { return source_->feed(); }
  bool sends_states() const override { return true; }
  void notify(std::function<void()> ready) override { source_->notify(std::move(ready)); }

 private:
  bool passes(const Value& row) {
    const Value* state = row.find("state");
    if (state == nullptr || row.find("old_val") != nullptr || row.find("new_val") != nullptr) {
      return true;
    }
    if (state->as_string() == "initializing") return !std::exchange(initializing_, true);
    return --unready_ == 0;
  }

  StreamPtr source_;
  std::size_t unready_;
  bool initializing_ = false;
};

Status read_squash(Args& args, ChangesOptions& options) {
  TRY(const std::optional<Value> squash, args.option_datum("squash"));
  if (!squash) return {};
  if (squash->is_number()) {
    options.squash = true;
    options.squash_seconds = squash->to_double();
    if (options.squash_seconds >= 0.0) return {};
    return args.at("squash",
                   fail_logic("Expected BOOL or a positive NUMBER but found a negative NUMBER."));
  }
  if (squash->type() != Type::boolean) {
    return args.at("squash", fail_logic(fmt::format("Expected BOOL or NUMBER but found {}.",
                                                    type_name(*squash))));
  }
  options.squash = squash->as_boolean();
  return {};
}

Result<ChangesOptions> changes_options(Env& env, Args& args) {
  ChangesOptions options;
  TRY_STATUS(read_squash(args, options));
  const auto flag = [&args](std::string_view name) -> Result<bool> {
    TRY(const std::optional<bool> given, args.option_boolean(name));
    return given.value_or(false);
  };
  TRY(options.include_initial, flag("include_initial"));
  TRY(options.include_states, flag("include_states"));
  TRY(options.include_types, flag("include_types"));
  TRY(options.include_offsets, flag("include_offsets"));
  TRY(options.include_cursor, flag("include_cursor"));
  TRY(const std::optional<Value> cursor, args.option_string("resume_after"));
  if (cursor) options.resume_after = std::string(cursor->as_string());
  options.queue_limit = env.query().changefeed_queue_size;
  TRY(const std::optional<std::int64_t> limit, args.option_integer("changefeed_queue_size"));
  if (limit) {
    if (*limit < 1) {
      return fail_logic(fmt::format("Illegal array size limit `{}`.  (Must be >= 1.)", *limit));
    }
    options.queue_limit = static_cast<std::size_t>(*limit);
  }
  return options;
}

bool is_empty_scan(const algebra::PlanPtr& plan) {
  const auto* scan = std::get_if<algebra::Scan>(&plan->node);
  const auto* keys = scan == nullptr ? nullptr : std::get_if<algebra::KeySet>(&scan->keys);
  return keys != nullptr && keys->keys.empty();
}

Status check_offsets(const Watch& watch, const ChangesOptions& options) {
  if (!options.include_offsets || watch.kind == FeedKind::limit) return {};
  const std::string_view kind = watch.kind == FeedKind::point ? "point"
                                : is_empty_scan(watch.plan)   ? "empty"
                                                              : "range";
  return fail_logic(fmt::format("Cannot include offsets for {} subs.", kind));
}

Result<StreamPtr> subscribe(Env& env, Watch watch, const ChangesOptions& options) {
  TRY_STATUS(check_offsets(watch, options));
  TRY(Host* const host, env.need_host());
  TRY(std::unique_ptr<Feed> feed, host->subscribe({.kind = watch.kind,
                                                   .table = std::move(watch.table),
                                                   .plan = std::move(watch.plan),
                                                   .key = std::move(watch.key),
                                                   .include_initial = options.include_initial,
                                                   .include_states = options.include_states,
                                                   .include_offsets = options.include_offsets,
                                                   .include_cursor = options.include_cursor,
                                                   .resume_after = options.resume_after,
                                                   .squash = options.squash,
                                                   .squash_seconds = options.squash_seconds,
                                                   .queue_limit = options.queue_limit}));
  return StreamPtr(std::make_shared<FeedStream>(std::move(feed), watch.kind, options));
}

// One row by key, or the first row of an ordered slice.
Result<Watch> watch_single(Env& env, const SingleSelection& single) {
  if (single.slice) {
    TRY(const StreamPtr rows, slice_stream(env, *single.slice));
    TRY(std::vector<Watch> watches, rows->sliced(0, 1)->watches(env));
    return std::move(watches.front());
  }
  algebra::Scan scan{.table = single.table->id, .index = {}, .keys = {}, .order = {}};
  scan.keys = algebra::KeySet{.keys = {single.key}};
  return Watch{.kind = FeedKind::point,
               .table = single.table,
               .plan = algebra::make_plan(std::move(scan)),
               .key = single.key};
}

Result<Val> changes(Env& env, Args& args) {
  TRY(const ChangesOptions options, changes_options(env, args));
  TRY(const Val target, args.val(0));
  std::vector<Watch> watches;
  if (target.kind() == Kind::single_selection) {
    TRY(Watch watch, watch_single(env, target.single()));
    watches.push_back(std::move(watch));
  } else {
    Result<StreamPtr> stream = to_sequence(env, target);
    if (!stream) return args.at(0, std::unexpected(std::move(stream).error()));
    TRY(watches, (*stream)->watches(env));
  }
  if (options.resume_after && watches.size() != 1) {
    return fail_logic("Cannot resume a union of changefeeds: resume each of them.");
  }
  std::vector<StreamPtr> feeds;
  for (Watch& watch : watches) {
    TRY(StreamPtr feed, subscribe(env, std::move(watch), options));
    feeds.push_back(std::move(feed));
  }
  if (feeds.size() == 1) return Val(std::move(feeds.front()));
  const std::size_t count = feeds.size();
  StreamPtr merged = std::make_shared<UnionStream>(std::move(feeds));
  if (options.include_states) merged = std::make_shared<OneStateStream>(std::move(merged), count);
  return Val(std::move(merged));
}

constexpr Term kTerms[] = {
    {152,
     "changes",
     1,
     1,
     {"squash", "changefeed_queue_size", "include_initial", "include_offsets", "include_states",
      "include_types", "include_cursor", "resume_after"},
     kReadsData | kSubscribes,
     changes,
     needs::kRead},
};

}  // namespace

std::span<const Term> change_terms() { return kTerms; }

}  // namespace octavo::reql
