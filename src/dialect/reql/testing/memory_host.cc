#include "dialect/reql/testing/memory_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "algebra/index_answers.h"
#include "dialect/reql/keys.h"
#include "function/family.h"

namespace octavo::reql {
namespace {

std::string uuid_of(std::uint64_t id) { return fmt::format("00000000-0000-4000-8000-{:012x}", id); }

Value config_of(const TableInfo& info) {
  return Value::object({{"db", string(info.database.name)},
                        {"id", string(info.uuid)},
                        {"name", string(info.name)},
                        {"primary_key", string(info.primary_key)}});
}

// There are two kinds here: over keys, and over areas.
std::uint8_t answers_of(std::string_view kind) {
  using namespace algebra::index_answers;
  return kind == kPlainKind ? kKeys | kRanges | kOrder : kAreas;
}

class RowsStream final : public RowStream {
 public:
  explicit RowsStream(std::vector<Value> rows) : rows_(std::move(rows)) {}
  Result<Pulled> pull(std::vector<Value>& out, const PullOptions& options) override {
    const std::size_t count = std::min(options.max_rows, rows_.size() - next_);
    for (std::size_t i = 0; i < count; ++i) out.push_back(rows_[next_++]);
    return count > 0 ? Pulled::rows : Pulled::end;
  }

 private:
  std::vector<Value> rows_;
  std::size_t next_ = 0;
};

}  // namespace

struct MemoryHost::QueuedFeed {
  FeedRequest request;
  std::deque<FeedEvent> events;
  std::function<void()> ready;
};

class MemoryFeed final : public Feed {
 public:
  explicit MemoryFeed(std::shared_ptr<MemoryHost::QueuedFeed> queue) : queue_(std::move(queue)) {}
  Status poll(std::size_t max_events, std::vector<FeedEvent>& out) override {
    for (std::size_t i = 0; i < max_events && !queue_->events.empty(); ++i) {
      out.push_back(std::move(queue_->events.front()));
      queue_->events.pop_front();
    }
    return {};
  }
  void notify(std::function<void()> ready) override {
    if (queue_->events.empty()) {
      queue_->ready = std::move(ready);
    } else {
      ready();
    }
  }

 private:
  std::shared_ptr<MemoryHost::QueuedFeed> queue_;
};

MemoryHost::MemoryHost(function::EvalContext& context) : context_(context) {
  databases_.emplace("test", DatabaseInfo{.id = DatabaseId{1}, .name = "test", .uuid = uuid_of(1)});
}

void MemoryHost::finish_index_builds() {
  for (auto& [id, table] : tables_) {
    for (IndexInfo& index : table->info.indexes) index.ready = true;
  }
}

MemoryHost::Table* MemoryHost::find(TableId id) {
  const auto found = tables_.find(id);
  return found == tables_.end() ? nullptr : found->second.get();
}

Result<DatabasePtr> MemoryHost::find_database(std::string_view name) {
  const auto found = databases_.find(name);
  if (found == databases_.end()) return DatabasePtr();
  return std::make_shared<const DatabaseInfo>(found->second);
}

Result<TablePtr> MemoryHost::find_table(const DatabaseInfo& database, std::string_view name,
                                        IdentifierFormat /*format*/) {
  for (const auto& [id, table] : tables_) {
    if (table->info.database.id == database.id && table->info.name == name) {
      return std::make_shared<const TableInfo>(table->info);
    }
  }
  return TablePtr();
}

Result<std::unique_ptr<RowStream>> MemoryHost::run(const algebra::PlanPtr& plan) {
  last_plan = algebra::print(plan, function::name_of);
  TRY(Rows rows, run_plan(plan));
  return std::make_unique<RowsStream>(std::move(rows));
}

Result<std::optional<Value>> MemoryHost::get(const TableInfo& table, const Value& key) {
  const Table* found = find(table);
  if (found == nullptr) return fail(table_missing(table.database.name, table.name));
  const auto row = found->rows.find(key);
  return row == found->rows.end() ? std::optional<Value>() : std::optional<Value>(row->second);
}

Result<std::uint64_t> MemoryHost::estimate_count(const TableInfo& table) {
  const Table* found = find(table);
  return found == nullptr ? 0 : found->rows.size();
}

Result<std::vector<Status>> MemoryHost::write_rows(const WriteRequest& request) {
  Table* table = find(*request.table);
  if (table == nullptr) {
    return fail(table_missing(request.table->database.name, request.table->name));
  }
  if (writes_until_refusal-- == 0) return fail(Code::unavailable, "The log takes no writes.");
  request.decide_for(std::make_shared<TableInfo>(table->info));
  std::vector<Status> statuses;
  bool any_written = false;
  for (std::size_t i = 0; i < request.keys.size(); ++i) {
    const auto row = table->rows.find(request.keys[i]);
    const Value before = row == table->rows.end() ? Value::null() : row->second;
    Result<RowEdit> edit = fail(Code::corrupt, "The row cannot be read.");
    if (!unreadable.contains(request.keys[i])) {
      edit = request.decide(i, row == table->rows.end() ? nullptr : &before);
    } else if (request.decide_unread) {
      edit = request.decide_unread(i);
    }
    if (!edit && function::ends_statement(edit.error().code)) {
      return fail(any_written ? partly_done(edit.error()) : edit.error());
    }
    if (!edit) {
      statuses.push_back(std::unexpected(std::move(edit).error()));
      continue;
    }
    statuses.emplace_back();
    if (edit->action == RowEdit::Action::keep) continue;
    any_written = true;
    const bool erased = edit->action == RowEdit::Action::erase;
    if (erased) {
      table->rows.erase(request.keys[i]);
    } else {
      table->rows.insert_or_assign(request.keys[i], edit->row);
    }
    for (const auto& weak : feeds_) {
      const auto feed = weak.lock();
      if (feed == nullptr || feed->request.table->id != table->info.id) continue;
      if (feed->request.key && !same(*feed->request.key, request.keys[i])) continue;
      FeedEvent event;
      if (!before.is_null()) event.old_val = before;
      if (!erased) event.new_val = edit->row;
      feed->events.push_back(std::move(event));
      if (feed->ready) std::exchange(feed->ready, nullptr)();
    }
  }
  return statuses;
}

Status MemoryHost::sync(const TableInfo& /*table*/) { return {}; }

Result<std::unique_ptr<Feed>> MemoryHost::subscribe(const FeedRequest& request) {
  last_plan = algebra::print(request.plan, function::name_of);
  auto queue = std::make_shared<QueuedFeed>();
  queue->request = request;
  using EventKind = FeedEvent::Kind;
  if (request.include_initial) {
    if (request.include_states) queue->events.push_back({.kind = EventKind::initializing});
    TRY(const Rows rows, run_plan(request.plan));
    for (const Value& row : rows) {
      queue->events.push_back({.kind = EventKind::initial, .new_val = row});
    }
  }
  if (request.include_states) queue->events.push_back({.kind = EventKind::ready});
  feeds_.push_back(queue);
  return std::make_unique<MemoryFeed>(std::move(queue));
}

Status MemoryHost::wait(const Notify& notify) {
  const auto woken = std::make_shared<bool>(false);
  notify([woken] { *woken = true; });
  while (!*woken) {
    if (meanwhile == nullptr) return fail(Code::unavailable, "Nothing will ever change.");
    meanwhile();
    TRY_STATUS(context_.check_now());
  }
  return {};
}

Result<ConfigChange> MemoryHost::create_database(std::string_view name) {
  if (databases_.contains(name)) return fail(database_exists(name));
  const std::uint64_t id = ++next_id_;
  databases_.emplace(
      name, DatabaseInfo{.id = DatabaseId{id}, .name = std::string(name), .uuid = uuid_of(id)});
  return ConfigChange{
      .old_val = {},
      .new_val = Value::object({{"id", string(uuid_of(id))}, {"name", string(name)}})};
}

Result<std::pair<std::uint64_t, ConfigChange>> MemoryHost::drop_database(std::string_view name) {
  const auto found = databases_.find(name);
  if (found == databases_.end()) return fail(database_missing(name));
  const std::uint64_t dropped = std::erase_if(tables_, [&](const auto& entry) {
    return entry.second->info.database.id == found->second.id;
  });
  const ConfigChange change{
      .old_val = Value::object({{"id", string(found->second.uuid)}, {"name", string(name)}}),
      .new_val = {}};
  databases_.erase(found);
  return std::pair(dropped, change);
}

Result<std::vector<std::string>> MemoryHost::list_databases() {
  std::vector<std::string> names;
  for (const auto& [name, info] : databases_) names.push_back(name);
  return names;
}

Result<ConfigChange> MemoryHost::create_table(const DatabaseInfo& database, std::string_view name,
                                              const TableOptions& options) {
  TRY(const TablePtr existing, find_table(database, name, IdentifierFormat::name));
  if (existing != nullptr) return fail(table_exists(database.name, name));
  const std::uint64_t id = ++next_id_;
  auto table = std::make_unique<Table>();
  table->info = {.id = TableId{id},
                 .name = std::string(name),
                 .uuid = uuid_of(id),
                 .database = database,
                 .primary_key = options.primary_key};
  const Value config = config_of(table->info);
  tables_.emplace(TableId{id}, std::move(table));
  return ConfigChange{.old_val = {}, .new_val = config};
}

Result<ConfigChange> MemoryHost::drop_table(const DatabaseInfo& database, std::string_view name) {
  TRY(const TablePtr table, find_table(database, name, IdentifierFormat::name));
  if (table == nullptr) return fail(table_missing(database.name, name));
  tables_.erase(table->id);
  return ConfigChange{.old_val = config_of(*table), .new_val = {}};
}

Result<std::vector<std::string>> MemoryHost::list_tables(const DatabaseInfo& database) {
  std::vector<std::string> names;
  for (const auto& [id, table] : tables_) {
    if (table->info.database.id == database.id) names.push_back(table->info.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Status MemoryHost::create_index(const TableInfo& table, std::string_view name,
                                const algebra::ExprPtr& function, const IndexOptions& options) {
  std::vector<IndexInfo>& indexes = find(table)->info.indexes;
  if (find(table)->info.find_index(name) != nullptr) {
    return fail(Code::already_exists, fmt::format("Index `{}` already exists on table `{}.{}`.",
                                                  name, table.database.name, table.name));
  }
  indexes.push_back({.id = IndexId{++next_id_},
                     .name = std::string(name),
                     .function = function,
                     .multi = options.multi,
                     .kind = options.kind,
                     .answers = answers_of(options.kind),
                     .ready = false,
                     .progress = 0.5});
  std::sort(indexes.begin(), indexes.end(),
            [](const IndexInfo& a, const IndexInfo& b) { return a.name < b.name; });
  return {};
}

Status MemoryHost::drop_index(const TableInfo& table, std::string_view name) {
  const auto erased = std::erase_if(find(table)->info.indexes,
                                    [name](const IndexInfo& index) { return index.name == name; });
  if (erased > 0) return {};
  return fail(Code::not_found, fmt::format("Index `{}` does not exist on table `{}.{}`.", name,
                                           table.database.name, table.name));
}

Status MemoryHost::rename_index(const TableInfo& table, std::string_view from, std::string_view to,
                                bool /*overwrite*/) {
  std::vector<IndexInfo>& indexes = find(table)->info.indexes;
  std::erase_if(indexes, [to](const IndexInfo& index) { return index.name == to; });
  for (IndexInfo& index : indexes) {
    if (index.name == from) index.name = std::string(to);
  }
  return {};
}

Result<std::vector<IndexInfo>> MemoryHost::index_status(const TableInfo& table,
                                                        const std::vector<std::string>& /*names*/,
                                                        bool wait) {
  if (wait) finish_index_builds();
  return find(table)->info.indexes;
}

Status MemoryHost::set_write_hook(const TableInfo& table, std::optional<WriteHookInfo> hook) {
  find(table)->info.write_hook = std::move(hook);
  return {};
}

Result<std::uint64_t> MemoryHost::wait_ready(const DatabaseInfo& database, const TableInfo* table,
                                             WaitFor /*what*/,
                                             std::optional<double> /*timeout_s*/) {
  if (table != nullptr) return 1;
  TRY(const std::vector<std::string> names, list_tables(database));
  return names.size();
}

Result<Value> MemoryHost::reconfigure(const DatabaseInfo& /*database*/, const TableInfo* /*table*/,
                                      const ReconfigureOptions& options) {
  return Value::object({{"reconfigured", number(options.dry_run ? 0 : 1)}});
}

Result<Value> MemoryHost::rebalance(const DatabaseInfo& /*database*/, const TableInfo* /*table*/) {
  return Value::object({{"rebalanced", number(1)}});
}

Result<ConfigChange> MemoryHost::grant(std::string_view /*user*/, const GrantScope& /*scope*/,
                                       const Value& permissions) {
  return ConfigChange{.old_val = {}, .new_val = permissions};
}

Status MemoryHost::require_config(const TableInfo& /*table*/) { return {}; }

Result<Value> MemoryHost::describe(const DatabaseInfo& /*database*/, const TableInfo* /*table*/,
                                   Description /*what*/) {
  return Value::null();
}

}  // namespace octavo::reql
