#pragma once

// A Host over maps in memory, for tests of the evaluator: one database `test`, tables, indexes that
// are computed when they are read, and feeds that queue what writes do.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "dialect/reql/host.h"
#include "function/family.h"

namespace octavo::reql {

class MemoryFeed;

class MemoryHost final : public Host {
 public:
  explicit MemoryHost(function::EvalContext& context);

  // Builds of new indexes end only when this is called.
  void finish_index_builds();

  Result<DatabasePtr> find_database(std::string_view name) override;
  Result<TablePtr> find_table(const DatabaseInfo& database, std::string_view name,
                              IdentifierFormat format) override;
  Result<std::unique_ptr<RowStream>> run(const algebra::PlanPtr& plan) override;
  Result<std::optional<Value>> get(const TableInfo& table, const Value& key) override;
  Result<std::uint64_t> estimate_count(const TableInfo& table) override;
  Result<std::vector<Status>> write_rows(const WriteRequest& request) override;
  Status sync(const TableInfo& table) override;
  Result<std::unique_ptr<Feed>> subscribe(const FeedRequest& request) override;
  Status wait(const Notify& notify) override;
  Result<ConfigChange> create_database(std::string_view name) override;
  Result<std::pair<std::uint64_t, ConfigChange>> drop_database(std::string_view name) override;
  Result<std::vector<std::string>> list_databases() override;
  Result<ConfigChange> create_table(const DatabaseInfo& database, std::string_view name,
                                    const TableOptions& options) override;
  Result<ConfigChange> drop_table(const DatabaseInfo& database, std::string_view name) override;
  Result<std::vector<std::string>> list_tables(const DatabaseInfo& database) override;
  Status create_index(const TableInfo& table, std::string_view name,
                      const algebra::ExprPtr& function, const IndexOptions& options) override;
  Status drop_index(const TableInfo& table, std::string_view name) override;
  Status rename_index(const TableInfo& table, std::string_view from, std::string_view to,
                      bool overwrite) override;
  Result<std::vector<IndexInfo>> index_status(const TableInfo& table,
                                              const std::vector<std::string>& names,
                                              bool wait) override;
  Status set_write_hook(const TableInfo& table, std::optional<WriteHookInfo> hook) override;
  Result<std::uint64_t> wait_ready(const DatabaseInfo& database, const TableInfo* table,
                                   WaitFor what, std::optional<double> timeout_s) override;
  Result<Value> reconfigure(const DatabaseInfo& database, const TableInfo* table,
                            const ReconfigureOptions& options) override;
  Result<Value> rebalance(const DatabaseInfo& database, const TableInfo* table) override;
  Result<ConfigChange> grant(std::string_view user, const GrantScope& scope,
                             const Value& permissions) override;
  Status require_config(const TableInfo& table) override;
  Result<Value> describe(const DatabaseInfo& database, const TableInfo* table,
                         Description what) override;

  // What happens while a query waits for a feed; again and again until the feed has something.
  std::function<void()> meanwhile;

  std::string last_plan;  // the text of the plan that ran last, for tests of lowering
  std::size_t writes_until_refusal = SIZE_MAX;  // calls of write_rows
  std::set<Value, DatumLess> unreadable;        // keys of rows whose documents cannot be read

 private:
  friend class MemoryFeed;
  struct Table {
    TableInfo info;
    std::map<Value, Value, DatumLess> rows;
  };
  using Rows = std::vector<Value>;
  struct QueuedFeed;

  Result<Rows> run_plan(const algebra::PlanPtr& plan);
  Result<Rows> run_scan(const algebra::Scan& scan);
  Result<Rows> run_sort(const algebra::Sort& sort, std::optional<std::uint64_t> needed);
  Result<Rows> run_group(const algebra::Group& group);
  Result<Rows> run_join(const algebra::LookupJoin& join);
  Result<Value> apply(const algebra::ExprPtr& lambda, const Value& row);
  Result<std::vector<Value>> index_keys(const IndexInfo& index, const Value& row);
  Table* find(TableId id);
  Table* find(const TableInfo& info) { return find(info.id); }

  function::EvalContext& context_;
  std::map<std::string, DatabaseInfo, std::less<>> databases_;
  std::map<TableId, std::unique_ptr<Table>> tables_;
  std::vector<std::weak_ptr<QueuedFeed>> feeds_;
  std::uint64_t next_id_ = 1;
};

}  // namespace octavo::reql
