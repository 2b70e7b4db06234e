#include <algorithm>

#include "engine/engine_impl.h"
#include "engine/guarded_feed.h"
#include "engine/layout_source.h"
#include "engine/plan_tables.h"
#include "txn/row_counts.h"

namespace octavo::engine {
namespace {

constexpr int kViewAttempts = 4;

}  // namespace

std::unique_ptr<const exec::Source> EngineImpl::make_source(kv::View view,
                                                            const catalog::CatalogPtr& definitions,
                                                            catalog::CatalogPtr older) {
  return std::make_unique<LayoutSource>(
      layout::RowSource(index::TableReader(std::move(view)), definitions, indexes_,
                        std::move(older)),
      layout::KeyspaceSource(keyspace_->keyspace(), keyspace_->now_ms()), virtual_tables_,
      definitions);
}

// Definitions that are older than the rows have indexes whose entries are gone already, and newer
// ones indexes whose entries are not there yet.
OpenTransaction::Moment EngineImpl::one_moment() {
  for (int attempt = 0; attempt < kViewAttempts; ++attempt) {
    auto definitions = definitions_.settled();
    txn::ReadPoint point = sequencer_->snapshot();
    if (definitions != nullptr && definitions_.settled() == definitions) {
      return {std::move(point.snapshot), std::move(definitions), point.lsn};
    }
  }
  OpenTransaction::Moment moment;  // they keep changing: this waits for its turn
  sequencer_->run_exclusive([&](Lsn) {
    txn::ReadPoint point = sequencer_->snapshot();
    moment = {std::move(point.snapshot), definitions_.current(), point.lsn};
  });
  return moment;
}

// Of tables that a transaction reads: what it wrote to them must fit the definitions of now.
Status EngineImpl::begin_read_in(OpenTransaction& transaction, std::span<const TableId> tables,
                                 exec::QueryContext& context) const {
  TRY_STATUS(transaction.may_run());
  context.definition_changed = false;
  const auto definitions = definitions_.current();
  for (const TableId table : tables) {
    const auto* definition = definitions->find_table(table);
    if (definition == nullptr || !transaction.rows().has_written(table)) continue;
    TRY_STATUS(transaction.rows().check_table(*definition, context));
  }
  return transaction.reads_tables(tables);
}

// Rows as the context's statement sees them. In a transaction by the definitions of now: those are
// what plans are made for.
std::unique_ptr<const exec::Source> EngineImpl::source_for(exec::QueryContext& context) {
  auto* const transaction = OpenTransaction::of(context);
  if (transaction == nullptr) {
    OpenTransaction::Moment moment = one_moment();
    return make_source({*rows_, std::move(moment.rows)}, moment.definitions);
  }
  OpenTransaction::Moment moment = transaction->view_of(context);
  const auto definitions = definitions_.current();
  const bool same = moment.definitions == definitions;
  layout::RowTransaction& rows = transaction->rows();
  kv::View view = rows.watch() == nullptr
                      ? rows.view(*rows_, std::move(moment.rows))
                      : rows.watched_view(*rows_, std::move(moment.rows), moment.at);
  return make_source(std::move(view), definitions, same ? nullptr : std::move(moment.definitions));
}

std::shared_ptr<exec::StatementReads> EngineImpl::reads_of(exec::QueryContext& context) {
  if (context.statement_reads != nullptr) return context.statement_reads;
  const auto may_read = [this, &context](const algebra::PlanPtr& plan) {
    return begin_read(plan, context);
  };
  auto reads = std::make_shared<exec::StatementReads>(source_for(context), context, may_read);
  if (context.one_version) {
    context.statement_reads = reads;
    context.evaluation.subplans = reads.get();
  }
  return reads;
}

Status EngineImpl::begin_read(const algebra::PlanPtr& plan, exec::QueryContext& context) const {
  if (auto* const transaction = OpenTransaction::of(context)) {
    TRY_STATUS(begin_read_in(*transaction, tables_of(plan), context));
  }
  if (context.user == catalog::kAdminName) return {};
  for (const TableId table : tables_of(plan)) TRY_STATUS(begin_read(table, context));
  return {};
}

// The table whose grants open a virtual one; none: it is open to all. Itself where its owner
// is not there: refused, it looks like any other.
std::optional<TableId> EngineImpl::opened_by(TableId table) const {
  const auto held = virtual_tables_.find(table);
  return held ? held->opened_by(table) : table;
}

Status EngineImpl::begin_read(TableId table, exec::QueryContext& context) const {
  if (!catalog::is_virtual(table)) return access_.begin_read(context, table);
  const std::optional<TableId> granted = opened_by(table);
  return granted ? access_.begin_read(context, *granted) : Status();
}

Result<std::unique_ptr<Query>> EngineImpl::query(const algebra::PlanPtr& plan,
                                                 exec::QueryContext& context) {
  TRY_STATUS(begin_read(plan, context));
  context.spill = &*spill_;
  auto query = std::make_unique<RunningQuery>(reads_of(context), access_, context);
  TRY_STATUS(query->start(plan));
  return query;
}

Result<std::optional<value::Value>> EngineImpl::get(TableId table, const value::Value& key,
                                                    exec::QueryContext& context) {
  TRY_STATUS(begin_read(table, context));
  if (auto* const transaction = OpenTransaction::of(context)) {
    TRY_STATUS(begin_read_in(*transaction, std::span(&table, 1), context));
    return source_for(context)->get(table, key, context);
  }
  return make_source({*rows_, nullptr}, definitions_.current())->get(table, key, context);
}

Result<std::uint64_t> EngineImpl::estimate_count(TableId table, exec::QueryContext& context) {
  TRY_STATUS(begin_read(table, context));
  const auto definition = definitions_.current()->share_table(table);
  if (definition != nullptr && definition->layout == catalog::Layout::row) {
    return txn::row_count(*rows_, table);
  }
  const algebra::Scan all{.table = table, .index = {}, .order = {}};
  return make_source({*rows_, nullptr}, definitions_.current())->count(all, context);
}

Result<stream::SubscriptionPtr> EngineImpl::subscribe(stream::FeedKind kind,
                                                      const algebra::PlanPtr& plan,
                                                      stream::FeedOptions options,
                                                      exec::QueryContext& context) {
  TRY_STATUS(begin_read(plan, context));
  if (std::ranges::any_of(tables_of(plan), catalog::is_virtual)) {
    return fail(Code::unsupported, "Feeds on virtual tables are not supported yet.");
  }
  auto feed = stream::subscribe(kind, plan, std::move(options), feeds_);
  if (feed && context.user != catalog::kAdminName) {
    feed = std::make_unique<GuardedFeed>(*std::move(feed), access_, context);
  }
  // Its topic is there now: closing from here on ends the feed, and before it would not have.
  if (closed_) return fail(Code::unavailable, "The server is shutting down.");
  return feed;
}

}  // namespace octavo::engine
